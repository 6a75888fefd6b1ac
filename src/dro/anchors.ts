/** A score matrix read row by row: each anchor's positive, and its negatives without it. */
import { AdnceError } from '../errors.js';

/** Which candidates of an anchor are no negatives although they are not its positive either: itself, known duplicates. */
export type Exclude = (anchor: number, candidate: number) => boolean;

/** One anchor. The arrays are reused for the next one. */
export interface Anchor {
  /** Row of the matrix. */
  index: number;
  /** Score of its positive. */
  positive: number;
  /** f32[M], scores of its negatives. */
  negatives: Float32Array;
  /** i32[M], the columns they stand in. */
  columns: Int32Array;
}

export class Anchors {
  readonly count: number;
  readonly candidates: number;
  readonly #scores: ArrayLike<number>;
  readonly #positives: ArrayLike<number>;
  readonly #exclude: Exclude;
  readonly #negatives: Float32Array;
  readonly #columns: Int32Array;

  /**
   * @param scores f32[n, m], row-major: n anchors with m candidates each
   * @param positives i32[n], the column of each anchor's positive
   * @throws E_SHAPE
   */
  constructor(where: string, scores: ArrayLike<number>, positives: ArrayLike<number>, exclude: Exclude = () => false) {
    const n = positives.length;
    const m = scores.length / n;
    if (n === 0 || !Number.isInteger(m) || m < 2) {
      throw new AdnceError('E_SHAPE', {
        where,
        what: `"scores" must be f32[n,m] with n = ${n} positives and m >= 2, got ${scores.length} scores`,
        hint: 'pass the matrix row by row and one positive column for each row',
      });
    }
    for (let i = 0; i < n; i++) {
      const column = positives[i] as number;
      if (!(Number.isInteger(column) && column >= 0 && column < m)) {
        throw new AdnceError('E_SHAPE', {
          where,
          what: `"positives" must be columns 0 … ${m - 1}, anchor ${i} has ${column}`,
        });
      }
    }
    this.count = n;
    this.candidates = m;
    this.#scores = scores;
    this.#positives = positives;
    this.#exclude = exclude;
    this.#negatives = new Float32Array(m);
    this.#columns = new Int32Array(m);
  }

  /** @throws E_SHAPE when nothing is left as a negative */
  row(where: string, index: number): Anchor {
    const start = index * this.candidates;
    const positive = this.#positives[index] as number;
    let count = 0;
    for (let j = 0; j < this.candidates; j++) {
      if (j === positive || this.#exclude(index, j)) continue;
      this.#negatives[count] = this.#scores[start + j] as number;
      this.#columns[count] = j;
      count++;
    }
    if (count === 0) {
      throw new AdnceError('E_SHAPE', {
        where,
        what: `an anchor must have at least one negative, row ${index} has none`,
      });
    }
    return {
      index,
      positive: Math.fround(this.#scores[start + positive] as number),
      negatives: this.#negatives.subarray(0, count),
      columns: this.#columns.subarray(0, count),
    };
  }
}
