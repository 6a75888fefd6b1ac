/** Triplet loss: the positive must beat every negative by a margin. */
import { mustBeNumber, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { type BatchOptions, checkBatch } from './common.js';
import { contrastiveLoss } from './contrast.js';

export const MARGIN: NumberRange = { min: 0, max: 2 };

/** Options of {@link triplet}. */
export interface TripletOptions extends BatchOptions {
  /** By how much the cosine of the positive is to be the larger one, 0 … 2. Default 0.2. */
  margin?: number;
}

/**
 * Triplet loss on cosines (maths §2): the mean over an anchor's negatives of max(0, margin + s_neg − s_pos).
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function triplet(a: Tensor, b: Tensor, options: TripletOptions = {}): Tensor {
  const where = 'triplet';
  const { layout, symmetric, candidates } = checkBatch(where, options, ['margin']);
  const margin = mustBeNumber(where, 'margin', options.margin ?? 0.2, MARGIN);
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: 'hingeStatistics',
      finish: 'hingeFinish',
      gradients: 'hingeGradients',
      bounds: [],
      search: { kind: 'hinge' },
      fields: () => ({ doubles: [margin], lanes: [] }),
    },
    positiveWeighted: false,
    symmetric,
    temperature: 1,
    candidates,
    learnt: [],
  });
}
