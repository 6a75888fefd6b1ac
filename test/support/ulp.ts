/** Errors in units of the last place of float32, against an exact value in float64. */

const bits = new DataView(new ArrayBuffer(4));

/** Distance between neighbouring float32 around a positive or negative `exact`; that of the subnormals below them. */
export function ulpOf(exact: number): number {
  bits.setFloat32(0, Math.abs(exact));
  const exponent = Math.max(1, bits.getUint32(0) >>> 23);
  // Rounding may have lifted the value over a power of two.
  const lifted = exponent > 1 && Math.abs(exact) < 2 ** (exponent - 127);
  return 2 ** (exponent - (lifted ? 1 : 0) - 150);
}

/** |got − exact| in ULP; 0 where both are the same infinity, NaN or zero, ∞ where only one is. */
export function ulpError(got: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Number.isNaN(got) || !Number.isFinite(exact)) return Object.is(got, rounded) ? 0 : Number.POSITIVE_INFINITY;
  if (Object.is(got, rounded) && !Number.isFinite(got)) return 0;
  // ∞ stands one step above the largest finite number.
  const finite = Number.isFinite(got) ? got : Math.sign(got) * 2 ** 128;
  return Math.abs(finite - exact) / ulpOf(Number.isFinite(rounded) ? exact : 2 ** 127);
}

/**
 * 2²⁰ float32, one at a pseudo-random place in each of 2²⁰ equal ranges of bit patterns, so that every sign and exponent,
 * the subnormals and NaN all have their share.
 */
export function stratifiedFloats(seed: number): Float32Array<ArrayBuffer> {
  const patterns = new Uint32Array(2 ** 20);
  let state = seed >>> 0;
  for (let i = 0; i < patterns.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    patterns[i] = (i << 12) | (state >>> 20);
  }
  return new Float32Array(patterns.buffer);
}
