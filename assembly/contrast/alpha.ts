/**
 * α-CL-direct (maths §2): detached weights w_j = e^{−(1−s_j)^α/τ}, divided by their sum or as they are. Both losses are
 * ℓ = Σ_j w_j·(s_j − p), so ∂s_j = w_j and ∂p = −Σ w; the temperature stands in the weights alone and gets no gradient.
 */
import { exp } from '../math/exp';
import { log } from '../math/log';
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';


@unmanaged
export class AlphaRule extends RowRule {
  /** 1: weights are divided by their sum, else 0. */
  normalized: f64;
  alpha: f32;
  reserved1: f32;

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
  log0(s: v128): v128 {
    const distance = f32x4.pmax(f32x4.sub(f32x4.splat(1), s), f32x4.splat(0));
    let power = distance;
    if (this.alpha == 2) power = f32x4.mul(distance, distance);
    else if (this.alpha != 1) power = exp(f32x4.mul(log(distance), this.lanes(offsetof<AlphaRule>('alpha'))));
    return f32x4.neg(f32x4.mul(power, this.lanes(offsetof<RowRule>('inverseTemperature'))));
  }
  log1(s: v128): v128 {
    return s;
  }
  gradientOfWeight(): bool {
    return true;
  }

  gradient(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return f32x4.mul(e0, k0);
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
