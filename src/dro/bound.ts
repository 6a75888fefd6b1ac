/** What a batch size and a temperature promise: the bound of Theorem 3.3, and how good the mean-variance view of Theorem 3.5 is. */
import { borrow, engine } from '../engine/index.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import {
  checkDivergence,
  curvatureOf,
  DIVERGENCE_KEYS,
  type DivergenceOptions,
  mustHaveTemperature,
  TEMPERATURE,
} from './divergence.js';
import { momentsAt, place, type Scores } from './scores.js';
import { playAt } from './worst-case.js';

/** Options of {@link deviationBound}. */
export interface DeviationOptions {
  /** M, negatives of an anchor. */
  negatives: number;
  /** τ, 0.001 … 1000. */
  temperature: number;
  /** m2 − m1, the length of the interval scores lie in. Default 2, that of all cosines. */
  range?: number;
  /** H, how many encoders the bound must hold for at once. Default 1: the one at hand. */
  hypotheses?: number;
  /** 1 − ρ, the chance that it holds. Default 0.95. */
  confidence?: number;
}

/** A bound that holds (maths §3, by McDiarmid's inequality; the published constant of Theorem 3.3 may differ). */
export interface DeviationBound {
  /** c: the most that τ·log E e^{s/τ} can change with one negative. */
  perNegative: number;
  /** c·sqrt((M/2)·log(H/ρ)), in units of the score. */
  bound: number;
  /** Whether the bound says less than that scores lie within `range`. So it is at small temperatures and batches. */
  vacuous: boolean;
}

/**
 * How far τ·log E e^{s/τ} over M sampled negatives may be from its expectation (Theorem 3.3). Falls with M once M exceeds
 * e^{range/τ}, and grows as τ falls: the two halves of the trade-off of batch size and temperature.
 * @throws E_OPTION
 */
export function deviationBound(options: DeviationOptions): DeviationBound {
  const where = 'deviationBound';
  mustKnowKeys(where, options, ['negatives', 'temperature', 'range', 'hypotheses', 'confidence']);
  const negatives = mustBeInteger(where, 'negatives', options.negatives, { min: 1 });
  const temperature = mustBeNumber(where, 'temperature', options.temperature, TEMPERATURE);
  const range = mustBeNumber(where, 'range', options.range ?? 2, { min: 0 });
  const hypotheses = mustBeNumber(where, 'hypotheses', options.hypotheses ?? 1, { min: 1 });
  const confidence = mustBeNumber(where, 'confidence', options.confidence ?? 0.95, { above: 0, below: 1 });
  const { core } = engine();
  const perNegative = core.boundedDifference(range, temperature, negatives);
  // Two logarithms, since the quotient may leave float64.
  const nats = core.logScalar(hypotheses) - core.logScalar(1 - confidence);
  const bound = perNegative * Math.sqrt((negatives / 2) * nats);
  return { perNegative, bound, vacuous: !(bound < range) };
}

/** The two sides of Theorem 3.5 at one temperature. */
export interface Tightness {
  temperature: number;
  /** max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0). */
  exact: number;
  /** E s + Var(s)/(2τφ″(1)). */
  approximation: number;
  /** (approximation − exact)/(exact − E s): how much too dear the variance comes; 0 is perfect, 0/0 counts as 0. */
  relativeGap: number;
}

/** Temperatures that tables of {@link tightness} show. */
export const TIGHTNESS_TEMPERATURES: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];

/**
 * How well mean and variance stand for the worst case on given scores, temperature by temperature (Theorem 3.5).
 * @param scores f32[M]
 * @param options.temperatures each 0.001 … 1000
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function tightness(
  scores: Scores,
  options: DivergenceOptions & { temperatures?: readonly number[] } = {},
): Tightness[] {
  const where = 'tightness';
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, 'temperatures']);
  const divergence = checkDivergence(where, options);
  mustHaveTemperature(where, divergence);
  const temperatures = options.temperatures ?? TIGHTNESS_TEMPERATURES;
  for (const t of temperatures) mustBeNumber(where, 'temperatures', t, TEMPERATURE);
  return borrow((owner) => {
    const pointer = place(owner, where, scores);
    const { mean, variance } = momentsAt(owner, pointer, scores.length);
    return temperatures.map((temperature) => {
      const exact = playAt(owner, where, pointer, scores.length, divergence, temperature, false).value;
      const approximation = mean + variance / (2 * temperature * curvatureOf(divergence));
      return { temperature, exact, approximation, relativeGap: relative(approximation - exact, exact - mean) };
    });
  });
}

/** a/b, where 0/0 is 0. */
export function relative(a: number, b: number): number {
  return a === 0 ? 0 : a / b;
}
