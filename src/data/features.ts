/**
 * Text into bags of features: one index space [0, size) with the words of the vocabulary first, [0, V), and hashed
 * character n-grams behind them, [V, V + buckets). An encoder averages one embedding per feature.
 *
 * Each feature has a weight to start from: smooth inverse frequency a / (a + p(w)) for words (Arora, Liang and Ma,
 * "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017), and for n-grams a share of it, such that
 * the n-grams of a word together weigh about as much as the word.
 */
import { AdnceError } from '../errors.js';
import { EncodedTexts, Int32List } from './encoded.js';
import { completeOptions, type FeatureOptions, type FeaturesJson, parseFeatures } from './feature-options.js';
import { hashNgrams } from './ngrams.js';
import { mustHaveSegmenter, words } from './tokenize.js';
import type { FeatureBatch } from './types.js';
import { countWords, type Vocabulary } from './vocabulary.js';

const SIF_A = 1e-3;
const CACHE_WORDS = 262_144;

/** Known words count as just frequent enough to need no n-grams, also those that the corpus has less often. */
function addKnown(vocabulary: Vocabulary, known: Iterable<string>, { tokenizer, rareBelow }: FeatureOptions): void {
  const index = new Map(vocabulary.words.map((word, i) => [word, i]));
  const count = Math.max(1, rareBelow);
  for (const word of known) {
    const [form, more] = words(word, tokenizer);
    if (form !== word || more !== undefined) continue;
    const at = index.get(word);
    const before = at === undefined ? 0 : (vocabulary.counts[at] as number);
    if (before >= count) continue;
    if (at === undefined) {
      index.set(word, vocabulary.words.length);
      vocabulary.words.push(word);
    }
    vocabulary.counts[at ?? vocabulary.words.length - 1] = count;
    vocabulary.total += count - before;
  }
}

/** A vocabulary with hashed n-grams: texts in, feature ids out. */
export class TextFeatures {
  readonly #vocabulary: Vocabulary;
  readonly #index = new Map<string, number>();
  readonly #cache = new Map<string, Int32Array>();
  readonly options: Readonly<FeatureOptions>;

  private constructor(vocabulary: Vocabulary, options: FeatureOptions) {
    if (options.tokenizer === 'segmenter') mustHaveSegmenter();
    this.#vocabulary = vocabulary;
    this.options = options;
    for (const [i, word] of vocabulary.words.entries()) this.#index.set(word, i);
  }

  /**
   * Learns the vocabulary of a corpus.
   * @param known words that get a feature of their own in any case, because there are ready vectors for them; those that are no
   * words by the tokenizer's rules are left out
   * @throws E_OPTION a wrong option; E_DATA a corpus that gives no feature at all
   */
  static fit(
    texts: Iterable<string>,
    options: Partial<FeatureOptions> = {},
    known: Iterable<string> = [],
  ): TextFeatures {
    const o = completeOptions(options, 'TextFeatures.fit');
    const vocabulary = countWords(texts, o.tokenizer, o.minCount, o.maxWords);
    addKnown(vocabulary, known, o);
    if (vocabulary.total === 0 || (o.ngramWords === 'none' && vocabulary.words.length === 0)) {
      throw new AdnceError('E_DATA', {
        where: 'TextFeatures.fit',
        what: `the texts must give at least one feature, got ${vocabulary.total} words and none for the vocabulary`,
        hint: vocabulary.total === 0 ? 'the texts are empty' : 'lower minCount or allow n-grams',
      });
    }
    return new TextFeatures(vocabulary, o);
  }

  /** The number of words with a feature of their own, V. */
  get vocabularySize(): number {
    return this.#vocabulary.words.length;
  }

  /** The number of features: every id is in [0, size). */
  get size(): number {
    return this.vocabularySize + (this.options.ngramWords === 'none' ? 0 : this.options.buckets);
  }

  /** The id of a word, if it has one. The word must be in the form that `words` gives. */
  idOf(word: string): number | undefined {
    return this.#index.get(word);
  }

  /** The word of an id in [0, vocabularySize). */
  wordOf(id: number): string | undefined {
    return this.#vocabulary.words[id];
  }

  /** Encodes texts, one bag each. A text without words gives an empty bag. */
  encode(texts: readonly string[]): FeatureBatch {
    return this.encodeCorpus(texts);
  }

