/** Which columns of a table hold the anchor, the positive and the negative: as the options say, or by well-known names. */
import { AdnceError } from '../errors.js';
import { didYouMean, mustBeString, mustKnowKeys } from '../options.js';

/** Options of everything that reads pairs. */
export interface ColumnOptions {
  /** Name of the anchor's column. */
  anchor?: string;
  /** Name of the positive's column. */
  positive?: string;
  /** Name of the hard negative's column; `false` leaves negatives out. */
  negative?: string | false;
  /** Take only rows whose split column has this value. */
  split?: string;
  /** Name of the split column. Default `split`. */
  splitColumn?: string;
}

/** The names found in a table. */
export interface Columns {
  anchor: string;
  positive: string;
  negative?: string;
  /** The name a negative would have where the first row has none: a later row with it is a mistake. */
  absentNegative?: string;
  split?: string;
}

/** Known names of [anchor, positive, negative], as published data sets write them. */
export const KNOWN_COLUMNS: readonly (readonly [string, string, string?])[] = [
  ['anchor', 'positive', 'negative'],
  ['premise', 'entailment', 'contradiction'],
  ['sent0', 'sent1', 'hard_neg'],
  ['query', 'positive', 'negative'],
  ['query', 'document', 'negative'],
  ['query', 'answer', 'negative'],
  ['question', 'answer', 'negative'],
  ['sentence1', 'sentence2'],
  ['text1', 'text2'],
  ['source', 'target'],
];

/** Known names of the one column of a list of texts. */
const KNOWN_TEXT_COLUMNS = [
  'text',
  'sentence',
  'content',
  'document',
  'query',
  'question',
  'title',
  'caption',
  'anchor',
  'premise',
  'sentence1',
  'text1',
  'sent0',
  'source',
] as const;

const COLUMN_KEYS = ['anchor', 'positive', 'negative', 'split', 'splitColumn'] as const;

/**
 * Checks column options.
 * @throws E_OPTION
 */
export function checkColumnOptions(where: string, options: ColumnOptions): void {
  mustKnowKeys(where, options, COLUMN_KEYS);
  for (const key of COLUMN_KEYS) {
    if (options[key] !== undefined && !(key === 'negative' && options.negative === false)) {
      mustBeString(where, key, options[key]);
    }
  }
}

function find(names: readonly string[], name: string): string | undefined {
  return names.find((n) => n === name) ?? names.find((n) => n.trim().toLowerCase() === name.toLowerCase());
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => JSON.stringify(name.slice(0, 40)));
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

function mustFind(where: string, names: readonly string[], option: string, name: string): string {
  const found = find(names, name);
  if (found !== undefined) return found;
  const hint = didYouMean(name, names);
  throw new AdnceError('E_DATA', {
    where,
    what: `column "${name}" ("${option}") is expected, got ${listed(names)}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Chooses the columns of a table.
 * @param names all columns it has
 * @throws E_DATA a named column is not there, or no names are known
 */
export function resolveColumns(where: string, names: readonly string[], options: ColumnOptions = {}): Columns {
  const { anchor, positive, negative, split } = options;
  const known = KNOWN_COLUMNS.find(
    ([a, p]) =>
      (anchor === undefined ? find(names, a) : a === anchor.toLowerCase()) &&
      (positive === undefined ? find(names, p) : p === positive.toLowerCase()),
  );
  if (known === undefined && (anchor === undefined || positive === undefined)) {
    throw new AdnceError('E_DATA', {
      where,
      what: `columns "anchor" and "positive", or other known names, are expected, got ${listed(names)}`,
      hint: `name them with the options "anchor" and "positive", or use ${KNOWN_COLUMNS.slice(0, 6)
        .map(([a, p]) => `${a}/${p}`)
        .join(', ')}`,
    });
  }
  const columns: Columns = {
    anchor: mustFind(where, names, 'anchor', anchor ?? (known?.[0] as string)),
    positive: mustFind(where, names, 'positive', positive ?? (known?.[1] as string)),
  };
  if (typeof negative === 'string') columns.negative = mustFind(where, names, 'negative', negative);
  else if (negative === undefined && known?.[2] !== undefined) {
    const found = find(names, known[2]);
    if (found === undefined) columns.absentNegative = known[2];
    else columns.negative = found;
  }
  if (split !== undefined) {
    columns.split = mustFind(where, names, 'splitColumn', options.splitColumn ?? 'split');
  }
  return columns;
}

/**
 * Chooses the column of a list of texts: as named, by a well-known name, or the only one.
 * @throws E_DATA
 */
export function resolveTextColumn(where: string, names: readonly string[], wanted?: string): string {
  if (wanted !== undefined) return mustFind(where, names, 'text', wanted);
  for (const name of KNOWN_TEXT_COLUMNS) {
    const found = find(names, name);
    if (found !== undefined) return found;
  }
  if (names.length === 1) return names[0] as string;
  throw new AdnceError('E_DATA', {
    where,
    what: `a column "text" is expected, got ${listed(names)}`,
    hint: 'name the column with the option "text"',
  });
}
