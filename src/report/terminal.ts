/** Tables and small charts in plain text, for a terminal or a log. No colour: the caller paints what it likes. */
import { cleanText } from './html.js';

/** A column of {@link textTable}. */
export interface TextColumn {
  /** Field of the rows. */
  key: string;
  /** Heading; the key if left out. */
  title?: string;
  /** Numbers go right and texts left if left out. */
  align?: 'left' | 'right';
  /** How a value is written; as it is if left out. */
  format?: (value: unknown) => string;
}

export interface TextTableOptions {
  /** Columns of the terminal; the widest left-aligned column is cut to fit. No limit if left out. */
  width?: number;
}

const GAP = '  ';
const LEAST_COLUMN = 8;

/**
 * An aligned table with a heading and a rule, without a final line feed.
 * @param rows values by the keys of the columns
 * @param columns the fields to show, as keys or with their settings
 */
export function textTable(
  rows: readonly Record<string, unknown>[],
  columns: readonly (string | TextColumn)[],
  options: TextTableOptions = {},
): string {
  const all = columns.map((column) => (typeof column === 'string' ? { key: column } : column) as TextColumn);
  const cells = all.map(({ key, format = plainCell }) => rows.map((row) => oneLine(format(row[key]))));
  const titles = all.map(({ key, title }) => oneLine(title ?? key));
  const right = all.map(
    ({ key, align }) => (align ?? (rows.some((row) => isFigure(row[key])) ? 'right' : 'left')) === 'right',
  );
  const widths = all.map((_, c) => Math.max(...[titles[c] as string, ...(cells[c] as string[])].map(displayWidth)));
  shrink(widths, right, options.width ?? Number.POSITIVE_INFINITY);
  const line = (texts: string[]) =>
    texts
      .map((text, c) => pad(cut(text, widths[c] as number), widths[c] as number, right[c] as boolean))
      .join(GAP)
      .trimEnd();
  return [
    line(titles),
    line(widths.map((width) => '─'.repeat(width))),
    ...rows.map((_, r) => line(cells.map((column) => column[r] as string))),
  ].join('\n');
}

function isFigure(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function plainCell(value: unknown): string {
  return value === undefined || value === null ? '–' : String(value);
}

/** Texts from data must not move the cursor or break the line. */
function oneLine(text: string): string {
  return cleanText(text).replace(/[\t\n]+/g, ' ');
}

/** Takes columns from the widest left-aligned one, time and again, until the table fits. */
function shrink(widths: number[], right: readonly boolean[], limit: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  while (total() > limit) {
    let widest = -1;
    widths.forEach((width, c) => {
      if (!right[c] && width > LEAST_COLUMN && width > (widths[widest] ?? 0)) widest = c;
    });
    if (widest < 0) return;
    widths[widest]!--;
  }
}

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
}

const graphemes = (() => {
  let segmenter: Intl.Segmenter | undefined;
  return (text: string): string[] => {
    segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
    return Array.from(segmenter.segment(text), ({ segment }) => segment);
  };
})();

const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Columns a text takes on a terminal: East Asian letters and emoji take two, marks none. */
export function displayWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  return graphemes(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : ZERO.test(letter) ? 0 : 1), 0);
}

/** Cuts a text to at most `width` columns, with an ellipsis where something is lost. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 1;
  let kept = '';
  for (const letter of graphemes(text)) {
    used += displayWidth(letter);
    if (used > width) break;
    kept += letter;
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`;
}

const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * A line of small bars from the lowest to the highest value; values that are not finite leave a blank.
 * @param width at most this many bars: neighbours are put together by their mean
 */
export function sparkline(values: ArrayLike<number>, width = Number.POSITIVE_INFINITY): string {
  const points = means(values, Math.min(width, values.length));
  const finite = points.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return points
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      // A flat line runs in the middle.
      return LEVELS[range > 0 ? Math.round(((value - low) / range) * 7) : 3];
    })
    .join('');
}

function means(values: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * values.length) / count);
    const end = Math.floor(((i + 1) * values.length) / count);
    const own = Array.from({ length: end - start }, (__, j) => values[start + j] as number).filter(Number.isFinite);
    return own.length === 0 ? Number.NaN : own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * A horizontal bar, exact to an eighth of a column.
 * @param share 0 … 1 of the width; what lies outside is clipped
 * @param width columns of a full bar
 */
export function textBar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, Number.isNaN(share) ? 0 : share)) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
