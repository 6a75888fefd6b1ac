/**
 * How hard an objective pulls at the negatives of one anchor, where that is no worst case of a divergence: its weights up to their sum, the
 * larger the score the objective wants to lower most.
 */
import { engine } from '../../engine/index.js';
import type { StepParameters, TrainOptions } from '../../train/index.js';

/** f32[M] scores → f64[M] weights, not negative. */
export type Pull = (scores: Float32Array) => Float64Array;

/** The weights of an objective and their name for people. */
export interface OwnPull {
  name: string;
  weights: Pull;
}

/**
 * The pull of a run's objective; null for those whose weights are the worst case of a divergence, and for the triplet loss.
 *
 * HCL's are those of e^{s/τ} under its importance weights e^{βs/τ}, e^{(1+β)s/τ}: what the objective adds by not detaching the importance
 * weights pushes easy negatives the other way, and no adversary has weights below 0. DCL's are InfoNCE's.
 */
export function pullOf(options: TrainOptions, { temperature, mu, sigma }: StepParameters): OwnPull | null {
  const { alpha, beta, bias } = options;
  switch (options.loss) {
    case 'adnce':
      return { name: 'ADNCE', weights: gaussianPull(temperature, mu, sigma) };
    case 'hcl':
      return { name: 'HCL', weights: (scores) => exponentials(scores, (s) => ((1 + beta) * s) / temperature) };
    case 'alpha-cl':
      return { name: 'α-CL', weights: alphaPull(temperature, alpha) };
    case 'siglip':
      return { name: 'SigLIP', weights: sigmoidPull(temperature, bias) };
    default:
      return null;
  }
}

/** ADNCE: e^{s/τ} times its Gaussian. */
export function gaussianPull(temperature: number, mu: number, sigma: number): Pull {
  return (scores) => exponentials(scores, (s) => s / temperature - (s - mu) ** 2 / (2 * sigma * sigma));
}

/** α-CL: e^{−(1−s)^α/τ} */
export function alphaPull(temperature: number, alpha: number): Pull {
  const { core } = engine();
  return (scores) =>
    exponentials(scores, (s) => (s >= 1 ? 0 : -core.expScalar(alpha * core.logScalar(1 - s)) / temperature));
}

/** SigLIP: the sigmoid of s/τ + b, which asks for no other negative; what is worst-case of it is only how unequal the pulls are. */
export function sigmoidPull(temperature: number, bias: number): Pull {
  const { core } = engine();
  return (scores) =>
    exponentials(scores, (s) => {
      const x = s / temperature + bias;
      return Math.min(x, 0) - core.logScalar(1 + core.expScalar(-Math.abs(x)));
    });
}

/** e^g(s), relative to the largest, so that something is left of it however large g is. */
function exponentials(scores: Float32Array, g: (s: number) => number): Float64Array {
  const { core } = engine();
  const logs = Float64Array.from(scores, g);
  const top = logs.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  return logs.map((x) => core.expScalar(x - top));
}
