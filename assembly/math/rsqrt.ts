/**
 * 1/√x for four lanes: two correctly rounded instructions, so the error stays below 1.5 ULP
 * and the bits are the same on every machine (no reciprocal estimate).
 */

// @ts-ignore: decorator
@inline
export function rsqrt(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
}

/** out[i] = 1/√x[i] for `count` floats; both arrays padded to a multiple of four. */
export function rsqrtArray(x: usize, out: usize, count: usize): void {
  for (const end = x + count * 4; x < end; x += 16, out += 16) v128.store(out, rsqrt(v128.load(x)));
}
