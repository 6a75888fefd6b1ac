/**
 * A golden case, how it went, and the bar it is held against: a float32 score carries an error of about 1e-7 and an objective
 * multiplies it by its condition c, so a value may differ by 1e-6·max(1, |x*|) + 1.5e-7·c, and each tensor by
 * (1e-5 + 5e-7·c) of its largest element.
 */

export type Matrix = readonly (readonly number[])[];

/** One case of a golden-vector file. */
export interface GoldenCase {
  kind: string;
  name: string;
  params?: Record<string, unknown>;
  [field: string]: unknown;
}

/** How one case went. */
export interface GoldenResult {
  name: string;
  /** `unknown`: no such kind or objective here. */
  status: 'passed' | 'failed' | 'unknown';
  /** Largest error of values over the bar's unit max(1, |x*|), and of gradients and weights over their largest element. */
  valueError: number;
  gradientError: number;
  /** What went over the bar. */
  failures: string[];
}

/** Runs a case and adds what it finds to the result; false when the case is of no known sort. */
export type GoldenRunner = (golden: GoldenCase, result: GoldenResult) => boolean;

/** Holds one number against the bar. */
export function compareValue(
  result: GoldenResult,
  key: string,
  got: number,
  expected: number,
  condition: number,
): void {
  const error = Math.abs(got - expected);
  const unit = Math.max(1, Math.abs(expected));
  result.valueError = worse(result.valueError, error / unit);
  if (!(error <= 1e-6 * unit + 1.5e-7 * condition)) {
    result.failures.push(`${key}: expected ${expected}, got ${got}`);
  }
}

/** Holds a gradient or a list of weights against the bar. */
export function compareTensor(
  result: GoldenResult,
  key: string,
  got: ArrayLike<number>,
  expected: readonly number[],
  condition: number,
): void {
  if (got.length !== expected.length) {
    result.failures.push(`${key}: expected ${expected.length} numbers, got ${got.length}`);
    return;
  }
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = worse(worst, Math.abs((got[i] as number) - (expected[i] as number)));
  }
  const relative = worst === 0 ? 0 : worst / largest;
  result.gradientError = worse(result.gradientError, relative);
  if (!(relative <= 1e-5 + 5e-7 * condition)) {
    result.failures.push(`${key}: largest error ${relative.toExponential(2)} of the largest element`);
  }
}

/** The larger of two errors; NaN is the largest of all. */
function worse(a: number, b: number): number {
  return Number.isNaN(b) || b > a ? b : a;
}
