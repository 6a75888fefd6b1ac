/**
 * Words of a text in any language: NFKC, lower case, then the word boundaries of Unicode (UAX #29) as Intl.Segmenter
 * draws them, or a regular expression where there is no Segmenter. Segments without a letter or digit are dropped,
 * except emoji, which carry meaning.
 *
 * The Segmenter is slow, so what is pure ASCII is cut by a hand-written scanner of the same rules (colons, full stops
 * and apostrophes join letters; commas, semicolons, full stops and apostrophes join digits; the underscore joins both).
 * A blank always ends a word, so a text is first cut at blanks and only the pieces with other characters are slow.
 */
import { AdnceError } from '../errors.js';

/** Which rules cut text that is not ASCII; part of a checkpoint. */
export const TOKENIZERS = ['segmenter', 'regexp'] as const;
export type Tokenizer = (typeof TOKENIZERS)[number];

/** The best tokenizer this runtime has. */
export function defaultTokenizer(): Tokenizer {
  return hasSegmenter() ? 'segmenter' : 'regexp';
}

function hasSegmenter(): boolean {
  return typeof Intl !== 'undefined' && typeof Intl.Segmenter === 'function';
}

// Kinds of ASCII characters after lower-casing; 0 separates words.
const LETTER = 1;
const DIGIT = 2;
const UNDERSCORE = 4;
const JOINS_LETTERS = 8;
const JOINS_DIGITS = 16;
const WORD = LETTER | DIGIT | UNDERSCORE;

const KIND = new Uint8Array(128);
for (let c = 97; c <= 122; c++) KIND[c] = LETTER;
for (let c = 48; c <= 57; c++) KIND[c] = DIGIT;
KIND[95] = UNDERSCORE;
for (const c of ":.'") KIND[c.charCodeAt(0)] = JOINS_LETTERS;
for (const c of ",;.'") KIND[c.charCodeAt(0)] = (KIND[c.charCodeAt(0)] as number) | JOINS_DIGITS;

function kindAt(text: string, i: number, end: number): number {
  return i < end ? (KIND[text.charCodeAt(i)] as number) : 0;
}

/** Adds the words of the ASCII text `text[start, end)`, already in lower case. */
function scanAscii(text: string, start: number, end: number, out: string[]): void {
  let i = start;
  while (i < end) {
    let kind = kindAt(text, i, end);
    if ((kind & WORD) === 0) {
      i++;
      continue;
    }
    const from = i;
    let seen = 0;
    while (i < end) {
      seen |= kind;
      const next = kindAt(text, i + 1, end);
      if ((next & WORD) !== 0) {
        i += 1;
        kind = next;
        continue;
      }
      const after = kindAt(text, i + 2, end);
      const joins =
        (kind === LETTER && (next & JOINS_LETTERS) !== 0 && after === LETTER) ||
        (kind === DIGIT && (next & JOINS_DIGITS) !== 0 && after === DIGIT);
      if (!joins) break;
      i += 2;
      kind = after;
    }
    i++;
    if ((seen & (LETTER | DIGIT)) !== 0) out.push(text.slice(from, i));
  }
}

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const NO_BLANKS = String.raw`\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}`;
const LETTERS = String.raw`(?:(?!${NO_BLANKS})[\p{L}\p{M}\p{N}_])+`;
const WORDS = new RegExp(
  [
    String.raw`\p{Regional_Indicator}{2}`,
    String.raw`\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|[\p{M}\u{1f3fb}-\u{1f3ff}])*`,
    String.raw`\p{Script=Han}\p{M}*`,
    String.raw`[\p{Script=Hiragana}\p{M}]+`,
    String.raw`[\p{Script=Katakana}\u30fc\p{M}]+`,
    `${LETTERS}(?:['’.:·]${LETTERS})*`,
  ].join('|'),
  'gu',
);
const HAS_CONTENT = /[\p{L}\p{N}]|\p{Extended_Pictographic}|\p{Regional_Indicator}/u;

let segmenter: Intl.Segmenter | undefined;

/** Cuts one piece of a text by the slow rules. */
function cut(piece: string, tokenizer: Tokenizer): string[] {
  if (tokenizer === 'regexp') return (piece.match(WORDS) ?? []).filter((word) => HAS_CONTENT.test(word));
  // A fixed locale: without one the default of the machine would decide.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  const out: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(piece)) {
    // ICU calls "__" a word.
    if ((isWordLike === true && /[^_]/.test(segment)) || EMOJI.test(segment)) out.push(segment);
  }
  return out;
}

const CACHE_ENTRIES = 65_536;
const CACHE_LENGTH = 32;
const caches: Record<Tokenizer, Map<string, string[]>> = { segmenter: new Map(), regexp: new Map() };

function cutCached(piece: string, tokenizer: Tokenizer): string[] {
  if (piece.length > CACHE_LENGTH) return cut(piece, tokenizer);
  const cache = caches[tokenizer];
  let found = cache.get(piece);
  if (found === undefined) {
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    found = cut(piece, tokenizer);
    cache.set(piece, found);
  }
  return found;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/**
 * The words of a text, in order, in lower case.
 * @param tokenizer how text that is not ASCII is cut; the best this runtime has if left out
 * @throws E_RUNTIME the runtime has no Intl.Segmenter and "segmenter" is asked for
 */
export function words(text: string, tokenizer: Tokenizer = defaultTokenizer()): string[] {
  if (tokenizer === 'segmenter') mustHaveSegmenter();
  const out: string[] = [];
  if (isAscii(text)) {
    const lower = text.toLowerCase();
    scanAscii(lower, 0, lower.length, out);
    return out;
  }
  const plain = text.normalize('NFKC').toLowerCase();
  let start = 0;
  let ascii = true;
  for (let i = 0; i <= plain.length; i++) {
    const c = i < plain.length ? plain.charCodeAt(i) : 32;
    if (c > 127) ascii = false;
    if (c !== 32 && (c < 9 || c > 13)) continue;
    if (ascii) scanAscii(plain, start, i, out);
    else for (const word of cutCached(plain.slice(start, i), tokenizer)) out.push(word);
    start = i + 1;
    ascii = true;
  }
  return out;
}

/**
 * Refuses to go on where the Segmenter a checkpoint was trained with is missing.
 * @throws E_RUNTIME
 */
export function mustHaveSegmenter(): void {
  if (hasSegmenter()) return;
  throw new AdnceError('E_RUNTIME', {
    where: 'words',
    what: 'the "segmenter" tokenizer needs Intl.Segmenter, which this runtime lacks',
    hint: 'use Node 20, Chrome 87, Safari 14.1, Firefox 125 or newer, or train with tokenizer "regexp"',
  });
}
