/** The global norm of gradients and its clipping: rows of `width` floats that stand `stride` bytes apart. */
import { loadOne, promoteHigh, promoteLow, storeOne, sumPair } from '../nn/lanes';

/** Σ x² in float64: at most 3.4e38² · 2³², far from overflow. Order: row by row; in a row four interleaved sums. */
export function sumOfSquares(x: usize, stride: usize, width: usize, rows: usize): f64 {
  let total: f64 = 0;
  for (let row: usize = 0; row < rows; row++, x += stride) total += rowSquares(x, width);
  return total;
}

// @ts-ignore: decorator
@inline
function rowSquares(x: usize, width: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (const end = x + (width & ~3) * 4; x < end; x += 16) {
    const four = v128.load(x);
    const left = promoteLow(four);
    const right = promoteHigh(four);
    low = f64x2.add(low, f64x2.mul(left, left));
    high = f64x2.add(high, f64x2.mul(right, right));
  }
  let sum = sumPair(f64x2.add(low, high));
  for (const end = x + (width & 3) * 4; x < end; x += 4) {
    const value = <f64>load<f32>(x);
    sum += value * value;
  }
  return sum;
}

/** x *= factor. */
export function scaleRows(x: usize, stride: usize, width: usize, rows: usize, factor: f64): void {
  const f = f32x4.splat(<f32>factor);
  for (let row: usize = 0; row < rows; row++, x += stride) {
    let p = x;
    for (const end = p + (width & ~3) * 4; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), f));
    for (const end = p + (width & 3) * 4; p < end; p += 4) storeOne(p, f32x4.mul(loadOne(p), f));
  }
}
