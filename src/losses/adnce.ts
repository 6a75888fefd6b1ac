/** ADNCE, the paper's own objective. */
import { mustBeBoolean, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';
import type { Bound, Scalar } from './problem.js';
import { softmaxFields } from './softmax.js';

export const MU: NumberRange = { min: -100, max: 100 };
export const SIGMA: NumberRange = { min: 1e-3, max: 1e6 };

/** Options of {@link adnce}; the layout says which of the paper's three programs is followed. */
export interface AdnceOptions extends TemperatureOptions {
  /** Centre of the Gaussian weight, a cosine, −100 … 100. Scalar tensors are learnt when `detach` is false. */
  mu: Scalar;
  /** Width of the Gaussian weight, 0.001 … 1e6. */
  sigma: Scalar;
  /** Whether the weights are constants for the gradient, as in the paper. Default true. */
  detach?: boolean;
}

/**
 * ADNCE of two batches of embeddings (paper §5, maths §2): InfoNCE whose negatives are weighted by a Gaussian of their
 * cosine, normalised to mean 1, so that neither the too easy nor the too hard (often false) ones dominate.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar, nats
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function adnce(a: Tensor, b: Tensor, options: AdnceOptions): Tensor {
  const where = 'adnce';
  const { layout, symmetric, candidates } = checkBatch(where, options, ['temperature', 'mu', 'sigma', 'detach']);
  const detach = mustBeBoolean(where, 'detach', options.detach ?? true);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const mu = scalar(where, 'mu', options.mu, MU);
  const sigma = scalar(where, 'sigma', options.sigma, SIGMA);
  const kernels = detach ? 'adnce' : 'adnceAttached';
  // In `sentence` the sum and the weights run over all columns, the anchor's own positive among them.
  const positiveWeighted = layout === 'sentence' && candidates.inBatch;
  const positiveIn = layout === 'image' || positiveWeighted;
  const softmax = { mu, sigma, positiveIn, positiveWeighted, meanOfNegatives: layout === 'graph' };
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: `${kernels}Statistics`,
      finish: `${kernels}Finish`,
      gradients: `${kernels}Gradients`,
      bounds: [concaveBound(1 / temperature, mu, sigma), concaveBound(0, mu, sigma)],
      fields: (counts, engine) => softmaxFields(softmax, counts, engine),
    },
    positiveWeighted,
    symmetric,
    temperature,
    candidates,
    learnt: [options.temperature, ...(detach ? [] : [options.mu, options.sigma])].map(learnable),
  });
}

/** Largest value and range of slope·s − (s − μ)²/(2σ²) for cosines. */
function concaveBound(slope: number, mu: number, sigma: number): Bound {
  const value = (s: number) => slope * s - (s - mu) ** 2 / (2 * sigma * sigma);
  const peak = Math.min(1, Math.max(-1, mu + slope * sigma * sigma));
  const largest = value(peak);
  return { largest, range: largest - Math.min(value(-1), value(1)) };
}
