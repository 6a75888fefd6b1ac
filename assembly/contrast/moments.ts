/**
 * Mean-variance (paper eq. 8, Theorem 3.5): ℓ = −p + E s + Var(s)/(2τc), c = φ''(1) of the divergence it approximates. Its
 * statistics are the moments Σ s and Σ s² of weights that are all 1; ∂s_j = (1 + (s_j − E s)/(τc))/M, ∂p = −1,
 * ∂τ = −Var/(2τ²c).
 */
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';


@unmanaged
export class MomentsRule extends RowRule {
  /** φ''(1). */
  curvature: f64;

  families(): i32 {
    return 1;
  }
  moments0(): i32 {
    return 3;
  }
  moments1(): i32 {
    return 0;
  }
  usesFactor1(): bool {
    return true;
  }
  weight0<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.splat<T>(1);
  }
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.splat<T>(1);
  }
  /** The weight, 1 or masked, times k0 + k1·s. */
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e0, v128.add<T>(k0, v128.mul<T>(k1, s)));
  }
}

/** Finishes the anchors [from, to). */
export function momentsFinish(
  rule: MomentsRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const price = rule.temperature * rule.curvature;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const share = shareOf(rule, outcome, i);
    const mean = anchor.a0 / anchor.z0;
    const variance = max(0, anchor.b0 / anchor.z0 - mean * mean);
    const loss = mean + variance / (2 * price) - positiveOf(outcome, i);
    outcome.temperatureGradient -= (variance / (2 * price * rule.temperature)) * share;
    const factor0 = ((1 - mean / price) / anchor.z0) * share;
    settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -1, factor0, share / (price * anchor.z0));
  }
}
