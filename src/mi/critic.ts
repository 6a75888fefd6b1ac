/** A separable critic: the score of a pair is the product of two embeddings, so that n² scores cost n encodings a side. */
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { mustHaveShape, rowProducts, scale, type Tensor } from '../tensor/index.js';

/**
 * T = U·Vᵀ/τ, with gradients to both sides.
 * @param u f32[n, k], embeddings of x_1 … x_n; unit rows make T a cosine over τ, as contrastive losses have it
 * @param v f32[n, k], embeddings of y_1 … y_n
 * @param options.temperature τ > 0. Default 1
 * @returns f32[n, n], the joint on the diagonal; O(n²) memory
 * @throws E_OPTION, E_SHAPE
 */
export function criticScores(u: Tensor, v: Tensor, options: { temperature?: number } = {}): Tensor {
  const where = 'criticScores';
  mustKnowKeys(where, options, ['temperature']);
  const temperature = mustBeNumber(where, 'temperature', options.temperature ?? 1, { above: 0 });
  mustHaveShape(where, 'u', u, [null, null], 'pass one embedding a row');
  mustHaveShape(where, 'v', v, u.shape, 'both sides need the same number and length of embeddings');
  const products = rowProducts(where, u, v);
  return temperature === 1 ? products : scale(products, 1 / temperature);
}
