/**
 * Worst cases of the power divergences (Cressie and Read; maths §2), φ_k(t) = (t^k − kt + k − 1)/(k(k − 1)): order k = 1 is KL,
 * 2 is χ², 0 is reverse KL, and nothing happens between them.
 *
 * Method: with gaps d_j = (max s − s_j)/τ ≥ 0 and θ the log-weight of the largest score, the weights φ*'((s − ν)/τ) are
 *
 *     log w_j = θ + log1p(−(k − 1)·y_j)/(k − 1),   y_j = d_j·e^{−(k−1)θ}          (k = 1: log w_j = θ − d_j)
 *     ν = max s − τ·(e^{(k−1)θ} − 1)/(k − 1)                                      (k = 1: max s − τθ)
 *
 * so that nothing is larger than a weight. θ lies in [0, log(M/ties)], where log E w rises from below 0 to above it with
 * slope ⟨1/(1 − (k − 1)y)⟩_w: safeguarded Newton, in one step for KL.
 */
import { borderLogWeight, borderRest, borderTooLow } from './border';

const TURNS = 300;
/** Spacing of float64 below 1, and an excess that sums of many terms may well have. */
const SPACING: f64 = 2.3e-16;
const NOISE: f64 = 1e-13;

/**
 * @param scores f32[count], finite
 * @param order k
 * @param temperature τ > 0
 * @param weights f64[count], mean 1, or 0 when they are not wanted
 * @param summary f64[3]: ν, the penalised sup max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0), the radius D_φ = E φ(w)
 *
 * Cost: O(count) for each of about ten turns. Error: that of float64 sums of count terms.
 */
export function worstCasePower(
  scores: usize,
  count: usize,
  order: f64,
  temperature: f64,
  weights: usize,
  summary: usize,
): void {
  const slope = order - 1;
  const top = largest(scores, count);
  const theta = logTopWeight(scores, count, top, slope, temperature);
  const shrink = NativeMath.exp(-slope * theta);
  // Above order 2 a weight may rise from 0 faster than θ has digits.
  const steep = slope > 1 && abs(meanWeight(scores, count, top, slope, temperature, theta) - 1) > NOISE;
  let border: f64 = 0;
  let rest: f64 = 0;
  if (steep) {
    border = borderScore(scores, count, top, slope, temperature, theta);
    rest = borderRest(scores, count, border, slope, temperature);
  }
  let gaps: f64 = 0;
  let radius: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const s = <f64>load<f32>(scores + j * 4);
    const gap = (top - s) / temperature;
    const logWeight = steep
      ? borderLogWeight((s - border) / temperature, rest, slope)
      : theta + logRatio(gap * shrink, slope);
    const weight = NativeMath.exp(logWeight);
    if (weight > 0) gaps += weight * gap;
    radius += powerDivergence(logWeight, order);
    if (weights) store<f64>(weights + j * 8, weight);
  }
  radius /= <f64>count;
  const depth = slope == 0 ? theta : NativeMath.expm1(slope * theta) / slope;
  store<f64>(summary, top - temperature * depth);
  store<f64>(summary, top - temperature * (gaps / <f64>count + radius), 8);
  store<f64>(summary, radius, 16);
}

/** The largest of `count` floats. */
export function largest(scores: usize, count: usize): f64 {
  let top = load<f32>(scores);
  for (let j: usize = 1; j < count; j++) top = max(top, load<f32>(scores + j * 4));
  return <f64>top;
}

