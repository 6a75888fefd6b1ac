/**
 * The end of an array: one float in lane 0, by the same instructions as the vectors before it, so that an element's bits do
 * not depend on where it stands.
 */

// @ts-ignore: decorator
@inline
export function storeOne(target: usize, x: v128): void {
  v128.store32_lane(target, x, 0);
}

// @ts-ignore: decorator
@inline
export function loadOne(source: usize): v128 {
  return v128.load32_zero(source);
}

/** Lanes 0 and 1 as doubles. */
// @ts-ignore: decorator
@inline
export function promoteLow(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Lanes 2 and 3 as doubles. */
// @ts-ignore: decorator
@inline
export function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

/** Four floats of two pairs of doubles. */
// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Lane 0 plus lane 1. */
// @ts-ignore: decorator
@inline
export function sumPair(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
