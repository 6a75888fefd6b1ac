/** ADNCE's weights as numbers to look at. In float64, since they are read, not trained on. */

/**
 * out[j] = e^{λ_j}, λ = g − log mean e^g, with g_j = −precision/2·(s_j − μ)² (maths §2); their mean is 1.
 * @param scores f32[count]
 * @param precision 1/σ²
 * @param out f32[count], may be `scores`
 */
export function gaussianWeights(scores: usize, count: usize, mu: f64, precision: f64, out: usize): void {
  let largest = -Infinity;
  for (let j: usize = 0; j < count; j++) {
    largest = max(largest, logWeight(load<f32>(scores + j * 4), mu, precision));
  }
  let sum: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    sum += NativeMath.exp(logWeight(load<f32>(scores + j * 4), mu, precision) - largest);
  }
  const shift = largest + NativeMath.log(sum / <f64>count);
  for (let j: usize = 0; j < count; j++) {
    const weight = NativeMath.exp(logWeight(load<f32>(scores + j * 4), mu, precision) - shift);
    store<f32>(out + j * 4, <f32>weight);
  }
}

// @ts-ignore: decorator
@inline
function logWeight(score: f32, mu: f64, precision: f64): f64 {
  const distance = <f64>score - mu;
  return -0.5 * precision * distance * distance;
}
