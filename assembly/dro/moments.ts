/** Moments of scores, and the constant of Theorem 3.3. */

/** Mean and biased variance of f32[count] into out f64[2]; two passes, so that nothing cancels. */
export function scoreMoments(scores: usize, count: usize, out: usize): void {
  let sum: f64 = 0;
  for (let j: usize = 0; j < count; j++) sum += <f64>load<f32>(scores + j * 4);
  const mean = sum / <f64>count;
  let squares: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const distance = <f64>load<f32>(scores + j * 4) - mean;
    squares += distance * distance;
  }
  store<f64>(out, mean);
  store<f64>(out, squares / <f64>count, 8);
}

/**
 * By how much τ·log E e^{s/τ} can change when one of `negatives` scores does, scores in an interval of length `range`:
 * c = τ·log(1 + (e^{range/τ} − 1)/M) (maths §3). For a long interval as range − τ·(log M − log1p((M − 1)·e^{−range/τ})).
 */
export function boundedDifference(range: f64, temperature: f64, negatives: f64): f64 {
  const x = range / temperature;
  if (x < 1) return temperature * NativeMath.log1p(NativeMath.expm1(x) / negatives);
  return range - temperature * (NativeMath.log(negatives) - NativeMath.log1p((negatives - 1) * NativeMath.exp(-x)));
}
