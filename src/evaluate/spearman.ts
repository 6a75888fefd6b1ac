/**
 * Correlation of two lists. Spearman's ρ is Pearson's r of the ranks, ties getting the mean of the ranks they share.
 *
 * A list that is constant, or has fewer than two values, has no correlation with anything: the answer is then
 * `undefined`, not NaN and not an error, so that the compiler makes each caller decide (a collapsed model scores all
 * pairs alike, and its evaluation should end with a report).
 */
import { AdnceError } from '../errors.js';

/**
 * Pearson's correlation coefficient.
 * @param a number[n], finite
 * @param b number[n], finite
 * @returns a number in [−1, 1], or undefined where a list is constant or n < 2
 * @throws E_SHAPE the lengths differ; E_VALUE a value is not finite
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  check('pearson', a, b);
  return correlation(a, b);
}

/**
 * Spearman's rank correlation, ties by average ranks.
 * @param a number[n], finite
 * @param b number[n], finite
 * @returns a number in [−1, 1], or undefined where a list is constant or n < 2
 * @throws E_SHAPE the lengths differ; E_VALUE a value is not finite
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  check('spearman', a, b);
  return correlation(averageRanks(a), averageRanks(b));
}

/**
 * Ranks from 1 in ascending order; equal values share the mean of their ranks.
 * @param values number[n], no NaN
 * @returns f64[n]
 */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Float64Array(n);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  if (isConstant(a) || isConstant(b)) return undefined;
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) - meanA;
    const y = (b[i] as number) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  const scale = Math.sqrt(aa) * Math.sqrt(bb);
  return scale > 0 ? Math.max(-1, Math.min(1, ab / scale)) : undefined;
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

function check(where: string, a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) {
    const what = `both lists must have one length, got ${a.length} and ${b.length}`;
    throw new AdnceError('E_SHAPE', { where, what });
  }
  for (const [name, values] of [['first', a] as const, ['second', b] as const]) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) continue;
      throw new AdnceError('E_VALUE', {
        where,
        what: `values must be finite, the ${name} list has ${values[i]} at ${i}`,
      });
    }
  }
}