  /** Encodes texts once, for a trainer that draws rows from them many times. */
  encodeCorpus(texts: readonly string[]): EncodedTexts {
    const ids = new Int32List(texts.length * 16);
    const offsets = new Int32Array(texts.length + 1);
    for (let i = 0; i < texts.length; i++) {
      this.#encodeText(texts[i] as string, ids);
      offsets[i + 1] = ids.length;
    }
    return new EncodedTexts(ids.view(), offsets);
  }

  #encodeText(text: string, out: Int32List): void {
    let room = this.options.maxFeatures;
    for (const word of words(text, this.options.tokenizer)) {
      const ids = this.#wordIds(word);
      if (ids.length > room) {
        // A single word longer than all the room there is keeps its first features.
        if (room === this.options.maxFeatures) out.append(ids, room);
        return;
      }
      out.append(ids);
      room -= ids.length;
    }
  }

  #wordIds(word: string): Int32Array {
    let ids = this.#cache.get(word);
    if (ids === undefined) {
      if (this.#cache.size >= CACHE_WORDS) this.#cache.clear();
      ids = this.#computeIds(word);
      this.#cache.set(word, ids);
    }
    return ids;
  }

  #computeIds(word: string): Int32Array {
    const id = this.#index.get(word);
    const count = id === undefined ? 0 : (this.#vocabulary.counts[id] as number);
    const own = id === undefined ? [] : [id];
    if (!this.#hasNgrams(count)) return Int32Array.from(own);
    const { ngrams, buckets } = this.options;
    const hashed = hashNgrams(word, ngrams.min, ngrams.max, buckets);
    const ids = new Int32Array(own.length + hashed.length);
    ids.set(own);
    for (let i = 0; i < hashed.length; i++) ids[own.length + i] = this.vocabularySize + (hashed[i] as number);
    return ids;
  }

  /** Whether a word of that count has n-grams; count 0 stands for a word outside the vocabulary. */
  #hasNgrams(count: number): boolean {
    const { ngramWords, rareBelow } = this.options;
    return ngramWords === 'all' || (ngramWords === 'rare' && (count === 0 || count < rareBelow));
  }

  /**
   * The weight each feature starts from, in (0, 1]: f32[size]. A word w with frequency p(w) weighs a / (a + p(w)) with
   * a = 1e-3. A bucket weighs the mean, over the words of the vocabulary that use it, of the word's weight divided by
   * its number of n-grams; one imagined word of weight 1 and average length stands in for words never seen.
   */
  featureWeights(): Float32Array {
    const { words: vocabulary, counts, total } = this.#vocabulary;
    const weights = new Float32Array(this.size);
    const sums = new Float64Array(this.size - vocabulary.length);
    const uses = new Float64Array(sums.length);
    const { ngrams, buckets, ngramWords } = this.options;
    let grams = 0;
    let gramWords = 0;
    for (let i = 0; i < vocabulary.length; i++) {
      const count = counts[i] as number;
      const weight = SIF_A / (SIF_A + count / total);
      weights[i] = weight;
      if (ngramWords === 'none') continue;
      const hashed = hashNgrams(vocabulary[i] as string, ngrams.min, ngrams.max, buckets);
      grams += hashed.length;
      gramWords++;
      if (!this.#hasNgrams(count)) continue;
      for (const bucket of hashed) {
        sums[bucket] = (sums[bucket] as number) + (count * weight) / hashed.length;
        uses[bucket] = (uses[bucket] as number) + count;
      }
    }
    const unseen = gramWords === 0 ? 0.1 : gramWords / grams;
    for (let b = 0; b < sums.length; b++) {
      weights[vocabulary.length + b] = ((sums[b] as number) + unseen) / ((uses[b] as number) + 1);
    }
    return weights;
  }

  /** Everything needed to encode the same way again, ready for JSON.stringify. */
  toJSON(): FeaturesJson {
    const { words: vocabulary, counts, total } = this.#vocabulary;
    const options = { ...this.options, ngrams: { ...this.options.ngrams } };
    return { format: 'adnce-features', version: 1, options, total, words: [...vocabulary], counts: [...counts] };
  }

  /**
   * The features a checkpoint holds. The value is not trusted.
   * @throws E_CHECKPOINT something in it is missing or of the wrong kind; E_RUNTIME the tokenizer is not there
   */
  static fromJSON(json: unknown): TextFeatures {
    const { vocabulary, options } = parseFeatures(json);
    return new TextFeatures(vocabulary, options);
  }
}
