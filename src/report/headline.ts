/** What the run learned, in one or two sentences computed from its numbers. */
import { isNumber, lowerIsBetter, metricName, metricValue, plain, whole } from './format.js';
import type { ReportData, ReportRetrieval, ReportRetrievalRow } from './types.js';

/** The metric the headline is about: the share of queries with a right answer first, where it was measured. */
export function leadMetric(retrieval: ReportRetrieval): string | undefined {
  const names = metricNames(retrieval);
  return ['hit@1', 'recall@1', 'MRR'].find((name) => names.includes(name)) ?? names[0];
}

/** All metrics of a retrieval, in the order of their first appearance. */
export function metricNames({ rows }: { rows: readonly ReportRetrievalRow[] }): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
}

/** Whether row `a` is better than row `b` in a metric; a missing figure is never better. */
export function isBetter(metric: string, a: ReportRetrievalRow, b: ReportRetrievalRow): boolean {
  const [x, y] = [a.metrics[metric], b.metrics[metric]];
  if (!isNumber(x)) return false;
  return !isNumber(y) || (lowerIsBetter(metric) ? x < y : x > y);
}

/** The rows no other row beats in a metric. */
export function bestRows(metric: string, rows: readonly ReportRetrievalRow[]): ReportRetrievalRow[] {
  return rows.filter((row) => isNumber(row.metrics[metric]) && !rows.some((other) => isBetter(metric, other, row)));
}

/** The sentence under the name of the run. */
export function headline(run: ReportData): string {
  return retrievalSentence(run.retrieval) ?? lossSentence(run) ?? 'This run holds no measurements yet.';
}

function retrievalSentence(retrieval: ReportRetrieval | undefined): string | undefined {
  const metric = retrieval && leadMetric(retrieval);
  const trained = retrieval?.rows.find((row) => row.name === 'trained');
  if (retrieval === undefined || metric === undefined || !isNumber(trained?.metrics[metric])) return undefined;
  const value = (row: ReportRetrievalRow) => metricValue(metric, row.metrics[metric]);
  const has = (row: ReportRetrievalRow) => isNumber(row.metrics[metric]);
  const before = retrieval.rows.find((row) => row.name === 'untrained' && has(row));
  const baselines = retrieval.rows.filter((row) => row.name !== 'trained' && row.name !== 'untrained' && has(row));
  const baseline = bestRows(metric, baselines)[0];
  const task = `${whole(retrieval.queries)} queries among ${whole(retrieval.candidates)} candidates`;
  const first = /^(recall|hit)@1$/.test(metric)
    ? `After training, a right answer comes first for ${value(trained)} of ${task}`
    : `After training, ${metricName(metric)} is ${value(trained)} for ${task}`;
  return `${first}${changeSince(metric, before, trained)}.${verdictOn(metric, baseline, trained)}`;
}

function changeSince(metric: string, before: ReportRetrievalRow | undefined, trained: ReportRetrievalRow): string {
  if (before === undefined) return '';
  const value = metricValue(metric, before.metrics[metric]);
  if (isBetter(metric, before, trained)) return `, worse than the ${value} before`;
  if (!isBetter(metric, trained, before)) return ', the same as before';
  return `, ${lowerIsBetter(metric) ? 'down' : 'up'} from ${value} before`;
}

function verdictOn(metric: string, baseline: ReportRetrievalRow | undefined, trained: ReportRetrievalRow): string {
  if (baseline === undefined) return '';
  const name = /^(BM25|TF-IDF)$/.test(baseline.name) ? `${baseline.name}, which matches words,` : baseline.name;
  const value = metricValue(metric, baseline.metrics[metric]);
  if (isBetter(metric, baseline, trained)) return ` ${name} is still ahead with ${value}.`;
  return isBetter(metric, trained, baseline) ? ` ${name} reaches ${value}.` : ` ${name} reaches the same.`;
}

function lossSentence(run: ReportData): string | undefined {
  const entries = (run.loss ?? []).filter((entry) => isNumber(entry.loss));
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (first === last) return `One step was measured: a loss of ${plain(first.loss)} nats.`;
  const verb = (last.loss as number) < (first.loss as number) ? 'fell' : 'did not fall: it went';
  return `The loss ${verb} from ${plain(first.loss)} to ${plain(last.loss)} nats by step ${whole(last.step)}.`;
}
