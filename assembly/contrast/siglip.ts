/**
 * SigLIP (maths §2): every pair is a yes-or-no question, ℓ_i = softplus(−(p/τ + b)) + Σ_j softplus(s_j/τ + b). No statistic
 * of the row enters its gradients, so sweep 1 only sums: family 0 is the softplus, family 1 the sigmoid, with its
 * moment Σ σ·s. ∂s_j = σ(s_j/τ + b)/τ, ∂p = −σ(−p/τ − b)/τ, ∂b = Σ σ_j − σ_p, ∂τ = (σ_p·p − Σ σ_j·s_j)/τ².
 */
import { exp, log } from '../math/lanes';
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';


@unmanaged
export class SiglipRule extends RowRule {
  bias: f64;
  biasLanes: v128;

  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 1;
  }
  moments1(): i32 {
    return 2;
  }
  usesFactor1(): bool {
    return true;
  }
  /** max(z, 0) + log(1 + e^{−|z|}). */
  weight0<T>(s: v128, c0: v128, c1: v128): v128 {
    const z = this.logit<T>(s);
    const y = exp<T>(v128.neg<T>(v128.abs<T>(z)));
    // log<T>(1 + y) keeps all digits of a small y when the rounding of 1 + y is divided out again.
    const one = v128.splat<T>(1);
    const u = v128.add<T>(one, y);
    const small = v128.eq<T>(u, one);
    const tail = v128.div<T>(v128.mul<T>(log<T>(u), y), v128.bitselect(one, v128.sub<T>(u, one), small));
    return v128.add<T>(v128.pmax<T>(z, v128.splat<T>(0)), v128.bitselect(y, tail, small));
  }
  /** 1/(1 + e^{−z}). */
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    const z = this.logit<T>(s);
    const y = exp<T>(v128.neg<T>(v128.abs<T>(z)));
    const one = v128.splat<T>(1);
    const numerator = v128.bitselect(one, y, v128.ge<T>(z, v128.splat<T>(0)));
    return v128.div<T>(numerator, v128.add<T>(one, y));
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e1, k1);
  }

  private logit<T>(s: v128): v128 {
    const scaled = v128.mul<T>(s, this.lanes<T>(offsetof<RowRule>('inverseTemperature')));
    return v128.add<T>(scaled, this.lanes<T>(offsetof<SiglipRule>('biasLanes')));
  }
}

/** Finishes the anchors [from, to). */
export function siglipFinish(
  rule: SiglipRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const t = rule.temperature;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const share = shareOf(rule, outcome, i);
    const p = positiveOf(outcome, i);
    const z = p / t + rule.bias;
    const y = NativeMath.exp(-abs<f64>(z));
    const loss = anchor.z0 + max(-z, 0) + NativeMath.log1p(y);
    const doubt = (z > 0 ? y : 1) / (1 + y);
    outcome.temperatureGradient += ((doubt * p - anchor.a1) / (t * t)) * share;
    outcome.muGradient += (anchor.z1 - doubt) * share;
    settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -doubt / t, 0, share / t);
  }
}
