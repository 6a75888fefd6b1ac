/**
 * Retrieval: for each query, where do its relevant candidates stand among all candidates? The code sees scores only, so
 * embeddings, BM25 and TF-IDF are ranked by the same rules (ties: see ties.ts).
 */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustKnowKeys } from '../options.js';
import { countRows, dotRows } from './rows.js';
import { expectedHits, firstRank, hitProbability, normalisedGain, reciprocalRank, type TieGroup } from './ties.js';

/** Writes the scores of one query, f32[candidates], higher is better; −∞ leaves a candidate out of the contest. */
export type RowScorer = (query: number, out: Float32Array) => void;

/** Writes the scores of the queries `start … end − 1` at once, f32[end − start, candidates]. */
export interface BlockScorer {
  /** Queries of one call at most. */
  rows: number;
  scores(start: number, end: number, out: Float32Array): void;
}

/** The relevant candidates of each query: one index each, or a list each. */
export type Relevant = Int32Array | readonly ArrayLike<number>[];

export interface RetrievalOptions {
  /** Cut-offs of recall@k and nDCG@k. */
  ks?: readonly number[];
  /** Called after each block with the number of queries done. */
  onProgress?: (done: number, queries: number) => void;
}

export interface RetrievalResult {
  queries: number;
  candidates: number;
  /**
   * Means over the queries, by name: `recall@k` (share of the relevant candidates in the first k places), `hit@k` (only
   * where a query has several relevant ones: at least one in the first k places), `nDCG@k`, `MRR` and `meanRank` (both of
   * the first relevant candidate, ranks from 1). All in [0, 1], higher is better, but for meanRank.
   */
  metrics: Record<string, number>;
  /** f64[queries], the rank of the first relevant candidate, a mean where it is tied. */
  ranks: Float64Array;
}

const DEFAULT_KS = [1, 5, 10];
const WHERE = 'retrieval';

/** Takes the scores of one query after the other and keeps the sums: the heart of {@link evaluateRetrieval}. */
export class RetrievalMeter {
  readonly #ks: number[];
  readonly #sums: { recall: Float64Array; hit: Float64Array; gain: Float64Array };
  readonly #ranks: number[] = [];
  #reciprocal = 0;
  #several = false;

  /**
   * @param candidates candidates of every query
   * @throws E_OPTION a cut-off is not a positive integer
   */
  constructor(
    readonly candidates: number,
    ks: readonly number[] = DEFAULT_KS,
  ) {
    mustBeInteger(WHERE, 'candidates', candidates, { min: 1 });
    for (const k of ks) mustBeInteger(WHERE, 'ks', k, { min: 1 });
    this.#ks = [...new Set(ks)].sort((a, b) => a - b);
    const zeros = () => new Float64Array(this.#ks.length);
    this.#sums = { recall: zeros(), hit: zeros(), gain: zeros() };
  }

  /**
   * Counts one query.
   * @param scores f32[candidates]
   * @param relevant indices of its relevant candidates, at least one; repeats count once
   * @throws E_SHAPE wrong number of scores; E_DATA no relevant candidate, or one out of range; E_VALUE a score is NaN
   */
  add(scores: Float32Array, relevant: ArrayLike<number>): void {
    const query = this.#ranks.length;
    if (scores.length !== this.candidates) {
      const what = `"scores" must be f32[${this.candidates}], got f32[${scores.length}]`;
      throw new AdnceError('E_SHAPE', { where: WHERE, what });
    }
    const indices = this.#checkRelevant(relevant, query);
    const groups = tieGroups(scores, indices, query);
    this.#ks.forEach((k, i) => {
      this.#sums.recall[i]! += expectedHits(groups, k) / indices.length;
      this.#sums.hit[i]! += hitProbability(groups, k);
      this.#sums.gain[i]! += normalisedGain(groups, k, indices.length);
    });
    this.#reciprocal += reciprocalRank(groups);
    this.#ranks.push(firstRank(groups));
    if (indices.length > 1) this.#several = true;
  }

  #checkRelevant(relevant: ArrayLike<number>, query: number): number[] {
    const indices = relevant.length === 1 ? [relevant[0] as number] : [...new Set(Array.from(relevant))];
    if (indices.length === 0) {
      const what = `query ${query} must have at least one relevant candidate, got none`;
      throw new AdnceError('E_DATA', { where: WHERE, what, hint: 'leave queries without an answer out' });
    }
    const bad = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= this.candidates);
    if (bad !== undefined) {
      const what = `a relevant candidate of query ${query} must be in 0 … ${this.candidates - 1}, got ${bad}`;
      throw new AdnceError('E_DATA', { where: WHERE, what });
    }
    return indices;
  }

  /**
   * The means over the queries so far.
   * @throws E_DATA no query was added
   */
  result(): RetrievalResult {
    const queries = this.#ranks.length;
    if (queries === 0) {
      throw new AdnceError('E_DATA', { where: WHERE, what: 'at least one query is expected, got none' });
    }
    const metrics: Record<string, number> = {};
    const put = (name: string, sums: Float64Array) => {
      this.#ks.forEach((k, i) => {
        metrics[`${name}@${k}`] = (sums[i] as number) / queries;
      });
    };
    put('recall', this.#sums.recall);
    if (this.#several) put('hit', this.#sums.hit);
    metrics.MRR = this.#reciprocal / queries;
    put('nDCG', this.#sums.gain);
    const ranks = Float64Array.from(this.#ranks);
    metrics.meanRank = ranks.reduce((sum, rank) => sum + rank, 0) / queries;
    return { queries, candidates: this.candidates, metrics, ranks };
  }
}

/** The groups of candidates that share a score with a relevant one, best first. */
function tieGroups(scores: Float32Array, indices: readonly number[], query: number): TieGroup[] {
  const levels: number[] = [];
  const groups: TieGroup[] = [];
  for (const score of indices.map((i) => scores[i] as number).sort((a, b) => b - a)) {
    if (score === levels.at(-1)) {
      groups.at(-1)!.hits++;
      continue;
    }
    levels.push(score);
    groups.push({ above: 0, size: 0, hits: 1 });
  }
  if (levels.length === 1) countOne(scores, levels[0] as number, groups[0] as TieGroup, query);
  else countSeveral(scores, Float64Array.from(levels), groups, query);
  return groups;
}

function countOne(scores: Float32Array, level: number, group: TieGroup, query: number): void {
  let above = 0;
  let same = 0;
  let below = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score > level) above++;
    else if (score === level) same++;
    else if (score < level) below++;
  }
  // NaN is neither above, equal nor below.
  if (above + same + below !== scores.length) refuseNaN(scores, query);
  group.above = above;
  group.size = same;
}

