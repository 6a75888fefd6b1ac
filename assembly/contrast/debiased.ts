/**
 * DCL and HCL (maths §2): ℓ = −p/τ + log(P + N), P = e^{p/τ}, N = max((R − τ⁺·M·P)/(1 − τ⁺), M·e^{−1/τ}), with
 *
 *     DCL   R = Σ_j e^{s_j/τ}                                  one family, InfoNCE's
 *     HCL   R = M·Σ_j e^{(1+β)s_j/τ} / Σ_j e^{βs_j/τ}           two families, whose softmaxes are r and ρ
 *
 * Everything is scaled by e^{−c}, c the largest of p/τ, log R and log M − 1/τ, so that nothing overflows and D = P + N stays
 * away from 0. With S = ⟨s⟩_r (DCL) or (1+β)⟨s⟩_r − β⟨s⟩_ρ (HCL) and K = R/((1 − τ⁺)·D):
 *
 *     unclamped   ∂s = K·∂log R/∂s    ∂p = −K/τ           ∂τ = K·(p − S)/τ²
 *     clamped     ∂s = 0              ∂p = −N/(τ·D)       ∂τ = N·(p + 1)/(τ²·D)
 */
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';
import { Stats } from './plan';

/** Two families of constant slopes; log-weights slope·s. */
@unmanaged
export class SlopesRule extends RowRule {
  /** τ⁺, the chance that a negative is a false one. */
  tauPlus: f64;
  /** β, how much hard negatives count for more. */
  beta: f64;
  slope0: v128;
  slope1: v128;

  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 2;
  }
  moments1(): i32 {
    return 2;
  }
  usesFactor1(): bool {
    return true;
  }
  log0<T>(s: v128): v128 {
    return v128.mul<T>(s, this.lanes<T>(offsetof<SlopesRule>('slope0')));
  }
  log1<T>(s: v128): v128 {
    return v128.mul<T>(s, this.lanes<T>(offsetof<SlopesRule>('slope1')));
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.add<T>(v128.mul<T>(e0, k0), v128.mul<T>(e1, k1));
  }
}

/** Finishes the anchors [from, to) of DCL, whose sweeps are InfoNCE's. */
export function dclFinish(
  rule: SlopesRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const logR = anchor.m0 + NativeMath.log(anchor.z0);
    finishAnchor(rule, outcome, anchor, coefficients, n, i, logR, anchor.a0 / anchor.z0, 0);
  }
}

/** Finishes the anchors [from, to) of HCL. */
export function hclFinish(
  rule: SlopesRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const beta = rule.beta;
  const logM = NativeMath.log(rule.candidates);
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const logR = logM + anchor.m0 + NativeMath.log(anchor.z0) - (anchor.m1 + NativeMath.log(anchor.z1));
    const slope = ((1 + beta) * anchor.a0) / anchor.z0 - (beta * anchor.a1) / anchor.z1;
    finishAnchor(rule, outcome, anchor, coefficients, n, i, logR, slope, beta);
  }
}

/** @param slope S, −τ²·∂log R/∂τ */
function finishAnchor(
  rule: SlopesRule,
  outcome: Outcome,
  anchor: Stats,
  coefficients: usize,
  n: usize,
  i: usize,
  logR: f64,
  slope: f64,
  beta: f64,
): void {
  const t = rule.temperature;
  const m = rule.candidates;
  const share = shareOf(rule, outcome, i);
  const p = positiveOf(outcome, i);
  const logFloor = NativeMath.log(m) - 1 / t;
  const c = max(p / t, max(logR, logFloor));
  const positive = NativeMath.exp(p / t - c);
  const sum = NativeMath.exp(logR - c);
  const floor = NativeMath.exp(logFloor - c);
  const unclamped = (sum - rule.tauPlus * m * positive) / (1 - rule.tauPlus);
  const negatives = max(unclamped, floor);
  const total = positive + negatives;
  const loss = NativeMath.log(total) + c - p / t;
  if (unclamped < floor) {
    const q = negatives / total;
    outcome.temperatureGradient += ((q * (p + 1)) / (t * t)) * share;
    settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -q / t, 0, 0);
    return;
  }
  const k = sum / ((1 - rule.tauPlus) * total);
  outcome.temperatureGradient += ((k * (p - slope)) / (t * t)) * share;
  const factor0 = (k * (1 + beta) * share) / (t * anchor.z0);
  const factor1 = beta == 0 ? 0 : (-k * beta * share) / (t * anchor.z1);
  settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -k / t, factor0, factor1);
}
