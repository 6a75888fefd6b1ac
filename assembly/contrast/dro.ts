/**
 * CL-DRO (paper eq. 3–5, maths §2): ℓ = −p + τη + V, V = min_ν ν + τ·E φ*((s − ν)/τ), for the Cressie–Read family of
 * divergences. Order k has φ*(x) = (y^{k/(k−1)} − 1)/k and the worst-case weight w(x) = φ*'(x) = y^{1/(k−1)}, y = (1 + (k−1)·x)₊;
 * k = 1 is KL (w = e^x), k = 2 is χ², k = 0 is reverse KL. ∂s_j = w_j/Σw, ∂p = −1, ∂τ = η − E φ(w), E φ(w) = (⟨s⟩_w − V)/τ.
 *
 * The ν of a row solves E w = 1. It is sought as θ, the log-weight of the row's largest score m, so that the hardest negatives, whose
 * weights matter, lose no digits and no weight is larger than 1:
 *
 *     w_j = e^θ·v_j,   v_j = (1 + κ·(s_j − m))₊^{1/(k−1)},   κ = (k−1)/(τ·y_m),   y_m = e^{(k−1)θ},   ν = m − τ·(y_m − 1)/(k−1)
 *
 * The first shift of an anchor is m, its second is κ. KL needs no search: ν = τ·log E e^{s/τ}, and its sweeps are InfoNCE's.
 */
import { epsilon, exp, log } from '../math/lanes';
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';
import { clearSums } from './pairs';
import { Stats } from './plan';

/** At or below this y/y_m the slope of a weight counts as 0: for k > 2 it grows without bound while the weight vanishes. */
const SMALLEST_BASE: f32 = 1e-6;

/** Parameters of a CL-DRO objective. */
@unmanaged
export class DroRule extends RowRule {
  radius: f64;
  order: f64;
  /** Error of log E w at which a search ends. */
  tolerance: f64;
  orderLanes: v128;
  /** 1/(k−1). */
  exponent: v128;

  usesFactor1(): bool {
    return false;
  }
  /** v, 0 where its base is not positive. */
  weight0<T>(s: v128, c0: v128, c1: v128): v128 {
    const x = v128.mul<T>(c1, v128.sub<T>(s, c0));
    return v128.and(exp<T>(this.logWeight<T>(x)), isPositive<T>(x));
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e0, k0);
  }

  /** log v for a base of 1 + x; 0 where that is not positive, so that no exponential falls among the subnormal numbers, which are slow. */
  protected logWeight<T>(x: v128): v128 {
    return v128.mul<T>(v128.and(log1p<T>(x), isPositive<T>(x)), this.lanes<T>(offsetof<DroRule>('exponent')));
  }
}

/** Whether 1 + x > 0. */
// @ts-ignore: decorator
@inline
function isPositive<T>(x: v128): v128 {
  return v128.gt<T>(x, v128.splat<T>(-1));
}

/** log(1 + x) for x > −1, anything beyond; the rounding of 1 + x is divided out again. */
// @ts-ignore: decorator
@inline
function log1p<T>(x: v128): v128 {
  const one = v128.splat<T>(1);
  const u = v128.pmax<T>(v128.add<T>(one, x), v128.splat<T>(epsilon<T>() / 2));
  const tiny = v128.eq<T>(u, one);
  const ratio = v128.div<T>(x, v128.bitselect(one, v128.sub<T>(u, one), tiny));
  return v128.bitselect(x, v128.mul<T>(log<T>(u), ratio), tiny);
}

/** While θ is searched: family 1 is v·y_m/y, whose sum tells how fast E w changes. */
@unmanaged
export class DroSearchRule extends DroRule {
  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 1;
  }
  moments1(): i32 {
    return 1;
  }
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    const x = v128.mul<T>(c1, v128.sub<T>(s, c0));
    const base = v128.add<T>(v128.splat<T>(1), x);
    return v128.and(v128.div<T>(exp<T>(this.logWeight<T>(x)), base), v128.gt<T>(base, v128.splat<T>(SMALLEST_BASE)));
  }
}

/** When θ is found: family 1 is (v^k − 1)/k, as log v for k = 0. */
@unmanaged
export class DroValueRule extends DroRule {
  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 2;
  }
  moments1(): i32 {
    return 1;
  }
  /** e^y − 1 keeps all digits of a small y when the rounding of e^y is divided out again. Where v = 0 it is −1/k. */
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    const x = v128.mul<T>(c1, v128.sub<T>(s, c0));
    const logWeight = this.logWeight<T>(x);
    if (this.order == 0) return logWeight;
    const one = v128.splat<T>(1);
    const order = this.lanes<T>(offsetof<DroRule>('orderLanes'));
    const y = v128.mul<T>(logWeight, order);
    const u = exp<T>(y);
    const difference = v128.sub<T>(u, one);
    const none = v128.eq<T>(u, one);
    const far = v128.ge<T>(v128.abs<T>(y), v128.splat<T>(0.5));
    const ratio = v128.div<T>(y, v128.bitselect(one, log<T>(u), v128.or(none, far)));
    const near = v128.bitselect(y, v128.mul<T>(difference, ratio), none);
    const power = v128.bitselect(v128.bitselect(difference, near, far), v128.splat<T>(-1), isPositive<T>(x));
    return v128.div<T>(power, order);
  }
}

