/** Tables and small charts in plain text, for a terminal or a log. Colour comes from the caller, who knows if it is wanted. */
import { oneLine } from './html.js';

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
  /** Adds colour to a cell that is laid out already; it must not change how wide the text is. */
  paint?: (cell: string, row: Record<string, unknown>) => string;
}

export interface TextTableOptions {
  /**
   * Columns of the terminal; no limit if left out. The widest left-aligned column is cut to fit; where that is not
   * enough, every row becomes a block of lines with one field each.
   */
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
  const all = columns.map((column) => layOut(typeof column === 'string' ? { key: column } : column, rows));
  const width = options.width ?? Number.POSITIVE_INFINITY;
  if (!shrink(all, width)) return blocks(rows, all, width);
  const line = (cell: (column: Layout) => string) => all.map(cell).join(GAP).trimEnd();
  return [
    line((column) => pad(cut(column.title, column.width), column)),
    line((column) => '─'.repeat(column.width)),
    ...rows.map((row, r) =>
      line((column) => pad(cut(column.cells[r] as string, column.width), column, (cell) => column.paint(cell, row))),
    ),
  ].join('\n');
}

/** A column with its texts and its place. */
interface Layout {
  title: string;
  cells: string[];
  right: boolean;
  width: number;
  paint: NonNullable<TextColumn['paint']>;
}

const unpainted = (cell: string) => cell;

function layOut(column: TextColumn, rows: readonly Record<string, unknown>[]): Layout {
  const { key, format = plainCell, paint = unpainted } = column;
  const title = oneLine(column.title ?? key);
  const cells = rows.map((row) => oneLine(format(row[key])));
  const align = column.align ?? (rows.some((row) => isFigure(row[key])) ? 'right' : 'left');
  const width = cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), displayWidth(title));
  return { title, cells, right: align === 'right', width, paint };
}

/** Every row as lines of a title and a value, for a terminal too narrow for the table. */
function blocks(rows: readonly Record<string, unknown>[], all: readonly Layout[], width: number): string {
  const room = Math.min(
    Math.max(...all.map((column) => displayWidth(column.title))),
    Math.floor((width - GAP.length) / 2),
  );
  const field = (column: Layout, row: Record<string, unknown>, r: number) => {
    const title = pad(cut(column.title, room), { width: room, right: false });
    return `${title}${GAP}${column.paint(cut(column.cells[r] as string, width - room - GAP.length), row)}`;
  };
  return rows.map((row, r) => all.map((column) => field(column, row, r).trimEnd()).join('\n')).join('\n\n');
}

function isFigure(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function plainCell(value: unknown): string {
  return value === undefined || value === null ? '–' : String(value);
}

/**
 * Takes columns from the widest left-aligned one, time and again, until the table fits.
 * @returns whether it does
 */
function shrink(all: readonly Layout[], limit: number): boolean {
  const total = () => all.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
  while (total() > limit) {
    const cuttable = all.filter((column) => !column.right && column.width > LEAST_COLUMN);
    const [first, ...others] = cuttable;
    if (first === undefined) return false;
    others.reduce((widest, column) => (column.width > widest.width ? column : widest), first).width--;
  }
  return true;
}

function pad(text: string, { width, right }: Pick<Layout, 'width' | 'right'>, paint = unpainted): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + paint(text) : paint(text) + blanks;
}

const graphemes = (() => {
  let segmenter: Intl.Segmenter | undefined;
  return (text: string): string[] => {
    segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
    return Array.from(segmenter.segment(text), ({ segment }) => segment);
  };
})();

const WIDE =
  /^(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Columns a text takes on a terminal: East Asian letters and emoji take two, half-width ones one, marks none. */
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
  const low = finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const range = finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY) - low;
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
