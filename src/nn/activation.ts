/** ReLU and GELU. */
import { mustBeOneOf, mustKnowKeys } from '../options.js';
import { output, record, type Tensor } from '../tensor/index.js';
import { Module } from './module.js';

/** max(x, 0); the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  const y = output([x], x.shape, 'relu');
  const { core } = y.engine;
  core.reluForward(x.pointer, y.pointer, y.length);
  record(y, () => core.reluBackward(x.gradPointer, y.gradPointer, x.pointer, y.length));
  return y;
}

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** `none` (default): x·Φ(x); `tanh`: GPT-2's approximation of it, off by up to 5e-4. */
  approximate?: 'none' | 'tanh';
}

/** x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel, 2016). @throws E_OPTION */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  const tanh = geluMode('gelu', options) === 'tanh' ? 1 : 0;
  const y = output([x], x.shape, 'gelu');
  const { core } = y.engine;
  core.geluForward(x.pointer, y.pointer, y.length, tanh);
  record(y, () => core.geluBackward(x.gradPointer, y.gradPointer, x.pointer, y.length, tanh));
  return y;
}

function geluMode(where: string, options: GeluOptions): 'none' | 'tanh' {
  mustKnowKeys(where, options, ['approximate']);
  return mustBeOneOf(where, 'approximate', options.approximate ?? 'none', ['none', 'tanh']);
}

/** {@link relu} as a layer. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** {@link gelu} as a layer. */
export class GELU extends Module {
  readonly #options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super();
    this.#options = { approximate: geluMode('GELU', options) };
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.#options);
  }
}
