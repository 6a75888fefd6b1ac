/** Arrays against a float64 reference, and small tools that tests of layers share. */
import { expect } from 'vitest';

/** How far a result may be off: |got − expected| ≤ absolute + relative·|expected|. */
export interface Closeness {
  relative?: number;
  absolute?: number;
}

/** Fails at the element that is farthest off. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 1e-5, absolute = 1e-6 }: Closeness = {},
  message = '',
): void {
  expect(got.length, message).toBe(expected.length);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < got.length; i++) {
    const exact = expected[i] as number;
    const error = Math.abs((got[i] as number) - exact) / (absolute + relative * Math.abs(exact));
    if (error > worst || Number.isNaN(error)) [worst, at] = [error, i];
    if (Number.isNaN(error)) break;
  }
  expect(worst, `${message} [${at}]: ${got[at]}, expected ${expected[at]}`).toBeLessThanOrEqual(1);
}

/** Lengths around the four and the thirty-two floats that kernels take at a time. */
export const SIZES = [1, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 70];

/** Φ(−a) for a ≥ 0 in float64: a series near 0, a continued fraction farther out; relative error below 1e-13. */
export function normalTail(a: number): number {
  const density = Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let k = 3; k < 120; k += 2) {
      term *= (a * a) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = a;
  for (let k = 120; k >= 1; k--) fraction = a + k / fraction;
  return density / fraction;
}

/** Φ(x). */
export function normalCdf(x: number): number {
  return x < 0 ? normalTail(-x) : 1 - normalTail(x);
}
