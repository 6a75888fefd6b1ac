/**
 * CL-DRO with CVaR of level α (maths §2): the mean of the top share T = αM of an anchor's M scores. With ν the score at the
 * border, N scores above it and B at it, ℓ = −p + (Σ_{s>ν} s + (T − N)·ν)/T: weights M/T above, a fraction at the border, shared
 * by scores that tie. The border is found by bisection on the bits of float32, whose order as integers is that of the numbers,
 * so every search ends after 32 sweeps. Family 0 tells which scores are above ν, the first shift, family 1 which are at it.
 */
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';
import { Stats } from './plan';


@unmanaged
export class QuantileRule extends RowRule {
  /** T, the number of scores in the tail. */
  tail: f64;

  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 2;
  }
  moments1(): i32 {
    return 1;
  }
  usesFactor1(): bool {
    return true;
  }
  weight0<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.and(v128.gt<T>(s, c0), v128.splat<T>(1));
  }
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.and(v128.eq<T>(s, c0), v128.splat<T>(1));
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.add<T>(v128.mul<T>(e0, k0), v128.mul<T>(e1, k1));
  }
}

/** Bounds of the border among the keys of float32. */
@unmanaged
class Border {
  low: i64;
  high: i64;
}

/** An integer that is ordered as the numbers are. */
// @ts-ignore: decorator
@inline
function keyOf(x: f32): i64 {
  const bits = reinterpret<i32>(x);
  return <i64>(bits ^ ((bits >> 31) & 0x7fffffff));
}

// @ts-ignore: decorator
@inline
function numberOf(key: i64): f64 {
  const bits = <i32>key;
  return <f64>reinterpret<f32>(bits ^ ((bits >> 31) & 0x7fffffff));
}

/**
 * Starts the search of the anchors [from, to), whose statistics hold the largest score as m0 and minus the smallest as m1.
 * @param borders i64[2n]
 */
export function quantileStart(rule: QuantileRule, stats: usize, borders: usize, from: usize, to: usize): void {
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const border = changetype<Border>(borders + i * offsetof<Border>());
    border.low = keyOf(<f32>-anchor.m1);
    border.high = keyOf(<f32>anchor.m0);
    restart(anchor, border);
  }
}

/** The middle of the bounds becomes the next ν. */
function restart(anchor: Stats, border: Border): void {
  memory.fill(changetype<usize>(anchor), 0, offsetof<Stats>());
  anchor.m0 = numberOf((border.low + border.high) >> 1);
}

/**
 * One step of every search among the anchors [from, to).
 * @returns number of searches that go on
 */
export function quantileStep(rule: QuantileRule, stats: usize, borders: usize, from: usize, to: usize): usize {
  let open: usize = 0;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const border = changetype<Border>(borders + i * offsetof<Border>());
    const middle = (border.low + border.high) >> 1;
    if (anchor.z0 >= rule.tail) border.low = middle + 1;
    else if (anchor.z0 + anchor.z1 < rule.tail) border.high = middle - 1;
    else border.low = border.high = middle;
    open += usize(border.low < border.high);
    restart(anchor, border);
  }
  return open;
}

/** Finishes the anchors [from, to). */
export function quantileFinish(
  rule: QuantileRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const tail = rule.tail;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const share = shareOf(rule, outcome, i);
    const rest = tail - anchor.z0;
    const loss = (anchor.a0 + rest * anchor.m0) / tail - positiveOf(outcome, i);
    const factor1 = anchor.z1 > 0 ? rest / (tail * anchor.z1) : 0;
    settleAnchor(outcome, coefficients, n, i, anchor, share, loss, -1, share / tail, factor1 * share);
  }
}
