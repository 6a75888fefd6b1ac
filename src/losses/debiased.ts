/** DCL and HCL: InfoNCE with an estimate of its negatives that allows for false ones among them. */
import { mustBeNumber, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';
import type { Bound } from './problem.js';

export const TAU_PLUS: NumberRange = { min: 0, max: 0.99 };
export const BETA: NumberRange = { min: 0, max: 100 };

/** Options of {@link dcl}. */
export interface DclOptions extends TemperatureOptions {
  /** τ⁺, the chance that a negative is of the anchor's own class, 0 … 0.99; 0 leaves InfoNCE. Default 0.1. */
  tauPlus?: number;
}

/** Options of {@link hcl}. */
export interface HclOptions extends DclOptions {
  /** β, how much more hard negatives count, 0 … 100; 0 leaves DCL. Default 1. */
  beta?: number;
}

/**
 * Debiased contrastive loss (Chuang et al. 2020; maths §2): the sum over negatives less what false ones should contribute.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar, nats
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function dcl(a: Tensor, b: Tensor, options: DclOptions): Tensor {
  return debiased('dcl', a, b, options, 0);
}

/**
 * Hard, debiased contrastive loss (Robinson et al. 2021; maths §2): as {@link dcl}, with negatives weighted by e^{βs/τ}. The weights
 * carry gradients, as in the authors' program.
 */
export function hcl(a: Tensor, b: Tensor, options: HclOptions): Tensor {
  return debiased('hcl', a, b, options, mustBeNumber('hcl', 'beta', options.beta ?? 1, BETA));
}

function debiased(where: 'dcl' | 'hcl', a: Tensor, b: Tensor, options: HclOptions, beta: number): Tensor {
  const own = ['temperature', 'tauPlus', ...(where === 'hcl' ? ['beta'] : [])];
  const { layout, symmetric, candidates } = checkBatch(where, options, own);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const tauPlus = mustBeNumber(where, 'tauPlus', options.tauPlus ?? 0.1, TAU_PLUS);
  const slopes = [(1 + beta) / temperature, beta / temperature];
  const bounds: Bound[] = slopes.map((slope) => ({ largest: slope, range: 2 * slope }));
  const kernels = where === 'dcl' ? 'infoNce' : 'slopes';
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: `${kernels}Statistics`,
      finish: `${where}Finish`,
      gradients: `${kernels}Gradients`,
      bounds,
      fields: () => ({ doubles: [tauPlus, beta], lanes: slopes }),
    },
    positiveWeighted: false,
    symmetric,
    temperature,
    candidates,
    learnt: [learnable(options.temperature)],
  });
}
