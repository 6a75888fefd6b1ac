/** Small ops to build with: sums, products and means, each with its gradient. */
import { COUNT } from '../engine/index.js';
import { mustBeNumber } from '../options.js';
import { FLOAT_GRAIN, floats } from './grain.js';
import { mustHaveShape, output, record, scalarGrad } from './tape.js';
import type { Tensor } from './tensor.js';

/**
 * a + b, element by element.
 * @throws E_SHAPE when the shapes differ
 */
export function add(a: Tensor, b: Tensor): Tensor {
  mustHaveShape('add', 'b', b, a.shape, 'both sides need the same shape; nothing is broadcast');
  const y = output([a, b], a.shape, 'add');
  const { engine } = y;
  engine.run('addArrays', y.length, FLOAT_GRAIN, [floats(a.pointer), floats(b.pointer), floats(y.pointer), COUNT]);
  record(y, () => {
    if (a.requiresGrad) addScaled(a, y, 1);
    if (b.requiresGrad) addScaled(b, y, 1);
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
  const { engine } = y;
  engine.run('multiplyArrays', y.length, FLOAT_GRAIN, [floats(a.pointer), floats(b.pointer), floats(y.pointer), COUNT]);
  const send = (to: Tensor, other: Tensor) => {
    const [target, g] = [floats(to.gradPointer), floats(y.gradPointer)];
    engine.run('addProduct', y.length, FLOAT_GRAIN, [target, g, floats(other.pointer), COUNT]);
  };
  record(y, () => {
    if (a.requiresGrad) send(a, b);
    if (b.requiresGrad) send(b, a);
  });
  return y;
}

/** factor·x. */
export function scale(x: Tensor, factor: number): Tensor {
  mustBeNumber('scale', 'factor', factor);
  const y = output([x], x.shape, 'scale');
  y.engine.run('scaleArray', y.length, FLOAT_GRAIN, [floats(x.pointer), floats(y.pointer), COUNT, factor]);
  record(y, () => addScaled(x, y, factor));
  return y;
}

/** The gradient of x += factor times that of y. */
function addScaled(x: Tensor, y: Tensor, factor: number): void {
  const [target, g] = [floats(x.gradPointer), floats(y.gradPointer)];
  y.engine.run('addScaledArray', y.length, FLOAT_GRAIN, [target, g, COUNT, factor]);
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
  const { engine } = y;
  engine.f32[y.pointer >>> 2] = engine.run('sumArray', x.length, FLOAT_GRAIN, [floats(x.pointer), COUNT]) * factor;
  record(y, () => {
    engine.run('addConstant', x.length, FLOAT_GRAIN, [floats(x.gradPointer), COUNT, scalarGrad(y) * factor]);
  });
  return y;
}
