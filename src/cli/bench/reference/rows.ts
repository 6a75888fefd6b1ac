/** Rows of float64 numbers: unit length, dot products, sums. */

/** Rows brought to length 1, and what their lengths were; a row shorter than 1e-12 is 0. */
export interface UnitRows {
  unit: Float64Array;
  inverse: Float64Array;
}

export function unitRows(x: Float64Array, d: number): UnitRows {
  const inverse = new Float64Array(x.length / d);
  const unit = new Float64Array(x.length);
  for (let i = 0; i < inverse.length; i++) {
    let square = 0;
    for (let t = 0; t < d; t++) square += (x[i * d + t] as number) ** 2;
    const norm = Math.sqrt(square);
    inverse[i] = norm < 1e-12 ? 0 : 1 / norm;
    for (let t = 0; t < d; t++) unit[i * d + t] = (x[i * d + t] as number) * (inverse[i] as number);
  }
  return { unit, inverse };
}

/** From the gradient of a unit row to that of the row: (g − u (u·g))/‖a‖. */
export function throughNorm(g: Float64Array, { unit, inverse }: UnitRows, row: number, d: number): Float64Array {
  let along = 0;
  for (let t = 0; t < d; t++) along += (g[t] as number) * (unit[row * d + t] as number);
  return g.map((x, t) => (x - (unit[row * d + t] as number) * along) * (inverse[row] as number));
}

/** Dot products of row i of u with all rows of v. */
export function dots(u: Float64Array, i: number, v: Float64Array, d: number, out: Float64Array): void {
  const start = i * d;
  for (let j = 0; j < out.length; j++) {
    let sum = 0;
    for (let t = 0, at = j * d; t < d; t++, at++) sum += (u[start + t] as number) * (v[at] as number);
    out[j] = sum;
  }
}

/** The rows of b below those of a. */
export function concatenate(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Adds factor·x to `count` numbers of out. */
export function addScaled(
  out: Float64Array,
  at: number,
  x: ArrayLike<number>,
  from: number,
  count: number,
  factor: number,
): void {
  if (factor === 0) return;
  for (let t = 0; t < count; t++) out[at + t] = (out[at + t] as number) + factor * (x[from + t] as number);
}
