/** The rows of a comparison as text, for a terminal and for Markdown. */
import { fixed, plain, whole } from '../../report/format.js';
import { type TextColumn, textTable } from '../../report/terminal.js';
import { BASELINES, LIMITS } from './compare.js';
import { gainOfCores } from './cores.js';
import type { Measurement } from './measurement.js';
import { problemTitle, usefulFlops } from './problem.js';
import { type Summary, spread } from './statistics.js';

/** A row as cells; what is not known is a dash. */
export interface Cells extends Record<string, string> {
  peer: string;
  time: string;
  rate: string;
  ratio: string;
  threads: string;
  memory: string;
  loss: string;
  gradient: string;
}

const COLUMNS: readonly (TextColumn & { key: keyof Cells & string })[] = [
  { key: 'peer', title: 'peer', align: 'left' },
  { key: 'time', title: 'ms', align: 'right' },
  { key: 'rate', title: 'GFLOP/s', align: 'right' },
  { key: 'ratio', title: '× adnce', align: 'right' },
  { key: 'threads', title: '× all threads', align: 'right' },
  { key: 'memory', title: 'peak MB (step)', align: 'right' },
  { key: 'loss', title: 'loss error', align: 'right' },
  { key: 'gradient', title: 'gradient error', align: 'right' },
];

/** What a column says, for under a table. */
export const LEGEND = [
  'ms: median of a step ± half the distance of the quartiles.',
  '× adnce: the peer’s time over ours on one thread, each measurement over its two neighbours of ours; median and spread.',
  'peak: resident memory of the process, and in brackets what the steps added to it.',
  'errors: |loss − float64|, and the largest error of a gradient over its largest value.',
].join('\n');

/** The cells of a measurement. */
export function cellsOf(row: Measurement): Cells {
  const version = row.version === null ? '' : ` ${row.version}`;
  return {
    peer: `${row.title}${version}`,
    time: row.time === null ? '–' : timeCell(row.time),
    rate: rateCell(row),
    ratio: ratioCell(row.ratios[BASELINES[0] as string]),
    threads: ratioCell(row.ratios[BASELINES[1] as string]),
    memory: memoryCell(row),
    loss: errorCell(row.lossError),
    gradient: errorCell(row.gradientError),
  };
}

/** Milliseconds with three digits that count, and the spread: `12.3 ±2 %`. */
export function timeCell(time: Summary): string {
  const { median } = time;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(median)));
  const text = median >= 1000 ? whole(median) : fixed(median, Math.min(digits, 3));
  return `${text} ±${Math.round(100 * spread(time))} %`;
}

function rateCell({ time, flops, problem }: Measurement): string {
  const work = flops ?? usefulFlops(problem);
  return work === null || time === null ? '–' : fixed(work / time.median / 1e6, 1);
}

const ratioText = (ratio: number) => (ratio >= 20 ? whole(ratio) : plain(Number(ratio.toPrecision(3))));

function ratioCell(ratio: Summary | undefined): string {
  if (ratio === undefined) return '–';
  return `${ratioText(ratio.median)} ±${Math.round(100 * spread(ratio))} %`;
}

function memoryCell({ peakBytes, openBytes }: Measurement): string {
  if (peakBytes === null || openBytes === null) return '–';
  return `${whole(peakBytes / 1e6)} (+${whole((peakBytes - openBytes) / 1e6)})`;
}

function errorCell(error: number | null): string {
  return error === null ? '–' : error.toExponential(1).replace('-', '−');
}

/** Columns in which at least one row has something to say. */
function columnsOf(cells: readonly Cells[]): typeof COLUMNS {
  return COLUMNS.filter(({ key }) => cells.some((row) => row[key] !== '–'));
}

/** Limits of the machine have no ratio that means anything. */
function cellsOfAll(rows: readonly Measurement[]): Cells[] {
  return rows
    .map(cellsOf)
    .map((cells, i) =>
      LIMITS.includes(rows[i]?.peer ?? '') ? { ...cells, ratio: '–', threads: '–', memory: '–' } : cells,
    );
}

/** What must be said beside the rows: what threads gain and could gain, and who is missing, and why. */
function remarks(rows: readonly Measurement[]): string[] {
  const gain = gainOfCores(rows);
  const tile =
    gain === null || gain.tile === null ? '' : `; the bare tile, on this machine now: ${ratioText(gain.tile)} ×`;
  return [
    ...(gain === null ? [] : [`all cores over one: adnce ${ratioText(gain.ours)} ×${tile}`]),
    ...rows
      .filter(({ reason }) => reason !== null)
      .map(({ title, status, reason }) => `${title}: ${status}, ${reason}`),
  ];
}

function measuredRows(rows: readonly Measurement[]): Measurement[] {
  return rows.filter(({ time }) => time !== null);
}

/** The rows of one problem as a table for a terminal. */
export function comparisonText(rows: readonly Measurement[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const cells = cellsOfAll(measuredRows(rows));
  const notes = remarks(rows).map((text) => `  ${text}`);
  return [problemTitle(first.problem), textTable(cells, columnsOf(cells)), ...notes].join('\n');
}

/** The same in Markdown. */
export function comparisonMarkdown(rows: readonly Measurement[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const cells = cellsOfAll(measuredRows(rows));
  const columns = columnsOf(cells);
  const table = markdownTable(
    columns.map(({ key, title }) => title ?? key),
    cells.map((row) => columns.map(({ key }) => row[key] as string)),
    columns.map(({ align }) => align ?? 'left'),
  );
  const notes = remarks(rows).map((text) => `- ${text}`);
  return [`### ${problemTitle(first.problem)}`, '', table, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

/** A table in Markdown. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [line(titles), line(align.map((side) => (side === 'right' ? '---:' : '---'))), ...rows.map(line)].join('\n');
}
