/**
 * The baselines a learned encoder has to beat: word matching over an inverted index.
 *
 * The index keeps, word after word, the texts that hold it and how often (postings in compressed rows). A scorer lays one
 * weight beside each posting, so a query only adds up the weights of its words.
 */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';

export interface Bm25Options {
  /** How soon repeats of a word stop counting, >= 0. */
  k1?: number;
  /** How much long texts are held back, 0 … 1. */
  b?: number;
}

/** Scores all texts of an index for a query. */
export interface LexicalScorer {
  /** Number of texts. */
  readonly size: number;
  /**
   * Writes one score for each text, 0 where no word is shared.
   * @param out f32[size]
   * @throws E_SHAPE `out` has another length
   */
  score(query: string, out: Float32Array): void;
}

/** An inverted index over short texts. */
export class LexicalIndex {
  /** Number of texts. */
  readonly size: number;
  readonly #tokenize: (text: string) => readonly string[];
  readonly #ids = new Map<string, number>();
  /** i32[words + 1]: the postings of word w are starts[w] … starts[w + 1] − 1. */
  readonly #starts: Int32Array;
  /** i32[postings], text of each. */
  readonly #texts: Int32Array;
  /** i32[postings], occurrences of the word in the text. */
  readonly #counts: Int32Array;
  /** i32[size], words of each text. */
  readonly #lengths: Int32Array;

  /**
   * @param texts the candidates
   * @param tokenize the words of a text, used for texts and queries alike
   * @throws E_DATA there are no texts
   */
  constructor(texts: readonly string[], tokenize: (text: string) => readonly string[]) {
    if (texts.length === 0) {
      throw new AdnceError('E_DATA', { where: 'LexicalIndex', what: 'at least one text is expected, got none' });
    }
    this.size = texts.length;
    this.#tokenize = tokenize;
    this.#lengths = new Int32Array(texts.length);
    const tokens = this.#read(texts);
    const words = this.#ids.size;
    this.#starts = new Int32Array(words + 1);
    // Two passes over the tokens, in the order of the texts: count the postings of each word, then fill them. `seen`
    // holds the last text of a word, so a repeat within a text is found without a set.
    const seen = new Int32Array(words).fill(-1);
    this.#eachToken(tokens, (word, text) => {
      if (seen[word] !== text) this.#starts[word + 1]!++;
      seen[word] = text;
    });
    for (let w = 0; w < words; w++) this.#starts[w + 1]! += this.#starts[w] as number;
    const postings = this.#starts[words] as number;
    this.#texts = new Int32Array(postings);
    this.#counts = new Int32Array(postings);
    const next = this.#starts.slice(0, words);
    seen.fill(-1);
    this.#eachToken(tokens, (word, text) => {
      if (seen[word] !== text) this.#texts[next[word]!++] = text;
      seen[word] = text;
      this.#counts[(next[word] as number) - 1]!++;
    });
  }

  /** The word ids of all texts, one after the other; sets the lengths and the vocabulary. */
  #read(texts: readonly string[]): Int32Array {
    let tokens = new Int32Array(Math.max(1024, texts.length * 16));
    let used = 0;
    texts.forEach((text, i) => {
      const words = this.#tokenize(text);
      if (used + words.length > tokens.length) {
        const larger = new Int32Array(Math.max(used + words.length, tokens.length * 2));
        larger.set(tokens);
        tokens = larger;
      }
      for (const word of words) {
        let id = this.#ids.get(word);
        if (id === undefined) {
          id = this.#ids.size;
          this.#ids.set(word, id);
        }
        tokens[used++] = id;
      }
      this.#lengths[i] = words.length;
    });
    return tokens.subarray(0, used);
  }

  #eachToken(tokens: Int32Array, visit: (word: number, text: number) => void): void {
    let at = 0;
    for (let text = 0; text < this.size; text++) {
      for (const end = at + (this.#lengths[text] as number); at < end; at++) visit(tokens[at] as number, text);
    }
  }

  #documentFrequency(word: number): number {
    return (this.#starts[word + 1] as number) - (this.#starts[word] as number);
  }

  /** One weight for each posting. */
  #weigh(weight: (count: number, text: number, idf: number) => number, idf: (df: number) => number): Float32Array {
    const weights = new Float32Array(this.#texts.length);
    for (let word = 0; word < this.#starts.length - 1; word++) {
      const own = idf(this.#documentFrequency(word));
      for (let p = this.#starts[word] as number; p < (this.#starts[word + 1] as number); p++) {
        weights[p] = weight(this.#counts[p] as number, this.#texts[p] as number, own);
      }
    }
    return weights;
  }

  #add(word: number, factor: number, weights: Float32Array, out: Float32Array): void {
    const end = this.#starts[word + 1] as number;
    for (let p = this.#starts[word] as number; p < end; p++) {
      out[this.#texts[p] as number]! += factor * (weights[p] as number);
    }
  }

  /** Known words of a query with their number of occurrences, `out` cleared for them. */
  #begin(where: string, query: string, out: Float32Array): Map<number, number> {
    if (out.length !== this.size) {
      throw new AdnceError('E_SHAPE', { where, what: `"out" must be f32[${this.size}], got f32[${out.length}]` });
    }
    out.fill(0);
    const counts = new Map<number, number>();
    for (const word of this.#tokenize(query)) {
      const id = this.#ids.get(word);
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /**
   * Okapi BM25 (Robertson & Zaragoza 2009) with idf = ln(1 + (N − df + ½) / (df + ½)), which is never negative.
   * @throws E_OPTION k1 or b out of range
   */
  bm25(options: Bm25Options = {}): LexicalScorer {
    mustKnowKeys('bm25', options, ['k1', 'b']);
    const k1 = mustBeNumber('bm25', 'k1', options.k1 ?? 1.2, { min: 0 });
    const b = mustBeNumber('bm25', 'b', options.b ?? 0.75, { min: 0, max: 1 });
    const n = this.size;
    const mean = this.#lengths.reduce((sum, length) => sum + length, 0) / n;
    const weights = this.#weigh(
      (count, text, idf) => {
        const length = (this.#lengths[text] as number) / mean;
        return (idf * count * (k1 + 1)) / (count + k1 * (1 - b + b * length));
      },
      (df) => Math.log(1 + (n - df + 0.5) / (df + 0.5)),
    );
    return {
      size: n,
      score: (query, out) => {
        for (const [word, times] of this.#begin('bm25', query, out)) this.#add(word, times, weights, out);
      },
    };
  }

  /** The cosine of TF-IDF vectors: raw counts, idf = 1 + ln((1 + N) / (1 + df)); words no text has are left out. */
  tfidf(): LexicalScorer {
    const n = this.size;
    const idf = (df: number) => 1 + Math.log((1 + n) / (1 + df));
    const weights = this.#weigh((count, _, own) => count * own, idf);
    const squares = new Float64Array(n);
    this.#texts.forEach((text, p) => {
      squares[text]! += (weights[p] as number) ** 2;
    });
    this.#texts.forEach((text, p) => {
      weights[p]! /= Math.sqrt(squares[text] as number);
    });
    return {
      size: n,
      score: (query, out) => {
        const counts = [...this.#begin('tfidf', query, out)];
        const own = counts.map(([word, times]) => times * idf(this.#documentFrequency(word)));
        const norm = Math.sqrt(own.reduce((sum, weight) => sum + weight * weight, 0));
        counts.forEach(([word], i) => {
          this.#add(word, (own[i] as number) / norm, weights, out);
        });
      },
    };
  }
}
