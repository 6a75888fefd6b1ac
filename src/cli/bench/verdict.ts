/** Targets as a table. */
import { plain, whole } from '../../report/format.js';
import { textTable } from '../../report/terminal.js';
import { markdownTable } from './table.js';
import type { Verdict } from './targets.js';

const HEADINGS = ['target', 'promised', 'measured', 'met'] as const;

function cells({ name, value, target, direction, unit, met }: Verdict): string[] {
  const number = (x: number) => (Math.abs(x) >= 1000 ? whole(x) : plain(Number(x.toPrecision(3))));
  const promised = `${direction === 'at least' ? '≥' : '≤'} ${number(target)} ${unit}`;
  return [name, promised, value === null ? '–' : `${number(value)} ${unit}`, met === null ? '–' : met ? 'yes' : 'no'];
}

/** What the run measured, for a terminal; the rest is counted. */
export function verdictText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.filter(({ value }) => value !== null).map(cells);
  const columns = HEADINGS.map((title, c) => ({ key: String(c), title, align: c === 0 ? 'left' : 'right' }) as const);
  const met = verdicts.filter((verdict) => verdict.met === true).length;
  const open = verdicts.length - rows.length;
  const count = `${met} of ${rows.length} targets met${open > 0 ? `; ${open} were not measured in this run` : ''}`;
  return rows.length === 0
    ? count
    : `${textTable(
        rows.map((row) => ({ ...row })),
        columns,
      )}\n${count}`;
}

/** All of them in Markdown. */
export function verdictMarkdown(verdicts: readonly Verdict[]): string {
  return markdownTable(HEADINGS, verdicts.map(cells), ['left', 'right', 'right', 'right']);
}
