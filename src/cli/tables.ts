/** Results as tables of the terminal. */
import { fixed, metricName, metricValue } from '../report/format.js';
import { metricNames } from '../report/headline.js';
import { oneLine } from '../report/html.js';
import { cut, textTable } from '../report/terminal.js';
import type { ReportRetrievalRow, ReportSearch } from '../report/types.js';
import { columns, faint, title } from './terminal.js';

/** Contenders and their figures. */
export function retrievalTable(rows: readonly ReportRetrievalRow[]): string {
  const names = metricNames({ rows }).filter((name) => !name.startsWith('nDCG'));
  return textTable(
    rows.map(({ name, metrics }) => ({ name, ...metrics })),
    [
      { key: 'name', title: '' },
      ...names.map((key) => ({
        key,
        title: metricName(key),
        align: 'right' as const,
        format: (value: unknown) => metricValue(key, value as number | null),
      })),
    ],
    { width: columns() },
  );
}

/** A query and its hits. */
export function searchText({ query, results }: ReportSearch): string {
  const width = Math.min(columns(), 120) - 9;
  const lines = results.map(
    ({ text, score }) => `  ${faint(fixed(score, 2).padStart(5))}  ${cut(oneLine(text), width)}`,
  );
  return [title(`“${oneLine(query)}”`), ...lines].join('\n');
}
