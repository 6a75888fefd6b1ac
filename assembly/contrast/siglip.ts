/**
 * SigLIP (maths §2): every pair is a yes-or-no question, ℓ_i = softplus(−(p/τ + b)) + Σ_j softplus(s_j/τ + b). No statistic
 * of the row enters its gradients, so sweep 1 only sums: family 0 is the softplus, family 1 the sigmoid, with its
 * moment Σ σ·s. ∂s_j = σ(s_j/τ + b)/τ, ∂p = −σ(−p/τ − b)/τ, ∂b = Σ σ_j − σ_p, ∂τ = (σ_p·p − Σ σ_j·s_j)/τ².
 */
import { exp } from '../math/exp';
import { log } from '../math/log';
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';


@unmanaged
export class SiglipRule extends RowRule {
  bias: f64;
  bias32: f32;
  reserved1: f32;

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
  weight0(s: v128, c0: v128, c1: v128): v128 {
    const z = this.logit(s);
    const y = exp(f32x4.neg(f32x4.abs(z)));
    // log(1 + y) keeps all digits of a small y when the rounding of 1 + y is divided out again.
    const one = f32x4.splat(1);
    const u = f32x4.add(one, y);
    const small = f32x4.eq(u, one);
    const tail = f32x4.div(f32x4.mul(log(u), y), v128.bitselect(one, f32x4.sub(u, one), small));
    return f32x4.add(f32x4.pmax(z, f32x4.splat(0)), v128.bitselect(y, tail, small));
  }
  /** 1/(1 + e^{−z}). */
  weight1(s: v128, c0: v128, c1: v128): v128 {
    const z = this.logit(s);
    const y = exp(f32x4.neg(f32x4.abs(z)));
    const one = f32x4.splat(1);
    const numerator = v128.bitselect(one, y, f32x4.ge(z, f32x4.splat(0)));
    return f32x4.div(numerator, f32x4.add(one, y));
  }
  gradient(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return f32x4.mul(e1, k1);
  }

  private logit(s: v128): v128 {
    const scaled = f32x4.mul(s, this.lanes(offsetof<RowRule>('inverseTemperature')));
    return f32x4.add(scaled, this.lanes(offsetof<SiglipRule>('bias32')));
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
