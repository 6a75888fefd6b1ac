/**
 * What InfoNCE and ADNCE share: an anchor's loss is −p/τ + log(Σ_j e^{s_j/τ + λ_j} [+ e^{p/τ}]), with λ = 0 for InfoNCE and
 * λ = g − log E e^g for ADNCE (maths §2). Finishing an anchor turns its statistics into its loss, the factors of
 * sweep 2 and the derivatives by the scalars; everything here is O(1) an anchor and in float64.
 */
import { coefficient, FACTOR0, FACTOR1, SHIFT0, SHIFT1, Stats } from './plan';

/** Parameters of a softmax objective; src/losses/softmax.ts writes them in this order. */
@unmanaged
export class SoftmaxRule {
  temperature: f64;
  mu: f64;
  sigma: f64;
  /** log of the number of candidates whose weights average to one. */
  logWeighted: f64;
  /** log of the number of negatives where the loss takes their mean, else 0. */
  logMean: f64;
  /** Constant logit of the extra candidate (supervised SimCSE's hard negative). */
  extraLogit: f64;
  /** Weight of an anchor in the loss: 1/number of anchors. */
  share: f64;
  /** 1: the positive stands in the denominator. */
  positiveIn: i32;
  inverseTemperature: f32;
  mu32: f32;
  /** 1/(2σ²) and 1/σ². */
  halfPrecision: f32;
  precision: f32;

  /** A float32 field in all four lanes. */
  lanes(offset: usize): v128 {
    return v128.load32_splat(changetype<usize>(this) + offset);
  }
}

/** Where finished anchors go: float64 sums, then arrays of one value an anchor. */
@unmanaged
export class Outcome {
  loss: f64;
  temperatureGradient: f64;
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
}

/** log(e^x + e^y). */
function logAddExp(x: f64, y: f64): f64 {
  const top = max(x, y);
  return top == -Infinity ? top : top + NativeMath.log1p(NativeMath.exp(min(x, y) - top));
}

/** log(1 + e^x) without overflow or cancellation. */
function softplus(x: f64): f64 {
  return x > 0 ? x + NativeMath.log1p(NativeMath.exp(-x)) : NativeMath.log1p(NativeMath.exp(x));
}

// @ts-ignore: decorator
@inline
function mean(sum: f64, z: f64): f64 {
  return z > 0 ? sum / z : 0;
}

/**
 * Finishes the anchors [from, to).
 * @param stats first {@link Stats}, of anchor 0
 * @param coefficients arrays of `n` anchors
 */
export function finishSoftmax<R extends SoftmaxRule>(
  rule: R,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    finishAnchor<R>(rule, outcome, changetype<Stats>(stats + i * offsetof<Stats>()), coefficients + i * 4, n, i);
  }
}

// @ts-ignore: decorator
@inline
function finishAnchor<R extends SoftmaxRule>(
  rule: R,
  outcome: Outcome,
  stats: Stats,
  coefficients: usize,
  n: usize,
  i: usize,
): void {
  const t = rule.temperature;
  const share = rule.share;
  const p = load<f64>(outcome.positives + i * 8);
  const logNorm = rule.families() > 1 ? stats.m1 + NativeMath.log(stats.z1) - rule.logWeighted : 0;
  const logCandidates = stats.m0 + NativeMath.log(stats.z0) - logNorm;
  let logNegatives = logCandidates;
  let h: f64 = 0;
  if (outcome.extras) {
    h = load<f64>(outcome.extras + i * 8);
    logNegatives = logAddExp(logCandidates, h / t + rule.extraLogit);
  }
  let loss: f64;
  let logTotal: f64;
  if (rule.positiveIn) {
    loss = softplus(logNegatives - p / t);
    logTotal = p / t + loss;
  } else {
    loss = logNegatives - rule.logMean - p / t;
    logTotal = logNegatives;
  }
  // Shares of the softmax: of the candidates walked over, of the extra one, of all negatives.
  const candidates = NativeMath.exp(logCandidates - logTotal);
  const extra = outcome.extras ? NativeMath.exp(h / t + rule.extraLogit - logTotal) : 0;
  const negatives = candidates + extra;
  const meanScore = mean(stats.a0, stats.z0);

  outcome.loss += loss * share;
  outcome.temperatureGradient += ((p * negatives - candidates * meanScore - extra * h) / (t * t)) * share;
  store<f32>(outcome.losses + i * 4, <f32>loss);
  addTo(outcome.positiveGradients + i * 4, (-negatives / t) * share);
  if (outcome.extras) addTo(outcome.extraGradients + i * 4, (extra / t) * share);

  store<f32>(coefficient(coefficients, SHIFT0, n), <f32>stats.m0);
  store<f32>(coefficient(coefficients, SHIFT1, n), <f32>stats.m1);
  const scale = NativeMath.exp(stats.m0 - logNorm - logTotal) * share;
  if (rule.usesFactor1()) {
    store<f32>(coefficient(coefficients, FACTOR0, n), <f32>scale);
    store<f32>(coefficient(coefficients, FACTOR1, n), <f32>((candidates / stats.z1) * share));
    const first = meanScore - mean(stats.a1, stats.z1);
    const second = mean(stats.b0, stats.z0) - mean(stats.b1, stats.z1);
    const variance = rule.sigma * rule.sigma;
    outcome.muGradient += ((candidates * first) / variance) * share;
    outcome.sigmaGradient += ((candidates * (second - 2 * rule.mu * first)) / (variance * rule.sigma)) * share;
  } else {
    store<f32>(coefficient(coefficients, FACTOR0, n), <f32>(scale / t));
    store<f32>(coefficient(coefficients, FACTOR1, n), 0);
  }
}

// @ts-ignore: decorator
@inline
function addTo(address: usize, value: f64): void {
  store<f32>(address, load<f32>(address) + <f32>value);
}
