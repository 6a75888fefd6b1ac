/**
 * Learning-rate schedules: a linear warm-up, then a cosine, a line or nothing. The cosine is a polynomial of our own: learning
 * rates reach weights, and Math.cos may differ in the last bit from one runtime to the next.
 */
import { mustBeInteger, mustBeNumber, mustBeOneOf, mustKnowKeys } from '../options.js';

/** Options of {@link learningRateAt}. */
export interface ScheduleOptions {
  /** Shape after warm-up. Default `cosine`. */
  schedule?: 'cosine' | 'linear' | 'constant';
  /** Share of the steps in which the rate rises, 0 … 1. Default 0. */
  warmup?: number;
  /** What the cosine or the line falls to, 0 … 1. Default 0. */
  final?: number;
}

/**
 * The learning rate of a step as a share of the largest one. Warm-up of w steps takes (step + 1)/w; the last step comes near
 * `final` but does not reach it, so that no step is wasted.
 * @param step 0 for the first
 * @param steps of the whole run
 * @returns a factor in [0, 1]
 * @throws E_OPTION
 */
export function learningRateAt(step: number, steps: number, options: ScheduleOptions = {}): number {
  const where = 'learningRateAt';
  mustKnowKeys(where, options, ['schedule', 'warmup', 'final']);
  const schedule = mustBeOneOf(where, 'schedule', options.schedule ?? 'cosine', ['cosine', 'linear', 'constant']);
  const final = mustBeNumber(where, 'final', options.final ?? 0, { min: 0, max: 1 });
  mustBeInteger(where, 'steps', steps, { min: 1 });
  mustBeInteger(where, 'step', step, { min: 0 });
  const rising = Math.round(steps * mustBeNumber(where, 'warmup', options.warmup ?? 0, { min: 0, max: 1 }));
  if (step < rising) return (step + 1) / rising;
  if (schedule === 'constant') return 1;
  const progress = Math.min(1, (step - rising) / Math.max(1, steps - rising));
  const share = schedule === 'linear' ? 1 - progress : (1 + cosPi(progress)) / 2;
  return final + (1 - final) * share;
}

/** cos(πt) for t in [0, 1], within 2e-16 of the exact value. */
export function cosPi(t: number): number {
  if (t > 0.75) return -cosine(Math.PI * (1 - t));
  return t > 0.25 ? sine(Math.PI * (0.5 - t)) : cosine(Math.PI * t);
}

/** Taylor's series of cos x for |x| ≤ π/4; the first term left out is below 3e-18. */
function cosine(x: number): number {
  const y = x * x;
  let sum = 1 / 20922789888000;
  for (const divisor of [-87178291200, 479001600, -3628800, 40320, -720, 24, -2, 1]) sum = sum * y + 1 / divisor;
  return sum;
}

/** Taylor's series of sin x for |x| ≤ π/4; the first term left out is below 1e-19. */
function sine(x: number): number {
  const y = x * x;
  let sum = 1 / 355687428096000;
  for (const divisor of [-1307674368000, 6227020800, -39916800, 362880, -5040, 120, -6, 1]) sum = sum * y + 1 / divisor;
  return x * sum;
}
