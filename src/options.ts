/**
 * Options are plain objects, checked by tiny `mustBe…` functions. Each returns the value it was given, or throws
 * E_OPTION with the option's name, what it must be and what came. An unknown key names the nearest known one.
 */
import { AdnceError } from './errors.js';

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? `an array of length ${value.length}` : `a ${value.constructor?.name ?? 'object'}`;
}

function refuse(where: string, key: string, noun: string, value: unknown, hint?: string): never {
  throw new AdnceError('E_OPTION', {
    where,
    what: `"${key}" must be ${noun}, got ${describe(value)}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Limits of a number; `above` and `below` are exclusive, `min` and `max` inclusive. */
export interface NumberRange {
  min?: number;
  max?: number;
  above?: number;
  below?: number;
}

/** What a number of a table of options may be. */
export interface NumberRule extends NumberRange {
  /** Whether it is an integer. */
  integer?: true;
  /** A word that may stand in its place. */
  word?: string;
}

/** What the numbers of a table of options may be. */
export type NumberRules<T> = { readonly [K in keyof T]?: NumberRule };

function rangeText(noun: string, range: NumberRule): string {
  const parts: string[] = [];
  if (range.above !== undefined) parts.push(`> ${range.above}`);
  if (range.min !== undefined) parts.push(`>= ${range.min}`);
  if (range.below !== undefined) parts.push(`< ${range.below}`);
  if (range.max !== undefined) parts.push(`<= ${range.max}`);
  const other = range.word === undefined ? '' : `, or ${JSON.stringify(range.word)}`;
  return `${[noun, parts.join(' and ')].filter((part) => part !== '').join(' ')}${other}`;
}

function inRange(value: number, range: NumberRange): boolean {
  return (
    value > (range.above ?? Number.NEGATIVE_INFINITY) &&
    value >= (range.min ?? Number.NEGATIVE_INFINITY) &&
    value < (range.below ?? Number.POSITIVE_INFINITY) &&
    value <= (range.max ?? Number.POSITIVE_INFINITY)
  );
}

/** Which value within the range is nearest to a number outside it. */
function nearestText(value: unknown, range: NumberRange): string | undefined {
  if (typeof value !== 'number' || Number.isNaN(value) || inRange(value, range)) return undefined;
  const low = Math.max(range.min ?? Number.NEGATIVE_INFINITY, range.above ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(range.max ?? Number.POSITIVE_INFINITY, range.below ?? Number.POSITIVE_INFINITY);
  if (value <= low) return `the nearest valid value is ${low === range.above ? 'just above ' : ''}${low}`;
  return Number.isFinite(high)
    ? `the nearest valid value is ${high === range.below ? 'just below ' : ''}${high}`
    : undefined;
}

/** A finite number within `range`. */
export function mustBeNumber(where: string, key: string, value: unknown, range: NumberRule = {}): number {
  if (typeof value === 'number' && Number.isFinite(value) && inRange(value, range)) return value;
  return refuse(where, key, rangeText('a finite number', range), value, nearestText(value, range));
}

/** An integer within `range`. */
export function mustBeInteger(where: string, key: string, value: unknown, range: NumberRule = {}): number {
  if (typeof value === 'number' && Number.isInteger(value) && inRange(value, range)) return value;
  return refuse(where, key, rangeText('an integer', range), value, nearestText(value, range));
}

/** Checks the numbers of a table of options. */
export function mustBeNumbers<T extends object>(where: string, options: T, rules: NumberRules<T>): void {
  for (const [key, rule] of Object.entries(rules) as [keyof T & string, NumberRule][]) {
    const value: unknown = options[key];
    if (rule.word !== undefined && value === rule.word) continue;
    if (rule.integer === true) mustBeInteger(where, key, value, rule);
    else mustBeNumber(where, key, value, rule);
  }
}

export function mustBeBoolean(where: string, key: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(where, key, 'true or false', value);
}

export function mustBeString(where: string, key: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : refuse(where, key, 'a non-empty string', value);
}

/** One of a few words. */
export function mustBeOneOf<T extends string>(where: string, key: string, value: unknown, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  const hint = typeof value === 'string' ? didYouMean(value, words) : undefined;
  return refuse(where, key, `one of ${words.map((w) => JSON.stringify(w)).join(', ')}`, value, hint);
}

/** Refuses what is no object of options, and keys that `known` does not list, naming the nearest known one. */
export function mustKnowKeys(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    refuse(
      where,
      'options',
      'an object',
      options,
      known.length === 0 ? undefined : `known options are ${known.join(', ')}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const guess = didYouMean(key, known);
    const all = `${guess === undefined ? 'known are' : `${guess}? Known:`} ${known.join(', ')}`;
    throw new AdnceError('E_OPTION', {
      where,
      what: `unknown option "${key}"`,
      hint: known.length === 0 ? 'no options are taken here' : all,
    });
  }
}

/** A hint at the word that was probably meant; undefined where none is near. */
export function didYouMean(word: string, words: readonly string[]): string | undefined {
  const near = nearest(word, words);
  return near === undefined ? undefined : `did you mean "${near}"`;
}

/** Share of the longer word's letters that may differ. */
const NEAR = 0.4;
/** Letters that make a beginning. */
const BEGINNING = 2;

/** The word with the fewest edits to `word`, a word and its beginning being one edit apart; undefined where all are far. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const [a, b] = [word.toLowerCase(), candidate.toLowerCase()];
    const isBeginning = Math.min(a.length, b.length) >= BEGINNING && (a.startsWith(b) || b.startsWith(a));
    const distance = isBeginning ? Math.min(1, Math.abs(a.length - b.length)) : editDistance(a, b);
    const longer = Math.max(a.length, b.length);
    const isNear = distance < longer && distance <= Math.max(1, NEAR * longer);
    if (isNear && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
