/** Small ops to build with: sums, products and means, each with its gradient. */
import { mustBeNumber } from '../options.js';
import { mustHaveShape, output, record, scalarGrad } from './tape.js';
import type { Tensor } from './tensor.js';

/**
 * a + b, element by element.
 * @throws E_SHAPE when the shapes differ
 */
export function add(a: Tensor, b: Tensor): Tensor {
  mustHaveShape('add', 'b', b, a.shape, 'both sides need the same shape; nothing is broadcast');
  const y = output([a, b], a.shape, 'add');
  const { core } = y.engine;
  core.addArrays(a.pointer, b.pointer, y.pointer, y.length);
  record(y, () => {
    if (a.requiresGrad) core.addScaledArray(a.gradPointer, y.gradPointer, y.length, 1);
    if (b.requiresGrad) core.addScaledArray(b.gradPointer, y.gradPointer, y.length, 1);
  });
  return y;
}

/**
 * a·b, element by element.
 * @throws E_SHAPE when the shapes differ
 */
export function mul(a: Tensor, b: Tensor): Tensor {
  mustHaveShape('mul', 'b', b, a.shape, 'both sides need the same shape; nothing is broadcast');
  const y = output([a, b], a.shape, 'mul');
  const { core } = y.engine;
  core.multiplyArrays(a.pointer, b.pointer, y.pointer, y.length);
  record(y, () => {
    if (a.requiresGrad) core.addProduct(a.gradPointer, y.gradPointer, b.pointer, y.length);
    if (b.requiresGrad) core.addProduct(b.gradPointer, y.gradPointer, a.pointer, y.length);
  });
  return y;
}

/** factor·x. */
export function scale(x: Tensor, factor: number): Tensor {
  mustBeNumber('scale', 'factor', factor);
  const y = output([x], x.shape, 'scale');
  const { core } = y.engine;
  core.scaleArray(x.pointer, y.pointer, y.length, factor);
  record(y, () => core.addScaledArray(x.gradPointer, y.gradPointer, y.length, factor));
  return y;
}

/** Σ x, a scalar; summed in float64. */
export function sum(x: Tensor): Tensor {
  return total(x, 1, 'sum');
}

/** Mean of all elements, a scalar; summed in float64. The mean of nothing is NaN. */
export function mean(x: Tensor): Tensor {
  return total(x, 1 / x.length, 'mean');
}

function total(x: Tensor, factor: number, name: string): Tensor {
  const y = output([x], [], name);
  const { core } = y.engine;
  y.engine.f32[y.pointer >>> 2] = core.sumArray(x.pointer, x.length) * factor;
  record(y, () => core.addConstant(x.gradPointer, x.length, scalarGrad(y) * factor));
  return y;
}
