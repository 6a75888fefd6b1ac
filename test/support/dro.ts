/**
 * Worst cases in float64, written from the definitions of maths §2 and not from the core: φ, φ* and φ*′ as they stand in its table, and ν
 * by plain bisection.
 */

export interface ReferenceDivergence {
  phi: (t: number) => number;
  star: (x: number) => number;
  weight: (x: number) => number;
}

/** φ_k with its conjugate; the limits k = 1 (KL) and k = 0 (reverse KL) have formulas of their own. */
export function powerReference(k: number): ReferenceDivergence {
  if (k === 1) {
    return {
      phi: (t) => (t > 0 ? t * Math.log(t) : 0) - t + 1,
      star: (x) => Math.exp(x) - 1,
      weight: (x) => Math.exp(x),
    };
  }
  if (k === 0) {
    return {
      phi: (t) => -Math.log(t) + t - 1,
      star: (x) => (x < 1 ? -Math.log(1 - x) : Number.POSITIVE_INFINITY),
      weight: (x) => (x < 1 ? 1 / (1 - x) : Number.POSITIVE_INFINITY),
    };
  }
  const base = (x: number) => 1 + (k - 1) * x;
  const beyond = k > 1 ? 0 : Number.POSITIVE_INFINITY;
  return {
    phi: (t) => (t ** k - k * t + k - 1) / (k * (k - 1)),
    star: (x) => ((base(x) > 0 ? base(x) ** (k / (k - 1)) : beyond) - 1) / k,
    weight: (x) => (base(x) > 0 ? base(x) ** (1 / (k - 1)) : beyond),
  };
}

export interface ReferenceWorstCase {
  weights: number[];
  nu: number;
  value: number;
  radius: number;
}

const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;

/** The worst case of float32 scores, by bisection of ν between the smallest and the largest. */
export function referenceWorstCase(
  scores: ArrayLike<number>,
  { phi, star, weight }: ReferenceDivergence,
  temperature: number,
): ReferenceWorstCase {
  const s = Array.from(scores);
  let [low, high] = [Math.min(...s), Math.max(...s)];
  const excess = (nu: number) => mean(s.map((x) => weight((x - nu) / temperature))) - 1;
  for (let turn = 0; turn < 200 && low < high; turn++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  const nu = high;
  const weights = s.map((x) => weight((x - nu) / temperature));
  return {
    weights,
    nu,
    value: nu + temperature * mean(s.map((x) => star((x - nu) / temperature))),
    radius: mean(weights.map(phi)),
  };
}

/** Cosines of an anchor with its negatives: float32 in [−1, 1). */
export function cosines(count: number, next: () => number): Float32Array {
  return Float32Array.from({ length: count }, next);
}
