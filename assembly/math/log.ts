/**
 * Natural logarithm for four lanes.
 *
 * Method (the classic argument reduction of fdlibm, with its float32 coefficients): x = 2^k·(1 + f) with 1 + f in
 * [√½, √2); s = f/(2 + f); log(1 + f) = f − (f²/2 − s·(f²/2 + R(s²))), and k·ln 2 is added in two parts.
 *
 * Error: below 1 ULP (all 2³² inputs are swept by `npm run sweep:ulp`).
 */

const SMALLEST_NORMAL: f32 = 1.1754943508222875e-38;
const TWO_25: f32 = 33554432.0;
const LN2_HIGH: f32 = 0.69313812256;
const LN2_LOW: f32 = 9.0580006145e-6;
const R1: f32 = 0.66666662693;
const R2: f32 = 0.40000972152;
const R3: f32 = 0.28498786688;
const R4: f32 = 0.24279078841;

/** log x: −∞ at ±0, NaN below 0, +∞ at +∞; subnormal inputs are exact. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const zero = f32x4.splat(0);
  const subnormal = f32x4.lt(x, f32x4.splat(SMALLEST_NORMAL));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(TWO_25)), x, subnormal);
  // Subtracting the bits of √½ puts the exponent of the nearest power of two in the high bits.
  const offset = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  let k = f32x4.convert_i32x4_s(i32x4.shr_s(offset, 23));
  k = f32x4.sub(k, v128.and(subnormal, f32x4.splat(25)));
  const mantissa = i32x4.add(v128.and(offset, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
  const z = f32x4.mul(s, s);
  const w = f32x4.mul(z, z);
  const even = f32x4.mul(w, f32x4.add(f32x4.splat(R2), f32x4.mul(w, f32x4.splat(R4))));
  const odd = f32x4.mul(z, f32x4.add(f32x4.splat(R1), f32x4.mul(w, f32x4.splat(R3))));
  const halfSquare = f32x4.mul(f32x4.splat(0.5), f32x4.mul(f, f));
  const correction = f32x4.add(
    f32x4.mul(s, f32x4.add(halfSquare, f32x4.add(even, odd))),
    f32x4.mul(k, f32x4.splat(LN2_LOW)),
  );
  let result = f32x4.add(f32x4.sub(f, f32x4.sub(halfSquare, correction)), f32x4.mul(k, f32x4.splat(LN2_HIGH)));
  const infinite = f32x4.splat(f32.MAX_VALUE);
  result = v128.bitselect(x, result, f32x4.gt(x, infinite));
  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, zero));
  return v128.bitselect(f32x4.splat(NaN), result, v128.or(f32x4.lt(x, zero), f32x4.ne(x, x)));
}

/** out[i] = log x[i] for `count` floats; both arrays padded to a multiple of four. */
export function logArray(x: usize, out: usize, count: usize): void {
  for (const end = x + count * 4; x < end; x += 16, out += 16) v128.store(out, log(v128.load(x)));
}

/** Natural logarithm of a double, so that the caller's bits do not depend on the runtime's Math. */
export function logScalar(x: f64): f64 {
  return NativeMath.log(x);
}
