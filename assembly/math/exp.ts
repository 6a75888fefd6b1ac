/**
 * e^x for four lanes.
 *
 * Method: n = round(x / ln 2) by adding 1.5·2²³, whose low bits then hold n; r = x − n·ln 2 in two steps (the high part
 * of ln 2 has 11 bits, so n·LN2_HIGH is exact); e^r = 1 + (r + r²·q(r)) with q the degree-4 minimax fit of
 * (e^r − 1 − r)/r² on ±ln 2 / 2, whose own error is 2⁻²⁸·⁴; times 2ⁿ.
 *
 * Error: below 1 ULP wherever the result is a normal number (all 2³² inputs are swept by `npm run sweep:ulp`).
 */

import { madd } from './madd';

const LOG2_E: f32 = 1.44269504;
const ROUND: f32 = 12582912.0;
const LN2_HIGH: f32 = 0.69287109375;
const LN2_LOW: f32 = 0.00027608682285;
const Q0: f32 = 0.49999994;
const Q1: f32 = 0.1666652;
const Q2: f32 = 0.041668393;
const Q3: f32 = 0.008368781;
const Q4: f32 = 0.0013814467;

/** 1 + (r + r²·q(r)): e^r on the reduced range. */
// @ts-ignore: decorator
@inline
function expReduced(r: v128): v128 {
  let q = madd(f32x4.splat(Q4), r, f32x4.splat(Q3));
  q = madd(q, r, f32x4.splat(Q2));
  q = madd(q, r, f32x4.splat(Q1));
  q = madd(q, r, f32x4.splat(Q0));
  return f32x4.add(f32x4.splat(1), madd(f32x4.mul(r, r), q, r));
}

/** x − n·ln 2. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)));
}

/** e^x for x in [−87, 88]: no special cases, the exponent is added to the bits. Anything goes outside. */
// @ts-ignore: decorator
@inline
export function expBounded(x: v128): v128 {
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const p = expReduced(reduce(x, f32x4.sub(t, f32x4.splat(ROUND))));
  return i32x4.add(p, i32x4.shl(t, 23));
}

/** e^x for every x: 0 below −103.97, +∞ above 88.72, subnormal results rounded, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-105)), f32x4.splat(89));
  const t = f32x4.add(f32x4.mul(clamped, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const p = expReduced(reduce(clamped, f32x4.sub(t, f32x4.splat(ROUND))));
  // 2ⁿ in two normal factors, so that n may reach from −151 to 128 and only the last product rounds.
  const n = i32x4.sub(t, f32x4.splat(ROUND));
  const half = i32x4.shr_s(n, 1);
  const bias = i32x4.splat(127);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** out[i] = e^x[i] for `count` floats; both arrays padded to a multiple of four. */
export function expArray(x: usize, out: usize, count: usize): void {
  for (const end = x + count * 4; x < end; x += 16, out += 16) v128.store(out, exp(v128.load(x)));
}

/** e^x of a double, so that the caller's bits do not depend on the runtime's Math. */
export function expScalar(x: f64): f64 {
  return NativeMath.exp(x);
}
