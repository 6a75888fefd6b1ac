/**
 * The contrastive losses in float64, fast enough for thousands of rows: one pass over the scores for what every anchor's
 * softmax knows, then the gradient of chosen rows alone.
 */
import { isImage, type Problem } from '../problem.js';
import { concatenate, dots, throughNorm, type UnitRows, unitRows } from './rows.js';

/** What an anchor's softmax knows: the log of its sum and of the mean of its weights. */
interface Anchor {
  logSum: number;
  logWeight: number;
}

export class ExactContrast {
  readonly loss: number;
  readonly #problem: Problem;
  readonly #image: boolean;
  readonly #weighted: boolean;
  readonly #u: UnitRows;
  readonly #v: UnitRows;
  readonly #anchors: Anchor[] = [];
  readonly #scores: Float64Array;

  /** @param a,b f64[n, d] */
  constructor(problem: Problem, a: Float64Array, b: Float64Array) {
    const { d, temperature } = problem;
    this.#problem = problem;
    this.#image = isImage(problem);
    this.#weighted = problem.case === 'adnce' || problem.case === 'bag';
    this.#u = unitRows(this.#image ? concatenate(a, b) : a, d);
    this.#v = this.#image ? this.#u : unitRows(b, d);
    const rows = this.#u.inverse.length;
    this.#scores = new Float64Array(rows);
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      dots(this.#u.unit, i, this.#v.unit, d, this.#scores);
      const anchor = this.#anchor(i);
      this.#anchors.push(anchor);
      loss += (anchor.logSum - (this.#scores[this.#partner(i)] as number) / temperature) / rows;
    }
    this.loss = loss;
  }

  /** Gradient of chosen rows of a view, f64[rows.length, d]. */
  gradient(view: 'a' | 'b', rows: readonly number[]): Float64Array {
    const { n, d } = this.#problem;
    const values = new Float64Array(rows.length * d);
    rows.forEach((row, k) => {
      const at = this.#image && view === 'b' ? row + n : row;
      values.set(this.#rowGradient(at, this.#image || view === 'a', this.#image || view === 'b'), k * d);
    });
    return values;
  }

  #rowGradient(row: number, isAnchor: boolean, isCandidate: boolean): Float64Array {
    const { d } = this.#problem;
    const [own, others] = isAnchor ? [this.#u, this.#v] : [this.#v, this.#u];
    dots(own.unit, row, others.unit, d, this.#scores);
    const g = new Float64Array(d);
    this.#scores.forEach((score, other) => {
      const asAnchor = isAnchor ? this.#slope(row, other, score) : 0;
      const asCandidate = isCandidate ? this.#slope(other, row, score) : 0;
      for (let t = 0; t < d; t++) {
        g[t] = (g[t] as number) + (asAnchor + asCandidate) * (others.unit[other * d + t] as number);
      }
    });
    return throughNorm(g, own, row, d);
  }

  /** The positive of an anchor. */
  #partner(i: number): number {
    const { n } = this.#problem;
    return this.#image ? (i + n) % (2 * n) : i;
  }

  /** Whether candidate j is one of the weighted terms of anchor i. In layout image ADNCE weights the negatives alone. */
  #counts(i: number, j: number): boolean {
    return !this.#image || (i !== j && !(this.#weighted && j === this.#partner(i)));
  }

  #gaussian(score: number): number {
    const { mu, sigma } = this.#problem;
    return this.#weighted ? -((score - mu) ** 2) / (2 * sigma * sigma) : 0;
  }

  /** From the scores of anchor i; shifts by 1/τ are safe since no cosine is above 1. */
  #anchor(i: number): Anchor {
    const { temperature } = this.#problem;
    let weights = 0;
    let sum = 0;
    let count = 0;
    this.#scores.forEach((score, j) => {
      if (!this.#counts(i, j)) return;
      const g = this.#gaussian(score);
      weights += Math.exp(g);
      sum += Math.exp((score - 1) / temperature + g);
      count++;
    });
    const logWeight = this.#weighted ? Math.log(weights / count) : 0;
    const partner = this.#partner(i);
    const positive = Math.exp(((this.#scores[partner] as number) - 1) / temperature);
    const total = sum * Math.exp(-logWeight) + (this.#counts(i, partner) ? 0 : positive);
    return { logWeight, logSum: Math.log(total) + 1 / temperature };
  }

  /** ∂L/∂s_ij. */
  #slope(i: number, j: number, score: number): number {
    if (this.#image && i === j) return 0;
    const { logSum, logWeight } = this.#anchors[i] as Anchor;
    const lambda = this.#counts(i, j) ? this.#gaussian(score) - logWeight : 0;
    const q = Math.exp(score / this.#problem.temperature + lambda - logSum);
    return (j === this.#partner(i) ? q - 1 : q) / (this.#problem.temperature * this.#anchors.length);
  }
}
