/**
 * Worst cases of orders k > 2 around the border, the smallest score b that has a weight. Its weight (k − 1)·r to the power 1/(k − 1)
 * rises from 0 with infinite slope in r, how far the support reaches beyond b; so log r is solved for, and every other weight
 * is that of r plus the distance (s − b)/τ: nothing cancels.
 */

const TURNS = 200;
/** log of the smallest r; a border with less has weight 0 for all orders up to 20. */
const LOWEST: f64 = -745;

/** log of the weight of a score that stands `distance` = (s − b)/τ above the border. */
// @ts-ignore: decorator
@inline
export function borderLogWeight(distance: f64, rest: f64, slope: f64): f64 {
  if (distance < 0) return -Infinity;
  return NativeMath.log(slope * (NativeMath.exp(rest) + distance)) / slope;
}

/** Whether the scores above b have a mean weight of 1 already when b itself has none. */
export function borderTooLow(scores: usize, count: usize, border: f64, slope: f64, temperature: f64): bool {
  return meanAt(scores, count, border, LOWEST, slope, temperature) >= 1;
}

/** log r where the mean weight is 1, for a border that is not too low. */
export function borderRest(scores: usize, count: usize, border: f64, slope: f64, temperature: f64): f64 {
  let low = LOWEST;
  let high: f64 = 0;
  while (meanAt(scores, count, border, high, slope, temperature) < 1) high += 64;
  for (let turn = 0; turn < TURNS; turn++) {
    const middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    if (meanAt(scores, count, border, middle, slope, temperature) < 1) low = middle;
    else high = middle;
  }
  return high;
}

function meanAt(scores: usize, count: usize, border: f64, rest: f64, slope: f64, temperature: f64): f64 {
  let sum: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const distance = (<f64>load<f32>(scores + j * 4) - border) / temperature;
    sum += NativeMath.exp(borderLogWeight(distance, rest, slope));
  }
  return sum / <f64>count;
}