/** As {@link countOne} for descending `levels`: a binary search finds the gap or the level of each score. */
function countSeveral(scores: Float32Array, levels: Float64Array, groups: TieGroup[], query: number): void {
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (Number.isNaN(score)) refuseNaN(scores, query);
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((levels[middle] as number) > score) low = middle + 1;
      else high = middle;
    }
    // The first level that is not above the score.
    const group = groups[low];
    if (group === undefined) continue;
    if (levels[low] === score) group.size++;
    else group.above++;
  }
  let above = 0;
  for (const group of groups) {
    group.above += above;
    above = group.above + group.size;
  }
}

function refuseNaN(scores: Float32Array, query: number): never {
  const at = scores.findIndex(Number.isNaN);
  throw new AdnceError('E_VALUE', {
    where: WHERE,
    what: `every score must be a number, query ${query} has NaN for candidate ${at}`,
    hint: 'look for NaN in the vectors; a scorer must write every place of its output',
  });
}

/**
 * Ranks all candidates for every query and takes the means of the ranking metrics.
 * @param relevant the relevant candidates of each query
 * @param candidates number of candidates
 * @param scorer scores of a query, or of a block of queries
 * @throws E_OPTION, E_DATA, E_VALUE as {@link RetrievalMeter}
 */
export function evaluateRetrieval(
  relevant: Relevant,
  candidates: number,
  scorer: RowScorer | BlockScorer,
  options: RetrievalOptions = {},
): RetrievalResult {
  mustKnowKeys(WHERE, options, ['ks', 'onProgress']);
  const meter = new RetrievalMeter(candidates, options.ks);
  const queries = relevant.length;
  const rows = typeof scorer === 'function' ? 1 : mustBeInteger(WHERE, 'rows', scorer.rows, { min: 1 });
  const buffer = new Float32Array(Math.min(rows, queries) * candidates);
  for (let start = 0; start < queries; start += rows) {
    const end = Math.min(queries, start + rows);
    const out = buffer.subarray(0, (end - start) * candidates);
    // So that a place the scorer forgets is found.
    out.fill(Number.NaN);
    if (typeof scorer === 'function') scorer(start, out);
    else scorer.scores(start, end, out);
    for (let q = start; q < end; q++) {
      const own = relevant[q] as number | ArrayLike<number>;
      const row = out.subarray((q - start) * candidates, (q - start + 1) * candidates);
      meter.add(row, typeof own === 'number' ? [own] : own);
    }
    options.onProgress?.(end, queries);
  }
  return meter.result();
}

/**
 * Scores by the dot product of rows, the cosine where the rows have norm 1; plain TypeScript, for data of moderate size.
 * @param queries f32[n,dimension]
 * @param candidates f32[m,dimension]
 * @throws E_SHAPE the lengths do not fit the dimension
 */
export function dotScorer(queries: Float32Array, candidates: Float32Array, dimension: number): RowScorer {
  countRows('dotScorer', 'queries', queries, dimension);
  const m = countRows('dotScorer', 'candidates', candidates, dimension);
  return (query, out) => {
    for (let j = 0; j < m; j++) out[j] = dotRows(queries, query * dimension, candidates, j * dimension, dimension);
  };
}
