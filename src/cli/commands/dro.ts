/**
 * `adnce dro`: the robust view of a run on data: how far its temperature lets the worst case go, which negatives carry it, and
 * which of them look like no negatives at all.
 */
import { takeRows } from '../../data/index.js';
import { analyse, type DroAnalysis, type Suspect } from '../../dro/index.js';
import { AdnceError } from '../../errors.js';
import { cosineScorer } from '../../evaluate/index.js';
import type { DroDivergence } from '../../losses/index.js';
import { fixed, percent, plain, whole } from '../../report/format.js';
import { oneLine } from '../../report/html.js';
import { cut, textTable } from '../../report/terminal.js';
import type { TrainOptions } from '../../train/index.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import { retrievalOf } from '../session/data.js';
import type { RunEncoder } from '../session/encoder.js';
import { countItems, type Items, isTexts, type RetrievalTask } from '../session/items.js';
import { openRun } from '../session/open.js';
import { answer, columns, faint, type Output, say, title } from '../terminal.js';

export interface DroCommand extends Output {
  run: string;
  data: string;
  read: ReadOptions;
  divergence: DroDivergence;
  /** Order of `cressie_read` and `alpha`, level of `cvar`. */
  order: number | undefined;
  level: number | undefined;
  /** τ; that of the run if left out. */
  temperature: number | undefined;
  /** Most anchors that are looked at. */
  anchors: number;
  /** Suspected false negatives that are listed. */
  count: number;
}

/** @throws what data, run and options can give */
export async function dro(command: DroCommand): Promise<void> {
  const { encoder, config } = await openRun(command.run);
  const trained = config.train as TrainOptions;
  const task = await readTask(command);
  const n = countItems(task.candidates);
  const queries = countItems(task.queries);
  const rows = encoder.embed(task.candidates);
  const scores = new Float32Array(queries * n);
  const scorer = cosineScorer(encoder.engine, encoder.embed(task.queries), rows, encoder.dimension);
  for (let start = 0; start < queries; start += scorer.rows) {
    const end = Math.min(queries, start + scorer.rows);
    scorer.scores(start, end, scores.subarray(start * n, end * n));
  }
  const positives = task.relevant.map((own) => own[0] as number);
  const analysis = analyse(scores, positives, {
    ...divergenceOptions(command, encoder),
    batchNegatives: Math.max(1, trained.batchSize - 1),
    limit: command.count,
    exclude: (i, j) => task.self[i] === j || (task.relevant[i] as Int32Array).includes(j),
  });
  const { pairs, ...suspects } = analysis.suspects;
  const named = pairs.map((pair) => nameSuspect(pair, task, positives));
  answer(command, { run: command.run, data: command.data, ...analysis, suspects: { ...suspects, pairs: named } });
  print(command, analysis, trained);
  printSuspects(command, analysis, named);
}

function divergenceOptions({ divergence, order, level, temperature }: DroCommand, { metadata }: RunEncoder) {
  return {
    divergence,
    ...(order === undefined ? {} : divergence === 'alpha' ? { alpha: order } : { order }),
    ...(level === undefined ? {} : { level }),
    // The temperature the weights were learned at, which may have changed on the way.
    ...(divergence === 'cvar' ? {} : { temperature: temperature ?? Number(metadata.get('adnce.temperature')) }),
  };
}

/** Up to `anchors` distinct anchors, evenly taken, among their own positives: as in a batch, only larger. */
async function readTask({ data, read, anchors }: DroCommand): Promise<RetrievalTask> {
  const pairs = await readPairs(data, read);
  const all = retrievalOf(pairs);
  const total = countItems(all.queries);
  if (total <= anchors) return mustHaveTwo(all, data);
  const step = total / anchors;
  const kept = new Set(Array.from({ length: anchors }, (_, k) => Math.floor(k * step)));
  const rows: number[] = [];
  if (pairs.kind === 'text') {
    const texts = new Set([...kept].map((i) => (all.queries as readonly string[])[i] as string));
    pairs.anchors.forEach((anchor, row) => {
      if (texts.has(anchor)) rows.push(row);
    });
  } else rows.push(...kept);
  return mustHaveTwo(retrievalOf(takeRows(pairs, rows)), data);
}

