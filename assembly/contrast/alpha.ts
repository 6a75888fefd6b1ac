/**
 * α-CL-direct (maths §2): detached weights w_j = e^{−(1−s_j)^α/τ}, divided by their sum or as they are. Both losses are
 * ℓ = Σ_j w_j·(s_j − p), so ∂s_j = w_j and ∂p = −Σ w; the temperature stands in the weights alone and gets no gradient.
 */
import { exp, log } from '../math/lanes';
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';


@unmanaged
export class AlphaRule extends RowRule {
  /** 1: weights are divided by their sum, else 0. */
  normalized: f64;
  alpha: f64;
  alphaLanes: v128;

  families(): i32 {
    return 1;
  }
  moments0(): i32 {
    return 2;
  }
  moments1(): i32 {
    return 0;
  }
  usesFactor1(): bool {
    return false;
  }
  /** −(1−s)^α/τ; α = 1 and 2 are products, which keep all digits. */
  log0<T>(s: v128): v128 {
    const distance = v128.pmax<T>(v128.sub<T>(v128.splat<T>(1), s), v128.splat<T>(0));
    let power = distance;
    if (this.alpha == 2) power = v128.mul<T>(distance, distance);
    else if (this.alpha != 1)
      power = exp<T>(v128.mul<T>(log<T>(distance), this.lanes<T>(offsetof<AlphaRule>('alphaLanes'))));
    return v128.neg<T>(v128.mul<T>(power, this.lanes<T>(offsetof<RowRule>('inverseTemperature'))));
  }
  log1<T>(s: v128): v128 {
    return s;
  }
  gradientOfWeight(): bool {
    return true;
  }

  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e0, k0);
  }
}

/** Finishes the anchors [from, to). */
export function alphaFinish(
  rule: AlphaRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const share = shareOf(rule, outcome, i);
    // What a weight of the sweep is to be multiplied by.
    const unit = rule.normalized != 0 ? 1 / anchor.z0 : NativeMath.exp(anchor.m0);
    const total = unit * anchor.z0;
    const loss = unit * anchor.a0 - total * positiveOf(outcome, i);
    settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -total, unit * share, 0);
  }
}
