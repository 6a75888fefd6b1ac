/**
 * What every row rule and its finisher share: the parameters all objectives have, where the results of finished anchors go, and
 * how one is put there. A finisher turns the statistics of an anchor into its loss ℓ, ∂ℓ/∂p, the two factors of sweep 2 and the
 * derivatives by the scalars: O(1) an anchor, in float64.
 */
import { coefficient, FACTOR0, FACTOR1, SHIFT0, SHIFT1, Stats } from './plan';

/** Parameters of every objective; src/losses/contrast.ts writes them, then those of the objective itself. */
@unmanaged
export class RowRule {
  temperature: f64;
  /** Weight of an anchor in the loss: 1/number of anchors. */
  share: f64;
  /** Number of candidates of an anchor. */
  candidates: f64;
  inverseTemperature: v128;

  /**
   * A parameter in all lanes. Fields of type v128 are such parameters: the number as a float32 in the first four bytes, as a
   * float64 in the last eight.
   */
  lanes<T>(offset: usize): v128 {
    return sizeof<T>() == 4
      ? v128.load32_splat(changetype<usize>(this) + offset)
      : v128.load64_splat(changetype<usize>(this) + offset, 8);
  }
}

/** Where finished anchors go: float64 sums, then arrays of one value an anchor. */
@unmanaged
export class Outcome {
  loss: f64;
  temperatureGradient: f64;
  /** ∂L/∂μ of ADNCE, ∂L/∂bias of SigLIP. */
  muGradient: f64;
  sigmaGradient: f64;
  /** f64[n], scores of the positives. */
  positives: usize;
  /** f64[n], scores of the extra candidates, or 0. */
  extras: usize;
  /** f32[n], loss of each anchor. */
  losses: usize;
  /** f32[n], ∂L/∂p, added to. */
  positiveGradients: usize;
  /** f32[n], ∂L/∂(extra score), added to. */
  extraGradients: usize;
  /** f64[n], weights of the anchors in the loss, or 0: the rule's share for each. */
  shares: usize;
  /** 1: coefficients are float64. */
  exact: usize;
}

/** Weight of anchor i in the loss. */
// @ts-ignore: decorator
@inline
export function shareOf(rule: RowRule, outcome: Outcome, i: usize): f64 {
  return outcome.shares ? load<f64>(outcome.shares + i * 8) : rule.share;
}

/** Score of the positive of anchor i. */
// @ts-ignore: decorator
@inline
export function positiveOf(outcome: Outcome, i: usize): f64 {
  return load<f64>(outcome.positives + i * 8);
}

/** Statistics of anchor i. */
// @ts-ignore: decorator
@inline
export function statsOf(stats: usize, i: usize): Stats {
  return changetype<Stats>(stats + i * offsetof<Stats>());
}

/**
 * Puts the results of anchor i where they belong.
 * @param coefficients arrays of `n` anchors
 * @param positiveSlope ∂ℓ/∂p, without the share
 * @param factor0 factors of sweep 2, with the share
 */
// @ts-ignore: decorator
@inline
export function settleAnchor(
  outcome: Outcome,
  coefficients: usize,
  n: usize,
  i: usize,
  stats: Stats,
  share: f64,
  loss: f64,
  positiveSlope: f64,
  factor0: f64,
  factor1: f64,
): void {
  outcome.loss += loss * share;
  store<f32>(outcome.losses + i * 4, <f32>loss);
  const slope = outcome.positiveGradients + i * 4;
  store<f32>(slope, load<f32>(slope) + <f32>(positiveSlope * share));
  if (outcome.exact) placeCoefficients<f64>(coefficients, n, i, stats, factor0, factor1);
  else placeCoefficients<f32>(coefficients, n, i, stats, factor0, factor1);
}

function placeCoefficients<T>(coefficients: usize, n: usize, i: usize, stats: Stats, factor0: f64, factor1: f64): void {
  const anchor = coefficients + i * sizeof<T>();
  store<T>(coefficient<T>(anchor, SHIFT0, n), <T>stats.m0);
  store<T>(coefficient<T>(anchor, SHIFT1, n), <T>stats.m1);
  store<T>(coefficient<T>(anchor, FACTOR0, n), <T>factor0);
  store<T>(coefficient<T>(anchor, FACTOR1, n), <T>factor1);
}
