/** The end of a run: what its encoder learned is measured, written into the report, and told. */

import { rowCount } from '../../data/index.js';
import { duration, plain, whole } from '../../report/format.js';
import { sparkline } from '../../report/terminal.js';
import type { ReportData, ReportRetrieval, ReportSearch } from '../../report/types.js';
import type { RunFolder } from '../../runs/node.js';
import type { TrainOptions, TrainResult } from '../../train/index.js';
import { retrievalTable, searchText } from '../tables.js';
import { answer, columns, faint, type Output, say, title } from '../terminal.js';
import { type RunData, sampleTexts } from './data.js';
import type { RunEncoder } from './encoder.js';
import { isTexts } from './items.js';
import type { Measurements } from './measurements.js';
import { type Answers, ask, askBaselines, Searcher } from './retrieval.js';
import { suspectsOf } from './robust.js';
import { weightCurves } from './weights.js';

const SEARCH_RESULTS = 3;

/** A run that was trained. */
export interface TrainedRun {
  output: Output;
  folder: RunFolder;
  options: TrainOptions;
  data: RunData;
  encoder: RunEncoder;
  measured: Measurements;
  /** What the untrained encoder answered. */
  before: Answers | null;
  result: TrainResult;
}

/** Looks at the trained encoder, writes the report and prints the short of it. @param report what was known before the run */
export async function finish(run: TrainedRun, report: ReportData): Promise<void> {
  const { encoder, options, before, result, folder } = run;
  const { test, train: pairs } = run.data;
  const trained = test === null ? null : ask(encoder, test);
  const answers = trained ?? run.measured.latest;
  const { kept, report: measured } = run.measured;
  const weights = answers === null ? null : weightCurves(options, kept, answers);
  const suspects = test === null ? null : suspectsOf(encoder, test, options, kept);
  const retrieval = trained === null || before === null ? null : compare(run.data, before, trained);
  const searches = await searchesOf(run);
  const seconds = result.trainingTime / 1000;
  const full: ReportData = {
    ...report,
    ...measured,
    summary: {
      pairs: rowCount(pairs),
      steps: result.steps,
      seconds,
      examplesPerSecond: seconds > 0 ? result.pairs / seconds : 0,
      parameters: encoder.parameterCount,
    },
    ...(weights === null ? {} : { weights }),
    ...(suspects === null ? {} : { suspects }),
    ...(retrieval === null ? {} : { retrieval }),
    ...(searches.length === 0 ? {} : { searches }),
    ...(result.stopped === 'finished' ? {} : { stopped: stopReason(result) }),
  };
  await folder.writeReportData({ ...full });
  // Plots take a while to load, so they come when all else is safe.
  const { renderReport } = await import('../../report/index.js');
  await folder.writeReport(renderReport(full));
  print(run, full);
}

function compare(data: RunData, before: Answers, trained: Answers): ReportRetrieval {
  const test = data.test as NonNullable<RunData['test']>;
  return {
    queries: trained.result.queries,
    candidates: trained.result.candidates,
    note: `Held-out pairs, which training never saw; candidates are ${test.note}.`,
    rows: [
      ...askBaselines(test),
      { name: 'untrained', metrics: before.result.metrics },
      { name: 'trained', metrics: trained.result.metrics },
    ],
  };
}

async function searchesOf({ data, encoder }: TrainedRun): Promise<ReportSearch[]> {
  const { searches, train: pairs } = data;
  if (searches.length === 0 || pairs.kind !== 'text') return [];
  const { candidates } = data.test ?? { candidates: [] };
  const texts = isTexts(candidates) ? candidates : await sampleTexts();
  const searcher = new Searcher(encoder, texts);
  return searches.map((query) => searcher.search(query, SEARCH_RESULTS));
}

function print({ output, folder, data, result }: TrainedRun, report: ReportData): void {
  const { retrieval, searches = [], loss = [], summary } = report;
  const { path, paths } = folder;
  answer(output, { run: path, result, summary, retrieval: retrieval ?? null, searches });
  const curve = sparkline(
    loss.map((entry) => entry.loss ?? Number.NaN),
    Math.min(48, columns() - 40),
  );
  say(
    output,
    `\n${whole(result.steps)} steps in ${duration(result.trainingTime / 1000)}, ${whole(summary?.examplesPerSecond ?? 0)} pairs a second  ${faint('loss')} ${curve} ${plain(result.loss)}`,
  );
  if (retrieval !== undefined) {
    say(
      output,
      `\n${title('What it learned')}: ${whole(retrieval.queries)} held-out texts look for their partner among ${whole(retrieval.candidates)}`,
    );
    say(output, retrievalTable(retrieval.rows));
  }
  for (const search of searches) say(output, `\n${searchText(search)}`);
  say(output, `\nReport:      ${paths.report}`);
  if (data.train.kind === 'text') say(output, `Search more: npx adnce search ${path} "your words"`);
}

function stopReason({ stopped, steps, bestStep }: TrainResult): string {
  const reason = stopped === 'early' ? 'no evaluation was better for a while' : 'it was interrupted';
  return `${reason}, at step ${whole(steps)}; the weights are those of step ${whole(bestStep)}`;
}
