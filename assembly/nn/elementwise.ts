/** Sums, products and scalings of arrays of `count` floats, no alignment needed; `out` may be an input. */
import { loadOne, promoteHigh, promoteLow, storeOne, sumPair } from './lanes';

/** out = a + b. */
export function addArrays(a: usize, b: usize, out: usize, count: usize): void {
  for (const end = a + (count & ~3) * 4; a < end; a += 16, b += 16, out += 16) {
    v128.store(out, f32x4.add(v128.load(a), v128.load(b)));
  }
  for (const end = a + (count & 3) * 4; a < end; a += 4, b += 4, out += 4) {
    storeOne(out, f32x4.add(loadOne(a), loadOne(b)));
  }
}

/** out = a·b, element by element. */
export function multiplyArrays(a: usize, b: usize, out: usize, count: usize): void {
  for (const end = a + (count & ~3) * 4; a < end; a += 16, b += 16, out += 16) {
    v128.store(out, f32x4.mul(v128.load(a), v128.load(b)));
  }
  for (const end = a + (count & 3) * 4; a < end; a += 4, b += 4, out += 4) {
    storeOne(out, f32x4.mul(loadOne(a), loadOne(b)));
  }
}

/** target += a·b, element by element. */
export function addProduct(target: usize, a: usize, b: usize, count: usize): void {
  for (const end = a + (count & ~3) * 4; a < end; a += 16, b += 16, target += 16) {
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(v128.load(a), v128.load(b))));
  }
  for (const end = a + (count & 3) * 4; a < end; a += 4, b += 4, target += 4) {
    storeOne(target, f32x4.add(loadOne(target), f32x4.mul(loadOne(a), loadOne(b))));
  }
}

/** out = factor·x. */
export function scaleArray(x: usize, out: usize, count: usize, factor: f64): void {
  const f = f32x4.splat(<f32>factor);
  for (const end = x + (count & ~3) * 4; x < end; x += 16, out += 16) v128.store(out, f32x4.mul(v128.load(x), f));
  for (const end = x + (count & 3) * 4; x < end; x += 4, out += 4) storeOne(out, f32x4.mul(loadOne(x), f));
}

/** target += factor·x. */
export function addScaledArray(target: usize, x: usize, count: usize, factor: f64): void {
  const f = f32x4.splat(<f32>factor);
  for (const end = x + (count & ~3) * 4; x < end; x += 16, target += 16) {
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(v128.load(x), f)));
  }
  for (const end = x + (count & 3) * 4; x < end; x += 4, target += 4) {
    storeOne(target, f32x4.add(loadOne(target), f32x4.mul(loadOne(x), f)));
  }
}

/** target += value. */
export function addConstant(target: usize, count: usize, value: f64): void {
  const v = f32x4.splat(<f32>value);
  for (const end = target + (count & ~3) * 4; target < end; target += 16) {
    v128.store(target, f32x4.add(v128.load(target), v));
  }
  for (const end = target + (count & 3) * 4; target < end; target += 4) storeOne(target, f32x4.add(loadOne(target), v));
}

/** Σ x in float64. Order: four interleaved sums, then the last up to three. */
export function sumArray(x: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (const end = x + (count & ~3) * 4; x < end; x += 16) {
    const four = v128.load(x);
    low = f64x2.add(low, promoteLow(four));
    high = f64x2.add(high, promoteHigh(four));
  }
  let sum = sumPair(f64x2.add(low, high));
  for (const end = x + (count & 3) * 4; x < end; x += 4) sum += <f64>load<f32>(x);
  return sum;
}
