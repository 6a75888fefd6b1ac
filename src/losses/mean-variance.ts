/** Mean-variance: what every CL-DRO objective is to second order. */
import { mustBeNumber, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';

const CURVATURE: NumberRange = { min: 1e-3, max: 1e3 };

/** Options of {@link meanVariance}. */
export interface MeanVarianceOptions extends TemperatureOptions {
  /** φ″(1) of the divergence that is approximated, 0.001 … 1000; those of maths §2 have 1, the default. */
  curvature?: number;
}

/**
 * Mean-variance objective (paper eq. 8, Theorem 3.5): ℓ = −p + E s + Var(s)/(2τφ″(1)). The temperature is the price of a
 * unit of variance among the negatives.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function meanVariance(a: Tensor, b: Tensor, options: MeanVarianceOptions): Tensor {
  const where = 'meanVariance';
  const { layout, symmetric, candidates } = checkBatch(where, options, ['temperature', 'curvature']);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const curvature = mustBeNumber(where, 'curvature', options.curvature ?? 1, CURVATURE);
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: 'momentsStatistics',
      finish: 'momentsFinish',
      gradients: 'momentsGradients',
      bounds: [],
      fields: () => ({ doubles: [curvature], lanes: [] }),
    },
    positiveWeighted: false,
    symmetric,
    temperature,
    candidates,
    learnt: [learnable(options.temperature)],
  });
}
