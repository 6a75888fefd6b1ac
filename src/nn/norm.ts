/** Normalisations: layer norm, and rows to unit length. */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { mustHaveShape, output, parameter, record, type Tensor } from '../tensor/index.js';
import { Module } from './module.js';

/**
 * (x − mean)/√(var + eps)·weight + bias, mean and variance of each row (Ba, Kiros & Hinton, 2016).
 * @param x f32[n, d]
 * @param weight,bias f32[d]
 * @throws E_SHAPE
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  mustHaveShape('layerNorm', 'x', x, [null, null]);
  const [n, d] = x.shape as [number, number];
  mustHaveShape('layerNorm', 'weight', weight, [d]);
  mustHaveShape('layerNorm', 'bias', bias, [d]);
  mustBeNumber('layerNorm', 'eps', eps, { min: 0 });
  const y = output([x, weight, bias], x.shape, 'layerNorm');
  const { core, arena } = y.engine;
  const stats = arena.stack(n * 16, 'layerNorm');
  core.layerNormForward(x.pointer, weight.pointer, bias.pointer, y.pointer, stats, n, d, eps);
  record(y, () => {
    const dx = x.requiresGrad ? x.gradPointer : 0;
    const work = arena.stack(d * 16, 'layerNorm');
    const dWeight = weight.requiresGrad ? weight.gradPointer : 0;
    const dBias = bias.requiresGrad ? bias.gradPointer : 0;
    core.layerNormBackward(dx, dWeight, dBias, y.gradPointer, x.pointer, weight.pointer, stats, n, d, work);
  });
  return y;
}

/** {@link layerNorm} with a learnt weight, 1 at first, and bias, 0 at first. */
export class LayerNorm extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly eps: number;

  /** @param d length of a row */
  constructor(d: number, options: { eps?: number } = {}) {
    super();
    mustKnowKeys('LayerNorm', options, ['eps']);
    mustBeInteger('LayerNorm', 'd', d, { min: 1 });
    this.eps = mustBeNumber('LayerNorm', 'eps', options.eps ?? 1e-5, { min: 0 });
    this.weight = this.own('weight', parameter([d], 'weight'));
    this.weight.data.fill(1);
    this.bias = this.own('bias', parameter([d], 'bias'));
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, this.eps);
  }
}

/**
 * Rows to length 1; a row shorter than 1e-12 becomes 0. Losses do this themselves.
 * @param x f32[n, d]
 * @throws E_SHAPE, E_VALUE when x is not finite
 */
export function l2Normalize(x: Tensor): Tensor {
  const where = 'l2Normalize';
  mustHaveShape(where, 'x', x, [null, null]);
  const [n, d] = x.shape as [number, number];
  const y = output([x], x.shape, where);
  const { core, arena } = y.engine;
  const inverse = arena.stack(n * 8, where);
  const bad = core.l2NormalizeForward(x.pointer, n, d, y.pointer, d * 4, inverse);
  if (bad > 0) {
    throw new AdnceError('E_VALUE', {
      where,
      what: `"x" must be finite, got NaN or infinity in ${bad} of ${n} rows`,
      hint: 'lower the learning rate if this happens in training',
    });
  }
  record(y, () => core.l2NormalizeBackward(x.gradPointer, y.gradPointer, d * 4, y.pointer, d * 4, inverse, n, d, 1));
  return y;
}