/** θ: where the mean weight is 1; the nearest float64 above it where the mean is too steep to meet 1. */
function logTopWeight(scores: usize, count: usize, top: f64, slope: f64, temperature: f64): f64 {
  let same: usize = 0;
  for (let j: usize = 0; j < count; j++) if (<f64>load<f32>(scores + j * 4) == top) same++;
  if (same == count) return 0;
  let low: f64 = 0;
  let high = NativeMath.log(<f64>count / <f64>same);
  let theta: f64 = 0;
  let before = Infinity;
  for (let turn = 0; turn < TURNS; turn++) {
    const shrink = NativeMath.exp(-slope * theta);
    let sum: f64 = 0;
    let tilt: f64 = 0;
    for (let j: usize = 0; j < count; j++) {
      const y = ((top - <f64>load<f32>(scores + j * 4)) / temperature) * shrink;
      const ratio = NativeMath.exp(logRatio(y, slope));
      sum += ratio;
      if (ratio > 0) tilt += ratio / (1 - slope * y);
    }
    const excess = theta + NativeMath.log(sum / <f64>count);
    if (excess < 0) low = theta;
    else high = theta;
    const step = (excess * sum) / tilt;
    const digit = SPACING * max(1, theta);
    if (abs(step) <= digit && abs(excess) <= NOISE) return theta;
    if (high - low <= digit) return high;
    // Bisect where Newton would leave the bracket, stand still or not halve the excess.
    const slow = abs(excess) > 0.5 * before && turn > 1;
    const next = theta - step;
    theta = slow || !(next > low && next < high) ? 0.5 * (low + high) : next;
    before = slow ? Infinity : abs(excess);
  }
  return high;
}

/** log(w/w_max) of a score whose gap is y times e^{(k−1)θ}. */
// @ts-ignore: decorator
@inline
function logRatio(y: f64, slope: f64): f64 {
  if (slope == 0) return -y;
  const used = slope * y;
  return used >= 1 ? -Infinity : NativeMath.log1p(-used) / slope;
}

function meanWeight(scores: usize, count: usize, top: f64, slope: f64, temperature: f64, theta: f64): f64 {
  const shrink = NativeMath.exp(-slope * theta);
  let sum: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const y = ((top - <f64>load<f32>(scores + j * 4)) / temperature) * shrink;
    sum += NativeMath.exp(theta + logRatio(y, slope));
  }
  return sum / <f64>count;
}

/** The smallest score that has a weight at θ, or the next one where that is too low for a mean of 1. */
function borderScore(scores: usize, count: usize, top: f64, slope: f64, temperature: f64, theta: f64): f64 {
  const shrink = NativeMath.exp(-slope * theta);
  let border = top;
  for (let j: usize = 0; j < count; j++) {
    const s = <f64>load<f32>(scores + j * 4);
    if (s < border && slope * ((top - s) / temperature) * shrink < 1) border = s;
  }
  while (border < top && borderTooLow(scores, count, border, slope, temperature)) {
    let next = top;
    for (let j: usize = 0; j < count; j++) {
      const s = <f64>load<f32>(scores + j * 4);
      if (s > border) next = min(next, s);
    }
    border = next;
  }
  return border;
}

/**
 * φ_k(e^ℓ), to the last few bits for every k and ℓ. Near ℓ = 0, where it is ℓ²/2, by Σ_{n≥2} (1 + k + … + k^{n−2})·ℓⁿ/n!;
 * elsewhere by whichever form does not divide by a small k or k − 1.
 */
export function powerDivergence(logWeight: f64, order: f64): f64 {
  if (abs(logWeight) * max(1, abs(order)) < 0.5) {
    let sum: f64 = 0;
    let term = logWeight;
    let count: f64 = 0;
    for (let n = 2; n < 18; n++) {
      term *= logWeight / <f64>n;
      count = count * order + 1;
      sum += count * term;
    }
    return sum;
  }
  if (order < 0.5) {
    // A subnormal order would lose its digits in the product.
    const first = abs(order) < 1e-300 ? logWeight : NativeMath.expm1(order * logWeight) / order;
    return (first - NativeMath.expm1(logWeight)) / (order - 1);
  }
  if (logWeight == -Infinity) return 1 / order;
  const slope = order - 1;
  const first = slope == 0 ? logWeight : NativeMath.expm1(slope * logWeight) / slope;
  return (NativeMath.exp(logWeight) * first - NativeMath.expm1(logWeight)) / order;
}
