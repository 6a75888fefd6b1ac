/** The linear layer, in PyTorch's layout: weight f32[out, in]. */
import { mustBeBoolean, mustBeInteger, mustKnowKeys } from '../options.js';
import { mustHaveShape, parameter, rowProducts, type Tensor } from '../tensor/index.js';
import { checkSource, PURPOSE, type RandomSource, uniform } from './init.js';
import { Module } from './module.js';

/**
 * y = x·Wᵀ + b.
 * @param x f32[n, in]
 * @param weight f32[out, in]
 * @param bias f32[out], or null
 * @returns f32[n, out]
 * @throws E_SHAPE
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  mustHaveShape('linear', 'weight', weight, [null, null]);
  const [columns, depth] = weight.shape as [number, number];
  mustHaveShape('linear', 'x', x, [null, depth], 'the last axis of x must be as long as the rows of the weight');
  if (bias !== null) mustHaveShape('linear', 'bias', bias, [columns]);
  return rowProducts('linear', x, weight, bias);
}

/** Options of {@link Linear}. */
export interface LinearOptions extends RandomSource {
  /** Whether a bias is added. Default true. */
  bias?: boolean;
}

/** y = x·Wᵀ + b; first weights and biases uniform within ±1/√in, as torch.nn.Linear has them. */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  /** @throws E_OPTION */
  constructor(inputs: number, outputs: number, options: LinearOptions) {
    super();
    const where = 'Linear';
    mustKnowKeys(where, options, ['bias', 'seed', 'stream']);
    mustBeInteger(where, 'inputs', inputs, { min: 1 });
    mustBeInteger(where, 'outputs', outputs, { min: 1 });
    const bias = mustBeBoolean(where, 'bias', options.bias ?? true);
    const bound = 1 / Math.sqrt(inputs);
    const range = { ...checkSource(where, options), low: -bound, high: bound };
    this.weight = this.own('weight', parameter([outputs, inputs], 'weight'));
    uniform(this.weight, range, PURPOSE.weight);
    this.bias = bias ? this.own('bias', parameter([outputs], 'bias')) : null;
    if (this.bias !== null) uniform(this.bias, range, PURPOSE.bias);
  }

  /** @param x f32[n, in] @returns f32[n, out] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
