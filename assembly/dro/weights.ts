/**
 * The weights an objective gives its negatives, as numbers to look at: Gaussian ones of ADNCE and, for a constant
 * Gaussian, the worst case of KL-DRO. In float64, since they are read, not trained on.
 */

/**
 * out[j] = e^{λ_j}, λ = ℓ − log mean e^ℓ, with ℓ_j = slope·s_j − precision/2·(s_j − μ)²; their mean is 1.
 * ADNCE's weights have slope 0; InfoNCE's worst case has slope 1/τ and precision 0 (maths §2, §3).
 * @param scores f32[count]
 * @param out f32[count], may be `scores`
 */
export function exponentialWeights(scores: usize, count: usize, slope: f64, mu: f64, precision: f64, out: usize): void {
  let largest = -Infinity;
  for (let j: usize = 0; j < count; j++) {
    largest = max(largest, logWeight(load<f32>(scores + j * 4), slope, mu, precision));
  }
  let sum: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    sum += NativeMath.exp(logWeight(load<f32>(scores + j * 4), slope, mu, precision) - largest);
  }
  const shift = largest + NativeMath.log(sum / <f64>count);
  for (let j: usize = 0; j < count; j++) {
    const weight = NativeMath.exp(logWeight(load<f32>(scores + j * 4), slope, mu, precision) - shift);
    store<f32>(out + j * 4, <f32>weight);
  }
}

// @ts-ignore: decorator
@inline
function logWeight(score: f32, slope: f64, mu: f64, precision: f64): f64 {
  const s = <f64>score;
  const distance = s - mu;
  return slope * s - 0.5 * precision * distance * distance;
}
