/** `adnce eval`: retrieval on pairs of the user's, beside baselines that match words, and Spearman's ρ on STS folders. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readError } from '../../checkpoint/node.js';
import { AdnceError } from '../../errors.js';
import {
  findStsFiles,
  parseSts,
  parseStsBenchmark,
  type StsResult,
  type StsSubset,
  scoreSts,
} from '../../evaluate/index.js';
import { dotRows } from '../../evaluate/rows.js';
import { fixed, whole } from '../../report/format.js';
import { textTable } from '../../report/terminal.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import { retrievalOf } from '../session/data.js';
import type { RunEncoder } from '../session/encoder.js';
import { openRun } from '../session/open.js';
import { ask, askBaselines } from '../session/retrieval.js';
import { retrievalTable } from '../tables.js';
import { answer, columns, type Output, say, title } from '../terminal.js';

export interface EvalCommand extends Output {
  run: string;
  /** Pairs for retrieval. */
  data: string | undefined;
  read: ReadOptions;
  /** Folders in SentEval's layout. */
  sts: string[];
}

/** @throws E_OPTION neither pairs nor STS; what data and run can give */
export async function evaluate(command: EvalCommand): Promise<void> {
  const { run, data, read, sts } = command;
  if (data === undefined && sts.length === 0) {
    throw new AdnceError('E_OPTION', {
      where: 'eval',
      what: 'something to evaluate on is expected, got neither pairs nor --sts',
      hint: 'adnce eval RUN pairs.tsv, or adnce eval RUN --sts FOLDER',
    });
  }
  const { encoder } = await openRun(run);
  const result: { retrieval?: unknown; sts?: unknown } = {};
  if (data !== undefined) result.retrieval = await evaluateRetrieval(command, encoder, data, read);
  if (sts.length > 0) result.sts = await evaluateSts(command, encoder, sts);
  answer(command, { run, ...result });
}

async function evaluateRetrieval(output: Output, encoder: RunEncoder, data: string, read: ReadOptions) {
  const task = retrievalOf(await readPairs(data, read));
  encoder.mustTake(data, task.queries);
  const { result } = ask(encoder, task);
  const rows = [...askBaselines(task), { name: 'this run', metrics: result.metrics }];
  say(
    output,
    `${title('Retrieval')}: ${whole(result.queries)} queries among ${whole(result.candidates)}: ${task.note}`,
  );
  say(output, retrievalTable(rows));
  return { queries: result.queries, candidates: result.candidates, rows };
}

async function evaluateSts(output: Output, encoder: RunEncoder, folders: string[]) {
  const results: { name: string; folder: string; result: StsResult; skipped: number }[] = [];
  for (const folder of folders) {
    const subsets = await readStsFolder(folder);
    for (const { first } of subsets) encoder.mustTake(folder, first);
    const scores = subsets.map((subset) => cosines(encoder, subset));
    const skipped = subsets.reduce((sum, subset) => sum + subset.skipped, 0);
    results.push({ name: basename(folder), folder, result: scoreSts(subsets, scores), skipped });
  }
  say(output, `\n${title('Semantic textual similarity')}: Spearman’s ρ × 100 between cosines and gold scores`);
  const rows = results.flatMap(({ name, result }) => [
    ...result.subsets.map((subset) => ({ set: `${name} · ${subset.name}`, pairs: subset.pairs, rho: subset.spearman })),
    ...(result.subsets.length > 1
      ? [{ set: `${name} · all together`, pairs: result.all.pairs, rho: result.all.spearman }]
      : []),
  ]);
  const format = (value: unknown) => (typeof value === 'number' ? fixed(100 * value, 2) : '–');
  say(
    output,
    textTable(
      rows,
      [
        'set',
        { key: 'pairs', format: (n) => whole(n as number) },
        { key: 'rho', title: 'ρ × 100', align: 'right', format },
      ],
      { width: columns() },
    ),
  );
  return results;
}

/** The subsets of a folder of the STS tasks or of the STS benchmark. @throws E_IO, E_DATA, E_FORMAT */
async function readStsFolder(folder: string): Promise<StsSubset[]> {
  const names = await readdir(folder).catch(async (error: unknown) => {
    throw await readError(folder, error);
  });
  const files = findStsFiles(names);
  if (files.length === 0) {
    throw new AdnceError('E_DATA', {
      where: folder,
      what: 'STS.input.X.txt with STS.gs.X.txt, or sts-*.csv, are expected, got neither',
      hint: 'name one folder for each year, as SentEval lays them out',
    });
  }
  const read = async (name: string) =>
    await readFile(join(folder, name), 'utf8').catch(async (error: unknown) => {
      throw await readError(join(folder, name), error);
    });
  const subsets: StsSubset[] = [];
  for (const file of files) {
    subsets.push(
      file.kind === 'benchmark'
        ? parseStsBenchmark(file.name, await read(file.file), join(folder, file.file))
        : parseSts(file.name, await read(file.input), await read(file.gold), {
            input: join(folder, file.input),
            gold: join(folder, file.gold),
          }),
    );
  }
  return subsets;
}

function cosines(encoder: RunEncoder, { first, second }: StsSubset): Float64Array {
  const d = encoder.dimension;
  const [a, b] = [encoder.embed(first), encoder.embed(second)];
  return Float64Array.from(first, (_, i) => dotRows(a, i * d, b, i * d, d));
}
