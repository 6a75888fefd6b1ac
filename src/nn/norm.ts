/** Normalisations: layer norm, and rows to unit length. */
import { along, COUNT, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { mustHaveShape, output, parameter, record, rowGrain, type Tensor } from '../tensor/index.js';
import { Module } from './module.js';

/**
 * (x − mean)/√(var + eps)·weight + bias, mean and variance of each row (Ba, Kiros & Hinton, 2016).
 * @param x f32[n, d]
 * @param weight f32[d]
 * @param bias f32[d]
 * @throws E_SHAPE
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  mustHaveShape('layerNorm', 'x', x, [null, null]);
  const [n, d] = x.shape as [number, number];
  mustHaveShape('layerNorm', 'weight', weight, [d]);
  mustHaveShape('layerNorm', 'bias', bias, [d]);
  mustBeNumber('layerNorm', 'eps', eps, { min: 0 });
  const y = output([x, weight, bias], x.shape, 'layerNorm');
  const { engine } = y;
  const stats = engine.arena.stack(n * 16, 'layerNorm');
  const row = (pointer: Pointer) => along(pointer, d * 4);
  const parameters = [weight.pointer, bias.pointer] as const;
  const saved = along(stats, 16);
  engine.run('layerNormForward', n, rowGrain(d), [row(x.pointer), ...parameters, row(y.pointer), saved, COUNT, d, eps]);
  record(y, () => sendBack(y, x, weight, bias, stats));
  return y;
}

/** Rows whose parts of dγ and dβ are added up apart, so that threads can share them; a part is rounded to float32 once. */
const PART_ROWS = 256;

function sendBack(y: Tensor, x: Tensor, weight: Tensor, bias: Tensor, stats: Pointer): void {
  const { engine } = y;
  const [n, d] = x.shape as [number, number];
  const parts = Math.ceil(n / PART_ROWS);
  // As bytes a row, so that each block of rows has its own.
  const share = (bytes: number) => bytes / PART_ROWS;
  const partsOf = (parameter: Tensor) => (parameter.requiresGrad ? engine.stackZeros(parts * d, 'layerNorm') : 0);
  const [dWeight, dBias] = [partsOf(weight), partsOf(bias)];
  engine.run('layerNormBackward', n, PART_ROWS, [
    x.requiresGrad ? along(x.gradPointer, d * 4) : 0,
    dWeight === 0 ? 0 : along(dWeight, share(d * 4)),
    dBias === 0 ? 0 : along(dBias, share(d * 4)),
    along(y.gradPointer, d * 4),
    along(x.pointer, d * 4),
    weight.pointer,
    along(stats, 16),
    COUNT,
    d,
    along(engine.arena.stack(parts * d * 16, 'layerNorm'), share(d * 16)),
  ]);
  for (let k = 0; k < parts; k++) {
    if (dWeight !== 0) engine.core.addScaledArray(weight.gradPointer, dWeight + k * d * 4, d, 1);
    if (dBias !== 0) engine.core.addScaledArray(bias.gradPointer, dBias + k * d * 4, d, 1);
  }
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
  const { engine } = y;
  const row = (pointer: Pointer) => along(pointer, d * 4);
  const inverse = engine.arena.stack(n * 8, where);
  const norms = along(inverse, 8);
  const bad = engine.run('l2NormalizeForward', n, rowGrain(d), [
    row(x.pointer),
    COUNT,
    d,
    row(y.pointer),
    d * 4,
    norms,
  ]);
  if (bad > 0) {
    throw new AdnceError('E_VALUE', {
      where,
      what: `"x" must be finite, got NaN or infinity in ${bad} of ${n} rows`,
      hint: 'lower the learning rate if this happens in training',
    });
  }
  record(y, () => {
    const [dx, g, unit] = [row(x.gradPointer), row(y.gradPointer), row(y.pointer)];
    engine.run('l2NormalizeBackward', n, rowGrain(d), [dx, g, d * 4, unit, d * 4, norms, COUNT, d, 1]);
  });
  return y;
}