function mustHaveTwo(task: RetrievalTask, data: string): RetrievalTask {
  if (countItems(task.candidates) >= 2) return task;
  throw new AdnceError('E_DATA', { where: data, what: 'at least two distinct positives are needed, got one' });
}

/** A suspect by its texts, where there are texts. */
interface NamedSuspect extends Suspect {
  anchor: string;
  candidate: string;
  ownPositive: string;
}

function nameSuspect(pair: Suspect, task: RetrievalTask, positives: readonly number[]): NamedSuspect {
  const name = (items: Items, i: number) => (isTexts(items) ? (items[i] as string) : `row ${i}`);
  return {
    ...pair,
    anchor: name(task.queries, pair.i),
    candidate: name(task.candidates, pair.j),
    ownPositive: name(task.candidates, positives[pair.i] as number),
  };
}

function print(output: Output, analysis: DroAnalysis, trained: TrainOptions): void {
  const { radius, effectiveSampleSize, hardest, bound, scores, negatives, tightness } = analysis;
  const rows: [string, string, string][] = [
    [
      'scores of positives',
      fixed(scores.positive.mean, 3),
      `deviation ${fixed(Math.sqrt(scores.positive.variance), 3)}`,
    ],
    [
      'scores of negatives',
      fixed(scores.negative.mean, 3),
      `deviation ${fixed(Math.sqrt(scores.negative.variance), 3)}, up to ${fixed(scores.negative.largest, 3)}`,
    ],
    [
      'radius η, nats',
      plain(radius.mean),
      `${plain(radius.smallest)} … ${plain(radius.largest)} over anchors${radius.approximation === null ? '' : `; by variance alone ${plain(radius.approximation)}`}${radius.limit === null ? '' : `; at most ${plain(radius.limit)}`}`,
    ],
    [
      'effective negatives',
      whole(effectiveSampleSize.mean),
      `of ${whole(negatives.mean)}: so many share the worst case`,
    ],
    ['mass on the hardest 1%', percent(hardest.percent1), `on the hardest 10%: ${percent(hardest.percent10)}`],
    ['worst-case mean score', fixed(analysis.dual, 3), `the plain mean is ${fixed(scores.negative.mean, 3)}`],
  ];
  if (bound !== null) {
    rows.push([
      'bound of Theorem 3.3',
      plain(bound.bound),
      `for ${whole(bound.negatives)} negatives, as in a batch of ${whole(trained.batchSize)}`,
    ]);
  }
  const at = tightness.find(({ temperature }) => temperature >= (analysis.temperature ?? 0));
  if (at !== undefined) {
    rows.push([
      'mean–variance form',
      percent(at.relativeGap),
      `off at τ = ${plain(at.temperature)}, relative to what the worst case adds to the mean`,
    ]);
  }
  const tau = analysis.temperature === null ? '' : `, τ = ${plain(analysis.temperature)}`;
  say(
    output,
    `${title('The robust view')}: ${whole(analysis.anchors)} anchors, divergence ${analysis.divergence}${tau}`,
  );
  say(
    output,
    textTable(
      rows.map(([what, value, note]) => ({ what, value, note })),
      ['what', { key: 'value', align: 'right' }, 'note'],
      { width: columns() },
    ),
  );
}

function printSuspects(output: Output, { suspects }: DroAnalysis, named: readonly NamedSuspect[]): void {
  say(
    output,
    `\n${title('Suspected false negatives')}: ${whole(suspects.total)} of ${whole(suspects.negatives)} negatives look like positives`,
  );
  const width = Math.min(columns(), 120) - 18;
  for (const { anchor, candidate, ownPositive, score, positive, weight } of named) {
    say(output, `  ${cut(oneLine(anchor), width + 8)}`);
    say(output, `    ${fixed(score, 2)}  ${cut(oneLine(candidate), width)}  ${faint(`weight ${plain(weight)}`)}`);
    say(output, faint(`    ${fixed(positive, 2)}  ${cut(oneLine(ownPositive), width)}  its own`));
  }
}
