/**
 * What InfoNCE and ADNCE share: an anchor's loss is −p/τ + log(Σ_j e^{s_j/τ + λ_j} [+ e^{p/τ}]), with λ = 0 for InfoNCE and
 * λ = g − log E e^g for ADNCE (maths §2). Finishing an anchor turns its statistics into its loss, the factors of
 * sweep 2 and the derivatives by the scalars; everything here is O(1) an anchor and in float64.
 */
import { Outcome, RowRule, settleAnchor, shareOf } from './anchor';
import { Stats } from './plan';

/** Parameters of a softmax objective; src/losses/softmax.ts writes them in this order. */
@unmanaged
export class SoftmaxRule extends RowRule {
  mu: f64;
  sigma: f64;
  /** log of the number of candidates whose weights average to one. */
  logWeighted: f64;
  /** log of the number of negatives where the loss takes their mean, else 0. */
  logMean: f64;
  /** Constant logit of the extra candidate (supervised SimCSE's hard negative). */
  extraLogit: f64;
  /** 1: the positive stands in the denominator, else 0. */
  positiveIn: f64;
  /** 1: it does so as one of the weighted candidates (ADNCE in layout `sentence`), else 0. */
  positiveWeighted: f64;
  muLanes: v128;
  /** 1/(2σ²) and 1/σ². */
  halfPrecision: v128;
  precision: v128;
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
export function finishSoftmax<R extends RowRule>(
  rule: SoftmaxRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    finishAnchor<R>(rule, outcome, changetype<Stats>(stats + i * offsetof<Stats>()), coefficients, n, i);
  }
}

// @ts-ignore: decorator
@inline
function finishAnchor<R extends RowRule>(
  rule: SoftmaxRule,
  outcome: Outcome,
  stats: Stats,
  coefficients: usize,
  n: usize,
  i: usize,
): void {
  const kind = changetype<R>(changetype<usize>(rule));
  const t = rule.temperature;
  const share = shareOf(rule, outcome, i);
  const p = load<f64>(outcome.positives + i * 8);
  // log Σ e^g over the weighted candidates, and the positive's own g, log-weight λ and part of the sum.
  let logGaussians = kind.families() > 1 ? stats.m1 + NativeMath.log(stats.z1) : 0;
  const g = rule.positiveWeighted != 0 ? logGaussian(rule, p) : 0;
  if (rule.positiveWeighted != 0) logGaussians = logAddExp(logGaussians, g);
  const logNorm = kind.families() > 1 ? logGaussians - rule.logWeighted : 0;
  const own = rule.positiveWeighted != 0 ? g - logNorm : 0;
  const logCandidates = stats.m0 + NativeMath.log(stats.z0) - logNorm;
  let logNegatives = logCandidates;
  let h: f64 = 0;
  if (outcome.extras) {
    h = load<f64>(outcome.extras + i * 8);
    logNegatives = logAddExp(logCandidates, h / t + rule.extraLogit);
  }
  let loss: f64;
  let logTotal: f64;
  if (rule.positiveIn != 0) {
    loss = own + softplus(logNegatives - p / t - own);
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

  outcome.temperatureGradient += ((p * negatives - candidates * meanScore - extra * h) / (t * t)) * share;
  if (outcome.extras) addTo(outcome.extraGradients + i * 4, (extra / t) * share);

  const scale = NativeMath.exp(stats.m0 - logNorm - logTotal) * share;
  if (!kind.usesFactor1()) {
    settleAnchor(outcome, coefficients, n, i, stats, share, loss, -negatives / t, scale / t, 0);
    return;
  }
  // The positive's shares q and π, where it is weighted too, and Q, the share of all that is.
  const variance = rule.sigma * rule.sigma;
  const q = rule.positiveWeighted != 0 ? NativeMath.exp(p / t + own - logTotal) : 0;
  const pi = rule.positiveWeighted != 0 ? NativeMath.exp(g - logGaussians) : 0;
  const all = candidates + q;
  const rest = all * (1 - pi);
  const excess = q - all * pi;
  const first = candidates * meanScore - rest * mean(stats.a1, stats.z1) + excess * p;
  const second = candidates * mean(stats.b0, stats.z0) - rest * mean(stats.b1, stats.z1) + excess * p * p;
  outcome.muGradient += (first / variance) * share;
  outcome.sigmaGradient += ((second - 2 * rule.mu * first) / (variance * rule.sigma)) * share;
  const slope = -negatives / t - ((p - rule.mu) / variance) * excess;
  const factor1 = all * NativeMath.exp(stats.m1 - logGaussians) * share;
  settleAnchor(outcome, coefficients, n, i, stats, share, loss, slope, scale, factor1);
}

/** −(s − μ)²/(2σ²). */
function logGaussian(rule: SoftmaxRule, s: f64): f64 {
  const distance = s - rule.mu;
  return (-distance * distance) / (2 * rule.sigma * rule.sigma);
}

// @ts-ignore: decorator
@inline
function addTo(address: usize, value: f64): void {
  store<f32>(address, load<f32>(address) + <f32>value);
}
