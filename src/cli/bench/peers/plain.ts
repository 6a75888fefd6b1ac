/**
 * Plain JavaScript: typed arrays and tiled loops, no WebAssembly: what one would write without a library. A tile of 4 × 4
 * sums stays in registers; the two products of the gradient go through the same tile. The N×N scores are stored once.
 */
import { floats, type Inputs } from '../inputs.js';
import { isImage, LOSS_CASES, type Problem } from '../problem.js';
import type { Peer, Run } from './peer.js';

export const plain: Peer = {
  name: 'plain',
  title: 'plain JavaScript',
  packages: [],
  cases: LOSS_CASES,
  setup: 'typed arrays, 4×4 tiles',
  open: async ({ problem, inputs }) => new PlainLoss(problem, inputs),
};

const TILE = 4;

/** Unit rows and their transpose, and what goes back through the normalisation. */
class Side {
  readonly unit: Float32Array;
  readonly transposed: Float32Array;
  readonly inverse: Float64Array;
  readonly gradient: Float32Array;

  constructor(
    readonly rows: number,
    readonly d: number,
  ) {
    this.unit = new Float32Array(rows * d);
    this.transposed = new Float32Array(rows * d);
    this.inverse = new Float64Array(rows);
    this.gradient = new Float32Array(rows * d);
  }

  /** Normalises rows of x into rows from `first` on. */
  fill(x: Float32Array, first: number): void {
    const { d, unit, transposed, rows } = this;
    for (let i = 0; i < x.length / d; i++) {
      let square = 0;
      for (let t = 0; t < d; t++) square += x[i * d + t]! * x[i * d + t]!;
      const inverse = 1 / Math.sqrt(square);
      this.inverse[first + i] = inverse;
      for (let t = 0; t < d; t++) {
        const value = x[i * d + t]! * inverse;
        unit[(first + i) * d + t] = value;
        transposed[t * rows + first + i] = value;
      }
    }
  }

  /** The gradient of the unit rows becomes that of the rows. */
  back(first: number, count: number): Float32Array {
    const { d, unit, gradient } = this;
    const out = new Float32Array(count * d);
    for (let i = 0; i < count; i++) {
      const row = (first + i) * d;
      let along = 0;
      for (let t = 0; t < d; t++) along += gradient[row + t]! * unit[row + t]!;
      for (let t = 0; t < d; t++)
        out[i * d + t] = (gradient[row + t]! - unit[row + t]! * along) * this.inverse[first + i]!;
    }
    return out;
  }
}

class PlainLoss implements Run {
  readonly #problem: Problem;
  readonly #inputs: Inputs;
  readonly #u: Side;
  readonly #v: Side;
  readonly #scores: Float32Array;
  readonly #mirrored: Float32Array;

  constructor(problem: Problem, inputs: Inputs) {
    this.#problem = problem;
    this.#inputs = inputs;
    const image = isImage(problem);
    const rows = image ? 2 * problem.n : problem.n;
    this.#u = new Side(rows, problem.d);
    this.#v = image ? this.#u : new Side(rows, problem.d);
    this.#scores = new Float32Array(rows * rows);
    this.#mirrored = new Float32Array(rows * rows);
  }

  check() {
    return this.#run();
  }

  step(): unknown {
    return this.#run();
  }