/** Sweep 2 needs the weights alone. */
@unmanaged
export class DroGradientRule extends DroRule {
  families(): i32 {
    return 1;
  }
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    return s;
  }
}

/** Where the search of an anchor stands: θ with E w ≥ 1 and with E w ≤ 1, and the θ of the last sweep. */
@unmanaged
class Search {
  heavy: f64;
  light: f64;
  theta: f64;
}

/** Width of a bracket that is closed, as a share of the tolerance. */
const CLOSED: f64 = 3e-3;

/** Gives an anchor the κ of its search's θ, and empty sums. */
function place(rule: DroRule, anchor: Stats, search: Search): void {
  const slope = rule.order - 1;
  anchor.m1 = (slope / rule.temperature) * NativeMath.exp(-slope * search.theta);
  clearSums(changetype<usize>(anchor), changetype<usize>(anchor), 1);
}

/**
 * Starts the search of the anchors [from, to), whose statistics hold the largest score as m0 and minus the smallest as m1: ν lies
 * between them, and no weight is larger than M.
 * @param searches f64[3n]
 */
export function droStart(rule: DroRule, stats: usize, searches: usize, from: usize, to: usize): void {
  const slope = rule.order - 1;
  const logM = NativeMath.log(rule.candidates);
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const search = changetype<Search>(searches + i * offsetof<Search>());
    const spread = (slope * (anchor.m0 + anchor.m1)) / rule.temperature;
    search.light = 0;
    search.heavy = spread > -1 ? min(logM, NativeMath.log1p(spread) / slope) : logM;
    search.theta = search.heavy;
    place(rule, anchor, search);
  }
}

/**
 * One step of every search among the anchors [from, to): Newton's on (E w)^{k−1} as a function of y_m, which is close to a line,
 * from the side E w ≥ 1, and a bisection where that leaves the bracket.
 * @returns number of searches that go on
 */
export function droStep(rule: DroRule, stats: usize, searches: usize, from: usize, to: usize): usize {
  const slope = rule.order - 1;
  const logM = NativeMath.log(rule.candidates);
  let open: usize = 0;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const search = changetype<Search>(searches + i * offsetof<Search>());
    const logMean = search.theta + NativeMath.log(anchor.z0) - logM;
    if (logMean >= 0) search.heavy = search.theta;
    else search.light = search.theta;
    if (abs<f64>(logMean) > rule.tolerance && search.heavy - search.light > CLOSED * rule.tolerance) {
      open++;
      const growth = (NativeMath.expm1(-slope * logMean) * anchor.z0) / anchor.z1;
      const next = search.theta + NativeMath.log1p(growth) / slope;
      const inside = search.light < next && next < search.heavy;
      search.theta = inside ? next : (search.light + search.heavy) / 2;
    }
    place(rule, anchor, search);
  }
  return open;
}

/** Finishes the anchors [from, to) of any order but 1. */
export function droFinish(
  rule: DroRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    finishAnchor(rule, outcome, stats, coefficients, n, i, valueOf(rule, statsOf(stats, i)));
  }
}

/**
 * V from the sums at κ. E φ* = (E w^k − 1)/k, where w^k = w·y and y is linear in the score; around k = 0, where the difference
 * would cancel, from the sum of (v^k − 1)/k. Both hold at any ν, near whose optimum V is flat.
 */
function valueOf(rule: DroRule, anchor: Stats): f64 {
  const order = rule.order;
  const slope = order - 1;
  const kappa = anchor.m1;
  const theta = NativeMath.log(slope / (rule.temperature * kappa)) / slope;
  const base = slope / (rule.temperature * kappa);
  const nu = anchor.m0 - (rule.temperature * (base - 1)) / slope;
  let conjugate: f64;
  if (abs<f64>(order) < 0.5) {
    const own = order == 0 ? theta : NativeMath.expm1(order * theta) / order;
    conjugate = (NativeMath.exp(order * theta) * anchor.z1) / rule.candidates + own;
  } else {
    const products = anchor.z0 + kappa * (anchor.a0 - anchor.m0 * anchor.z0);
    conjugate = ((NativeMath.exp(order * theta) * products) / rule.candidates - 1) / order;
  }
  return nu + rule.temperature * conjugate;
}

/** Finishes the anchors [from, to) of KL, whose statistics are InfoNCE's. */
export function klFinish(
  rule: DroRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const logM = NativeMath.log(rule.candidates);
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const value = rule.temperature * (anchor.m0 + NativeMath.log(anchor.z0) - logM);
    finishAnchor(rule, outcome, stats, coefficients, n, i, value);
  }
}

/** @param value V, the worst mean of the negatives less its price */
// @ts-ignore: decorator
@inline
function finishAnchor(
  rule: DroRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  i: usize,
  value: f64,
): void {
  const anchor = statsOf(stats, i);
  const share = shareOf(rule, outcome, i);
  const loss = value + rule.temperature * rule.radius - positiveOf(outcome, i);
  const divergence = max(0, (anchor.a0 / anchor.z0 - value) / rule.temperature);
  outcome.temperatureGradient += (rule.radius - divergence) * share;
  settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -1, share / anchor.z0, 0);
}
