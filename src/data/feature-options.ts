/** The options of TextFeatures with their defaults, and the JSON a checkpoint keeps of it, checked on the way in. */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumbers, mustBeOneOf, mustKnowKeys, type NumberRules } from '../options.js';
import { defaultTokenizer, TOKENIZERS, type Tokenizer } from './tokenize.js';
import type { Vocabulary } from './vocabulary.js';

const NGRAM_WORDS = ['all', 'rare', 'none'] as const;

/** How texts become features. */
export interface FeatureOptions {
  /** Words seen less often have no feature of their own. */
  minCount: number;
  /** At most this many words. */
  maxWords: number;
  /** Buckets the n-grams are hashed into. */
  buckets: number;
  /** Lengths of the n-grams of '<word>', in code points. */
  ngrams: { min: number; max: number };
  /** Which words have n-grams: all; words outside the vocabulary or seen less than `rareBelow` times; none. */
  ngramWords: (typeof NGRAM_WORDS)[number];
  /** With `ngramWords: 'rare'`: the count below which a word of the vocabulary has n-grams too. */
  rareBelow: number;
  /** Features of a text beyond this number are dropped, from the end and by whole words. */
  maxFeatures: number;
  /** How text that is not ASCII is cut. */
  tokenizer: Tokenizer;
}

/** The defaults of {@link FeatureOptions}; `tokenizer` is the best the runtime has. */
export const FEATURE_DEFAULTS: Readonly<Omit<FeatureOptions, 'tokenizer'>> = {
  minCount: 2,
  maxWords: 200_000,
  buckets: 2 ** 16,
  ngrams: { min: 3, max: 5 },
  ngramWords: 'rare',
  rareBelow: 5,
  maxFeatures: 256,
};

/** What {@link TextFeatures.toJSON} gives: everything needed to encode the same way again. */
export interface FeaturesJson {
  format: 'adnce-features';
  version: 1;
  options: FeatureOptions;
  total: number;
  words: string[];
  counts: number[];
}

/** What the numbers may be. */
export const FEATURE_RANGES = {
  minCount: { min: 1, integer: true },
  maxWords: { min: 0, max: 2 ** 24, integer: true },
  buckets: { min: 1, max: 2 ** 24, integer: true },
  rareBelow: { min: 0, integer: true },
  maxFeatures: { min: 1, integer: true },
} satisfies NumberRules<FeatureOptions>;

/**
 * Checks options and fills in the defaults.
 * @throws E_OPTION
 */
export function completeOptions(options: Partial<FeatureOptions>, where: string): FeatureOptions {
  mustKnowKeys(where, options, [...Object.keys(FEATURE_DEFAULTS), 'tokenizer']);
  const o = { ...FEATURE_DEFAULTS, tokenizer: defaultTokenizer(), ...options };
  mustBeNumbers(where, o, FEATURE_RANGES);
  mustBeOneOf(where, 'ngramWords', o.ngramWords, NGRAM_WORDS);
  mustBeOneOf(where, 'tokenizer', o.tokenizer, TOKENIZERS);
  const ngrams: unknown = o.ngrams;
  if (typeof ngrams !== 'object' || ngrams === null) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"ngrams" must be {min, max}',
      hint: 'for example {min: 3, max: 5}',
    });
  }
  mustKnowKeys(`${where}.ngrams`, ngrams, ['min', 'max']);
  mustBeInteger(where, 'ngrams.min', o.ngrams.min, { min: 1, max: 32 });
  mustBeInteger(where, 'ngrams.max', o.ngrams.max, { min: o.ngrams.min, max: 32 });
  return { ...o, ngrams: { ...o.ngrams } };
}

function damaged(what: string, cause?: unknown): AdnceError {
  const hint = 'the tokenizer file is damaged or was not written by adnce';
  return new AdnceError('E_CHECKPOINT', { where: 'TextFeatures.fromJSON', what, hint, cause });
}

/**
 * Checks what {@link FeaturesJson} promises of a value that came from outside.
 * @throws E_CHECKPOINT
 */
export function parseFeatures(json: unknown): { vocabulary: Vocabulary; options: FeatureOptions } {
  if (typeof json !== 'object' || json === null) throw damaged(`an object is expected, got ${json && typeof json}`);
  const { format, version, options, total, words: list, counts } = json as Partial<Record<keyof FeaturesJson, unknown>>;
  if (format !== 'adnce-features' || version !== 1) {
    throw damaged(`"format" must be "adnce-features" and "version" 1, got ${String(format)} and ${String(version)}`);
  }
  if (typeof options !== 'object' || options === null) throw damaged('"options" must be an object');
  let completed: FeatureOptions;
  try {
    completed = completeOptions(options, 'TextFeatures.fromJSON');
  } catch (error) {
    throw damaged(error instanceof Error ? error.message.replace(/^E_OPTION [^:]*: /, '') : String(error), error);
  }
  for (const key of [...Object.keys(FEATURE_DEFAULTS), 'tokenizer']) {
    if (!Object.hasOwn(options, key)) throw damaged(`option "${key}" is missing`);
  }
  if (!Array.isArray(list) || !Array.isArray(counts) || list.length !== counts.length) {
    throw damaged('"words" and "counts" must be arrays of one length');
  }
  checkVocabulary(list, counts, total);
  if (list.length === 0 && completed.ngramWords === 'none') throw damaged('there is neither a word nor an n-gram');
  return { vocabulary: { words: list, counts, total: total as number }, options: completed };
}

function checkVocabulary(list: unknown[], counts: unknown[], total: unknown): void {
  const seen = new Set<unknown>();
  let sum = 0;
  for (let i = 0; i < list.length; i++) {
    const count = counts[i];
    if (typeof list[i] !== 'string') throw damaged(`word ${i} must be a text, got ${typeof list[i]}`);
    if (seen.has(list[i])) throw damaged(`word ${i}, ${JSON.stringify(list[i])}, stands there twice`);
    if (!Number.isSafeInteger(count) || (count as number) < 1) throw damaged(`count ${i} must be an integer >= 1`);
    seen.add(list[i]);
    sum += count as number;
  }
  if (!Number.isSafeInteger(total) || (total as number) < Math.max(1, sum)) {
    throw damaged(`"total" must be an integer >= ${Math.max(1, sum)}, got ${String(total)}`);
  }
}
