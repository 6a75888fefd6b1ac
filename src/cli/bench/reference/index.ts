/**
 * The float64 yardstick of the benchmark: the loss and the gradients of a problem, written from the formulas (maths §2).
 * Gradients of embeddings are checked on rows spread over the batch.
 */
import { floats, type Inputs } from '../inputs.js';
import type { Problem } from '../problem.js';
import { ExactContrast } from './contrast.js';
import { everyRow, exactBag, exactMlp } from './encoders.js';

/** Some rows of a gradient, or all. */
export interface ExactGradient {
  width: number;
  /** Which rows `values` holds, ascending. */
  rows: readonly number[];
  values: Float64Array;
}

export interface Exact {
  loss: number;
  /** In the order of GRADIENTS. */
  gradients: readonly ExactGradient[];
}

/** Most rows of a view whose gradient is checked. */
const CHECKED_ROWS = 512;

/** The exact loss and gradients of a problem. */
export function exact(problem: Problem, inputs: Inputs): Exact {
  if (problem.case === 'mlp' || problem.case === 'bag') {
    const { loss, gradients } = (problem.case === 'mlp' ? exactMlp : exactBag)(problem, inputs);
    return { loss, gradients: gradients.map((one) => ({ ...one, rows: everyRow(one.values.length / one.width) })) };
  }
  const [a, b] = ['a', 'b'].map((name) => Float64Array.from(floats(inputs, name))) as [Float64Array, Float64Array];
  const contrast = new ExactContrast(problem, a, b);
  const rows = spreadRows(problem.n, CHECKED_ROWS);
  const gradients = (['a', 'b'] as const).map((view) => ({
    width: problem.d,
    rows,
    values: contrast.gradient(view, rows),
  }));
  return { loss: contrast.loss, gradients };
}

/** At most `limit` of `n` rows, evenly spread. */
export function spreadRows(n: number, limit: number): number[] {
  const count = Math.min(n, limit);
  return Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
}

/** The largest error of a gradient over the largest exact value of all, on the rows that are known. */
export function gradientError(got: readonly Float32Array[], want: Exact): number {
  let largest = 0;
  let worst = 0;
  want.gradients.forEach(({ width, rows, values }, which) => {
    rows.forEach((row, k) => {
      for (let t = 0; t < width; t++) {
        const x = values[k * width + t] as number;
        const error = Math.abs((got[which]?.[row * width + t] ?? Number.NaN) - x);
        largest = Math.max(largest, Math.abs(x));
        worst = error > worst || Number.isNaN(error) ? error : worst;
      }
    });
  });
  return worst / largest;
}

/** Euclidean norm over all gradients. */
export function gradientNorm(gradients: readonly Float32Array[]): number {
  let square = 0;
  for (const gradient of gradients) for (const x of gradient) square += x * x;
  return Math.sqrt(square);
}
