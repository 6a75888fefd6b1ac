/**
 * Rows to unit length and back. Sums are taken in float64, so that norms from 1e-12 to 1e38 neither
 * overflow nor lose digits; a row shorter than 1e-12 becomes 0 and its gradient is 0.
 *
 *     u = a/‖a‖                          da += (g − u (u·g))·scale/‖a‖        (maths §1)
 */

const SHORTEST: f64 = 1e-12;

// @ts-ignore: decorator
@inline
function sumLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** a·b of `d` floats, in float64. Order: lanes 0 and 2 | 1 and 3 interleaved, then the tail. */
export function dot(a: usize, b: usize, d: usize): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  const end = a + (d & ~3) * 4;
  for (; a < end; a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    sum0 = f64x2.add(sum0, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
    sum1 = f64x2.add(sum1, f64x2.mul(promoteHigh(x), promoteHigh(y)));
  }
  let total = sumLanes(f64x2.add(sum0, sum1));
  for (let i: usize = 0; i < (d & 3); i++) total += <f64>load<f32>(a + i * 4) * <f64>load<f32>(b + i * 4);
  return total;
}

/** a·b of `d` doubles. */
export function dotDoubles(a: usize, b: usize, d: usize): f64 {
  let sum = f64x2.splat(0);
  const end = a + (d & ~1) * 8;
  for (; a < end; a += 16, b += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a), v128.load(b)));
  const total = sumLanes(sum);
  return d & 1 ? total + load<f64>(a) * load<f64>(b) : total;
}

// @ts-ignore: decorator
@inline
function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

/** out = x·factor over `d` floats; the product is taken in float64 and rounded once. */
// @ts-ignore: decorator
@inline
function scaleRow(x: usize, d: usize, factor: f64, out: usize): void {
  const f = f64x2.splat(factor);
  let i: usize = 0;
  for (; i + 4 <= d; i += 4) {
    const row = v128.load(x + i * 4);
    const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(row), f));
    const high = f32x4.demote_f64x2_zero(f64x2.mul(promoteHigh(row), f));
    v128.store(out + i * 4, v128.shuffle<i64>(low, high, 0, 2));
  }
  for (; i < d; i++) store<f32>(out + i * 4, <f32>(<f64>load<f32>(x + i * 4) * factor));
}

/**
 * @param a f32[n, d]
 * @param unit f32[n, unitStride/4], the padding past d is left alone
 * @param inverseNorm f64[n], 1/‖a‖ or 0 for a row that is too short
 * @returns number of rows that hold NaN or ±∞, for the caller to refuse: exp would turn their bits into something else
 */
export function l2NormalizeForward(
  a: usize,
  n: usize,
  d: usize,
  unit: usize,
  unitStride: usize,
  inverseNorm: usize,
): usize {
  let bad: usize = 0;
  for (let row: usize = 0; row < n; row++, a += d * 4, unit += unitStride, inverseNorm += 8) {
    const norm = sqrt<f64>(dot(a, a, d));
    const inverse = norm < SHORTEST ? 0 : 1 / norm;
    scaleRow(a, d, inverse, unit);
    store<f64>(inverseNorm, inverse);
    if (!isFinite(norm)) bad++;
  }
  return bad;
}

/**
 * Unit rows whose digits are not rounded to float32.
 * @param a f32[n, stride/4]
 * @param inverseNorm f64[n] of {@link l2NormalizeForward}, or 0 for rows of unit length
 * @param unit f64[n, d]
 */
export function l2NormalizeDoubles(a: usize, stride: usize, n: usize, d: usize, inverseNorm: usize, unit: usize): void {
  for (let row: usize = 0; row < n; row++, a += stride, unit += d * 8) {
    const inverse = inverseNorm ? load<f64>(inverseNorm + row * 8) : 1;
    for (let i: usize = 0; i < d; i++) store<f64>(unit + i * 8, <f64>load<f32>(a + i * 4) * inverse);
  }
}

/**
 * da += (g − u (u·g))·scale/‖a‖.
 * @param da f32[n, d]
 * @param g f32[n, gStride/4], gradient of the unit rows
 */
export function l2NormalizeBackward(
  da: usize,
  g: usize,
  gStride: usize,
  unit: usize,
  unitStride: usize,
  inverseNorm: usize,
  n: usize,
  d: usize,
  scale: f64,
): void {
  for (let row: usize = 0; row < n; row++, da += d * 4, g += gStride, unit += unitStride, inverseNorm += 8) {
    const factor = load<f64>(inverseNorm) * scale;
    const along = dot(unit, g, d);
    const factorPair = f64x2.splat(factor);
    const alongPair = f64x2.splat(along);
    let i: usize = 0;
    for (; i + 4 <= d; i += 4) {
      const gRow = v128.load(g + i * 4);
      const uRow = v128.load(unit + i * 4);
      const low = f64x2.sub(f64x2.promote_low_f32x4(gRow), f64x2.mul(f64x2.promote_low_f32x4(uRow), alongPair));
      const high = f64x2.sub(promoteHigh(gRow), f64x2.mul(promoteHigh(uRow), alongPair));
      const step = v128.shuffle<i64>(
        f32x4.demote_f64x2_zero(f64x2.mul(low, factorPair)),
        f32x4.demote_f64x2_zero(f64x2.mul(high, factorPair)),
        0,
        2,
      );
      v128.store(da + i * 4, f32x4.add(v128.load(da + i * 4), step));
    }
    for (; i < d; i++) {
      const value = (<f64>load<f32>(g + i * 4) - <f64>load<f32>(unit + i * 4) * along) * factor;
      store<f32>(da + i * 4, load<f32>(da + i * 4) + <f32>value);
    }
  }
}
