/** Estimators of mutual information in float64, written from maths §3: plain means over the diagonal and off it. */

const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;

export function logMeanExp(list: readonly number[]): number {
  const top = list.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  return top + Math.log(mean(list.map((x) => Math.exp(x - top))));
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export interface ReferenceEstimates {
  dv: number;
  infonce: number;
  nwj: number;
  js: number;
  smile: number;
  chi2: number;
}

/** @param t n·n scores, row by row */
export function referenceEstimates(t: ArrayLike<number>, n: number, clip: number): ReferenceEstimates {
  const all = Array.from(t);
  const row = (i: number) => all.slice(i * n, (i + 1) * n);
  const joint = all.filter((_, k) => Math.floor(k / n) === k % n);
  const product = all.filter((_, k) => Math.floor(k / n) !== k % n);
  const o = mean(product);
  return {
    dv: mean(joint) - logMeanExp(product),
    infonce: mean(joint.map((x, i) => x - logMeanExp(row(i)))),
    nwj: mean(joint) - mean(product.map((x) => Math.exp(x - 1))),
    js: -mean(joint.map((x) => softplus(-x))) - mean(product.map(softplus)),
    smile: mean(joint) - logMeanExp(product.map((x) => Math.min(clip, Math.max(-clip, x)))),
    chi2: mean(joint) - o - mean(product.map((x) => (x - o) ** 2)) / 2,
  };
}

/**
 * Pairs of d-dimensional Gaussians whose coordinates correlate by ρ, and the log density ratio of every x_i with every y_j: the critic
 * that no training can beat.
 */
export function gaussianScores(n: number, d: number, information: number, normal: () => number): Float32Array {
  const rho = Math.sqrt(1 - Math.exp((-2 * information) / d));
  const x = Array.from({ length: n * d }, normal);
  const y = x.map((value) => rho * value + Math.sqrt(1 - rho * rho) * normal());
  return Float32Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = information;
    for (let k = 0; k < d; k++) {
      const [a, b] = [x[i * d + k] as number, y[j * d + k] as number];
      sum += (rho * a * b - (rho * rho * (a * a + b * b)) / 2) / (1 - rho * rho);
    }
    return sum;
  });
}

/** Normal draws from uniform ones in [−1, 1) (Box and Muller). */
export function normalFrom(next: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - (next() + 1) / 2)) * Math.cos(Math.PI * next());
}
