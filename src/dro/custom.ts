/**
 * Worst cases of a divergence given as functions. With gaps d_j = (max s − s_j)/τ and ν = max s − τu, the weights are
 * φ*′(u − d_j) and u ≥ 0 solves E φ*′(u − d) = 1; it lies in [0, d_max] because φ*′(0) = 1 and φ*′ rises.
 */
import { AdnceError } from '../errors.js';
import type { CustomDivergence } from './divergence.js';
import { root } from './root.js';

/** Weights and summary of a user's divergence. @throws E_VALUE when its functions are no divergence's */
export function worstCaseCustom(
  where: string,
  scores: ArrayLike<number>,
  divergence: CustomDivergence,
  temperature: number,
): { weights: Float64Array; nu: number; value: number; radius: number } {
  const count = scores.length;
  let top = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < count; j++) top = Math.max(top, scores[j] as number);
  const gaps = Float64Array.from(scores, (s) => (top - s) / temperature);
  const widest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  // Beyond the domain of φ* the naive formula of a weight may be negative or NaN: both mean that u is too large.
  const weight = (x: number) => {
    const w = divergence.conjugateDerivative(x);
    return w >= 0 ? w : Number.POSITIVE_INFINITY;
  };
  const excess = (u: number) => {
    let sum = 0;
    for (const gap of gaps) sum += weight(u - gap);
    return sum / count - 1;
  };
  const u = widest === 0 ? 0 : root(excess, 0, widest);
  const weights = gaps.map((gap) => weight(u - gap));
  let [sum, conjugates, radius] = [0, 0, 0];
  for (let j = 0; j < count; j++) {
    const w = weights[j] as number;
    sum += w;
    conjugates += divergence.conjugate(u - (gaps[j] as number));
    radius += divergence.phi(w);
  }
  const result = {
    weights,
    nu: top - temperature * u,
    value: top - temperature * (u - conjugates / count),
    radius: radius / count,
  };
  const settled = Math.abs(sum / count - 1) < 1e-6 && Number.isFinite(result.value) && Number.isFinite(result.radius);
  if (!settled) {
    throw new AdnceError('E_VALUE', {
      where,
      what: `the weights of the divergence must have a mean of 1 and finite φ and φ*, got a mean of ${sum / count}, a value of ${result.value} and a radius of ${result.radius}`,
      hint: 'φ*′ must rise, be 1 at 0, and be +Infinity beyond the domain of φ*; φ must be finite where a weight can be',
    });
  }
  return result;
}
