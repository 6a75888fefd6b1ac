/** α-CL-direct: negatives weighted by a function of their distance, the weights constants for the gradient. */
import { mustBeBoolean, mustBeNumber, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, mustNotLearn, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';

export const ALPHA: NumberRange = { min: 0.1, max: 16 };

/** Options of {@link alphaCL}. */
export interface AlphaClOptions extends TemperatureOptions {
  /** α, the power of the distance 1 − s in the weight e^{−(1−s)^α/τ}, 0.1 … 16. Default 2. */
  alpha?: number;
  /** Whether the weights of an anchor are divided by their sum. Default true. */
  normalized?: boolean;
}

/**
 * α-CL-direct (Tian 2022; maths §2): ℓ = Σ_j w_j·(s_j − p) with w_j = e^{−(1−s_j)^α/τ}, normalised or not. The temperature stands in
 * the weights alone, which are constants, so it can't be learnt.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function alphaCL(a: Tensor, b: Tensor, options: AlphaClOptions): Tensor {
  const where = 'alphaCL';
  const { layout, symmetric, candidates } = checkBatch(where, options, ['temperature', 'alpha', 'normalized']);
  mustNotLearn(where, 'temperature', options.temperature, 'its weights are constants for the gradient; pass a number');
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const alpha = mustBeNumber(where, 'alpha', options.alpha ?? 2, ALPHA);
  const normalized = mustBeBoolean(where, 'normalized', options.normalized ?? true);
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: 'alphaStatistics',
      finish: 'alphaFinish',
      gradients: 'alphaGradients',
      bounds: [{ largest: 0, range: 2 ** alpha / temperature }],
      fields: () => ({ doubles: [Number(normalized), alpha], lanes: [alpha] }),
    },
    positiveWeighted: false,
    symmetric,
    temperature,
    candidates,
    learnt: [],
  });
}
