/**
 * What can be read off the geometry of the embeddings alone: the accuracy of a weighted vote among nearest neighbours (Wu
 * et al. 2018), and alignment and uniformity on the sphere (Wang & Isola 2020).
 */
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { countUnitRows, dotRows } from './rows.js';

/** Embeddings with a class each. */
export interface LabelledRows {
  /** f32[n,dimension], unit rows. */
  rows: Float32Array;
  /** n class numbers, any integers. */
  labels: ArrayLike<number>;
}

export interface KnnOptions {
  /** Neighbours that vote. */
  k?: number;
  /** τ of the weight e^{cos/τ} of a vote, dimensionless, > 0. */
  temperature?: number;
  /** `test` is `train`: row i does not vote on itself. */
  leaveOneOut?: boolean;
}

/**
 * Share of test rows whose class wins the vote of their k nearest training rows, each weighted by e^{cos/τ}.
 *
 * Of equally near rows the first in order votes; of classes with equal votes the one of the nearer neighbour wins.
 * @param train f32[n,dimension] with n labels
 * @param test f32[m,dimension] with m labels
 * @returns a number in [0, 1]
 * @throws E_OPTION, E_SHAPE; E_DATA no rows; E_VALUE rows without norm 1
 */
export function knnAccuracy(
  train: LabelledRows,
  test: LabelledRows,
  dimension: number,
  options: KnnOptions = {},
): number {
  const where = 'knnAccuracy';
  mustKnowKeys(where, options, ['k', 'temperature', 'leaveOneOut']);
  const k = mustBeInteger(where, 'k', options.k ?? 20, { min: 1 });
  const temperature = mustBeNumber(where, 'temperature', options.temperature ?? 0.07, { above: 0 });
  const leaveOneOut = mustBeBoolean(where, 'leaveOneOut', options.leaveOneOut ?? false);
  const n = labelledCount(where, 'train', train, dimension);
  const m = labelledCount(where, 'test', test, dimension);
  if (leaveOneOut && (n !== m || n < 2)) {
    const what = `with "leaveOneOut", test must be train and have at least 2 rows, got ${n} and ${m} rows`;
    throw new AdnceError('E_SHAPE', { where, what });
  }
  const nearest = new Nearest(Math.min(k, leaveOneOut ? n - 1 : n));
  let right = 0;
  for (let i = 0; i < m; i++) {
    nearest.clear();
    for (let j = 0; j < n; j++) {
      if (leaveOneOut && i === j) continue;
      nearest.offer(j, dotRows(test.rows, i * dimension, train.rows, j * dimension, dimension));
    }
    if (vote(nearest, train.labels, temperature) === test.labels[i]) right++;
  }
  return right / m;
}

function labelledCount(where: string, name: string, set: LabelledRows, dimension: number): number {
  const rows = countUnitRows(where, `${name}.rows`, set.rows, dimension);
  if (rows === 0) throw new AdnceError('E_DATA', { where, what: `"${name}" must have at least one row, got none` });
  if (rows === set.labels.length) return rows;
  const what = `"${name}" must have one label for each of ${rows} rows, got ${set.labels.length}`;
  throw new AdnceError('E_SHAPE', { where, what });
}

/** The k best of a stream of scores, best first, the earlier of equals first. */
class Nearest {
  readonly indices: Int32Array;
  readonly scores: Float64Array;
  size = 0;

  constructor(readonly k: number) {
    this.indices = new Int32Array(k);
    this.scores = new Float64Array(k);
  }

  clear(): void {
    this.size = 0;
  }

  offer(index: number, score: number): void {
    if (this.size === this.k && score <= (this.scores[this.k - 1] as number)) return;
    let at = this.size < this.k ? this.size++ : this.k - 1;
    for (; at > 0 && score > (this.scores[at - 1] as number); at--) {
      this.scores[at] = this.scores[at - 1] as number;
      this.indices[at] = this.indices[at - 1] as number;
    }
    this.scores[at] = score;
    this.indices[at] = index;
  }
}

function vote(nearest: Nearest, labels: ArrayLike<number>, temperature: number): number | undefined {
  const votes = new Map<number, number>();
  // Relative to the best score: finite for every temperature, and the winner is the same.
  const best = nearest.scores[0] as number;
  for (let i = 0; i < nearest.size; i++) {
    const label = labels[nearest.indices[i] as number] as number;
    const weight = Math.exp(((nearest.scores[i] as number) - best) / temperature);
    votes.set(label, (votes.get(label) ?? 0) + weight);
  }
  let winner: number | undefined;
  for (const [label, votesOf] of votes) {
    if (winner === undefined || votesOf > (votes.get(winner) as number)) winner = label;
  }
  return winner;
}

/**
 * Alignment: the mean of ‖x − y‖^α over positive pairs; 0 where both views of each pair coincide.
 * @param a f32[n,dimension], unit rows
 * @param b f32[n,dimension], unit rows, row i the positive of row i of `a`
 * @param alpha α, > 0
 * @returns a number in [0, 2^α], lower is better
 * @throws E_OPTION, E_SHAPE; E_DATA no rows; E_VALUE rows without norm 1
 */
export function alignment(a: Float32Array, b: Float32Array, dimension: number, alpha = 2): number {
  const where = 'alignment';
  mustBeNumber(where, 'alpha', alpha, { above: 0 });
  const n = countUnitRows(where, 'a', a, dimension);
  if (countUnitRows(where, 'b', b, dimension) !== n) {
    const what = `"b" must be f32[${n},${dimension}] like "a", got ${b.length} numbers`;
    throw new AdnceError('E_SHAPE', { where, what });
  }
  if (n === 0) throw new AdnceError('E_DATA', { where, what: 'at least one pair is expected, got none' });
  let sum = 0;
  for (let i = 0; i < n; i++) sum += squaredDistance(a, i, b, i, dimension) ** (alpha / 2);
  return sum / n;
}

/**
 * Uniformity: ln of the mean of e^{−t‖x − y‖²} over all pairs of different rows. O(n²·dimension): take a sample of a few
 * thousand rows.
 * @param rows f32[n,dimension], unit rows, n >= 2
 * @param t > 0
 * @returns nats, in [−4t, 0], lower is better; 0 where all rows coincide
 * @throws E_OPTION, E_SHAPE; E_DATA fewer than two rows; E_VALUE rows without norm 1
 */
export function uniformity(rows: Float32Array, dimension: number, t = 2): number {
  const where = 'uniformity';
  mustBeNumber(where, 't', t, { above: 0 });
  const n = countUnitRows(where, 'rows', rows, dimension);
  if (n < 2) throw new AdnceError('E_DATA', { where, what: `at least two rows are expected, got ${n}` });
  // Relative to the largest term, so that a large t does not underflow to ln 0.
  let nearest = Number.POSITIVE_INFINITY;
  eachPair(rows, n, dimension, (distance) => {
    if (distance < nearest) nearest = distance;
  });
  let sum = 0;
  eachPair(rows, n, dimension, (distance) => {
    sum += Math.exp(t * (nearest - distance));
  });
  return Math.log(sum / ((n * (n - 1)) / 2)) - t * nearest;
}

function eachPair(rows: Float32Array, n: number, dimension: number, visit: (squared: number) => void): void {
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) visit(squaredDistance(rows, i, rows, j, dimension));
  }
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) {
    const difference = (a[i * dimension + d] as number) - (b[j * dimension + d] as number);
    sum += difference * difference;
  }
  return sum;
}