  #run(): { loss: number; gradients: Float32Array[] } {
    const { n, d } = this.#problem;
    const image = isImage(this.#problem);
    const [u, v] = [this.#u, this.#v];
    const [scores, mirrored] = [this.#scores, this.#mirrored];
    u.fill(floats(this.#inputs, 'a'), 0);
    v.fill(floats(this.#inputs, 'b'), image ? n : 0);
    const rows = u.rows;
    multiply(u.unit, v.transposed, scores, rows, d, rows);
    let loss = 0;
    for (let i = 0; i < rows; i++) loss += this.#row(i, image ? (i + n) % rows : i, image);
    transpose(scores, mirrored, rows);
    if (image) {
      // A row is an anchor and a candidate: both roles in one product.
      for (let k = 0; k < scores.length; k++) scores[k]! += mirrored[k]!;
      multiply(scores, u.unit, u.gradient, rows, rows, d);
      return { loss, gradients: [u.back(0, n), u.back(n, n)] };
    }
    multiply(scores, v.unit, u.gradient, rows, rows, d);
    multiply(mirrored, u.unit, v.gradient, rows, rows, d);
    return { loss, gradients: [u.back(0, n), v.back(0, n)] };
  }

  /** Turns one row of scores into its gradient. @returns the anchor's share of the loss */
  #row(i: number, partner: number, image: boolean): number {
    const { temperature, mu, sigma, case: name } = this.#problem;
    const { rows } = this.#u;
    const row = this.#scores.subarray(i * rows, (i + 1) * rows);
    const positive = row[partner]!;
    const own = Math.exp((positive - 1) / temperature);
    let sum = 0;
    if (name === 'adnce') {
      let weights = 0;
      for (let j = 0; j < rows; j++) {
        const s = row[j]!;
        const g = (-(s - mu) * (s - mu)) / (2 * sigma * sigma);
        const weight = j === i || j === partner ? 0 : Math.exp(g);
        weights += weight;
        row[j] = weight * Math.exp((s - 1) / temperature);
      }
      const mean = weights / (rows - 2);
      for (let j = 0; j < rows; j++) sum += row[j]! /= mean;
      row[partner] = own;
      sum += own;
    } else {
      for (let j = 0; j < rows; j++) sum += row[j] = image && j === i ? 0 : Math.exp((row[j]! - 1) / temperature);
    }
    const share = 1 / (sum * temperature * rows);
    for (let j = 0; j < rows; j++) row[j]! *= share;
    row[partner]! -= 1 / (temperature * rows);
    return (Math.log(sum) + (1 - positive) / temperature) / rows;
  }
}

/** C[m, n] = A[m, k]·B[k, n], all row-major. */
export function multiply(a: Float32Array, b: Float32Array, c: Float32Array, m: number, k: number, n: number): void {
  const panel = new Float32Array(k * TILE);
  for (let column = 0; column < n; column += TILE) {
    const width = Math.min(TILE, n - column);
    for (let t = 0; t < k; t++) {
      for (let j = 0; j < TILE; j++) panel[t * TILE + j] = j < width ? b[t * n + column + j]! : 0;
    }
    for (let row = 0; row < m; row += TILE) tile(a, panel, c, row, Math.min(TILE, m - row), column, width, k, n);
  }
}

function tile(
  a: Float32Array,
  panel: Float32Array,
  c: Float32Array,
  row: number,
  height: number,
  column: number,
  width: number,
  k: number,
  n: number,
): void {
  const last = row + height - 1;
  let a0 = row * k;
  let a1 = Math.min(row + 1, last) * k;
  let a2 = Math.min(row + 2, last) * k;
  let a3 = Math.min(row + 3, last) * k;
  let [c00, c01, c02, c03, c10, c11, c12, c13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [c20, c21, c22, c23, c30, c31, c32, c33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let p = 0; p < k * TILE; p += TILE) {
    const b0 = panel[p]!;
    const b1 = panel[p + 1]!;
    const b2 = panel[p + 2]!;
    const b3 = panel[p + 3]!;
    let x = a[a0++]!;
    c00 += x * b0;
    c01 += x * b1;
    c02 += x * b2;
    c03 += x * b3;
    x = a[a1++]!;
    c10 += x * b0;
    c11 += x * b1;
    c12 += x * b2;
    c13 += x * b3;
    x = a[a2++]!;
    c20 += x * b0;
    c21 += x * b1;
    c22 += x * b2;
    c23 += x * b3;
    x = a[a3++]!;
    c30 += x * b0;
    c31 += x * b1;
    c32 += x * b2;
    c33 += x * b3;
  }
  const put = (r: number, x0: number, x1: number, x2: number, x3: number) => {
    if (r >= height) return;
    const at = (row + r) * n + column;
    c[at] = x0;
    if (width > 1) c[at + 1] = x1;
    if (width > 2) c[at + 2] = x2;
    if (width > 3) c[at + 3] = x3;
  };
  put(0, c00, c01, c02, c03);
  put(1, c10, c11, c12, c13);
  put(2, c20, c21, c22, c23);
  put(3, c30, c31, c32, c33);
}

/** out = xᵀ for a square matrix, in blocks that fit the first-level cache. */
function transpose(x: Float32Array, out: Float32Array, n: number): void {
  const block = 32;
  for (let i0 = 0; i0 < n; i0 += block) {
    for (let j0 = 0; j0 < n; j0 += block) {
      for (let i = i0; i < Math.min(n, i0 + block); i++) {
        for (let j = j0; j < Math.min(n, j0 + block); j++) out[j * n + i] = x[i * n + j]!;
      }
    }
  }
}
