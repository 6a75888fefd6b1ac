/** SigLIP: every pair of the batch is a yes-or-no question of its own. */
import type { NumberRange } from '../options.js';
import { mustKnowKeys } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE } from './common.js';
import { contrastiveLoss } from './contrast.js';
import type { Scalar } from './problem.js';
import type { MemoryQueue } from './queue.js';

export const BIAS: NumberRange = { min: -1e4, max: 1e4 };

/** Options of {@link sigLIP}. */
export interface SigLipOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. The paper starts at 0.1. */
  temperature: Scalar;
  /** b, added to every logit, −10⁴ … 10⁴; a scalar tensor is learnt. The paper starts at −10. Default 0. */
  bias?: Scalar;
  /** More rows that match no anchor, f32[k, d]. */
  negatives?: Tensor;
  /** Rows of earlier batches that match no anchor. */
  queue?: MemoryQueue;
}

/**
 * Sigmoid loss (Zhai et al. 2023; maths §2): (1/n)·Σ_ij log(1 + e^{−y_ij(s_ij/τ + b)}), y_ij = 1 for pairs and −1 elsewhere. It
 * is its own mirror image, so there is no `symmetric`.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i matches row i of a
 * @returns the loss per anchor, a scalar, nats
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function sigLIP(a: Tensor, b: Tensor, options: SigLipOptions): Tensor {
  const where = 'sigLIP';
  mustKnowKeys(where, options, ['temperature', 'bias', 'negatives', 'queue']);
  const { candidates } = checkBatch(where, options, ['temperature', 'bias']);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const bias = scalar(where, 'bias', options.bias ?? 0, BIAS);
  return contrastiveLoss(a, b, {
    where,
    layout: 'sentence',
    objective: {
      statistics: 'siglipStatistics',
      finish: 'siglipFinish',
      gradients: 'siglipGradients',
      bounds: [],
      fields: () => ({ doubles: [bias], lanes: [bias] }),
    },
    positiveWeighted: false,
    symmetric: false,
    temperature,
    candidates,
    learnt: [options.temperature, options.bias ?? 0].map(learnable),
  });
}
