/** ReLU and GELU. */
import { COUNT } from '../engine/index.js';
import { mustBeOneOf, mustKnowKeys } from '../options.js';
import { FLOAT_GRAIN, floats, output, record, type Tensor } from '../tensor/index.js';
import { Module } from './module.js';

/** Floats that a thread takes at a time: a GELU costs several times a simple operation. */
const GELU_GRAIN = FLOAT_GRAIN / 4;

/** max(x, 0); the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  const y = output([x], x.shape, 'relu');
  const { engine } = y;
  engine.run('reluForward', y.length, FLOAT_GRAIN, [floats(x.pointer), floats(y.pointer), COUNT]);
  record(y, () => {
    const [dx, g] = [floats(x.gradPointer), floats(y.gradPointer)];
    engine.run('reluBackward', y.length, FLOAT_GRAIN, [dx, g, floats(x.pointer), COUNT]);
  });
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
  const { engine } = y;
  engine.run('geluForward', y.length, GELU_GRAIN, [floats(x.pointer), floats(y.pointer), COUNT, tanh]);
  record(y, () => {
    const [dx, g] = [floats(x.gradPointer), floats(y.gradPointer)];
    engine.run('geluBackward', y.length, GELU_GRAIN, [dx, g, floats(x.pointer), COUNT, tanh]);
  });
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
