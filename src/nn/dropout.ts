/** Dropout whose mask is a function of (seed, stream, turn) and the element's index, so that it is never stored. */
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { output, record, type Tensor } from '../tensor/index.js';
import { checkSource, drawsOf, PURPOSE, type RandomSource } from './init.js';
import { Module } from './module.js';

/** Options of {@link dropout}. */
export interface DropoutOptions extends RandomSource {
  /** Chance that an element is dropped, 0 … below 1. */
  p: number;
  /** Which mask of the stream, an integer in [0, 2³²). Default 0. */
  turn?: number;
}

/**
 * Sets each element to 0 with chance p and multiplies the others by 1/(1 − p) (Srivastava et al., 2014).
 * @throws E_OPTION
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  const where = 'dropout';
  mustKnowKeys(where, options, ['p', 'seed', 'stream', 'turn']);
  const p = mustBeNumber(where, 'p', options.p, { min: 0, below: 1 });
  const turn = mustBeInteger(where, 'turn', options.turn ?? 0, { min: 0, max: 2 ** 32 - 1 });
  const source = checkSource(where, options);
  const y = output([x], x.shape, where);
  const { core } = y.engine;
  const draws = drawsOf(y.engine, source, PURPOSE.dropout, turn);
  const threshold = Math.min(Math.round(p * 2 ** 32), 2 ** 32 - 1);
  const factor = 1 / (1 - p);
  core.dropoutForward(draws, x.pointer, y.pointer, y.length, threshold, factor);
  record(y, () => core.dropoutBackward(draws, x.gradPointer, y.gradPointer, y.length, threshold, factor));
  return y;
}

/** {@link dropout} as a layer: each forward in training takes the next mask; in evaluation it is the identity. */
export class Dropout extends Module {
  readonly p: number;
  /** Number of the next mask: to be stored with a run that is to go on exactly. */
  turn = 0;
  readonly #source: Required<RandomSource>;

  constructor(options: RandomSource & { p: number }) {
    super();
    const where = 'Dropout';
    mustKnowKeys(where, options, ['p', 'seed', 'stream']);
    this.p = mustBeNumber(where, 'p', options.p, { min: 0, below: 1 });
    this.#source = checkSource(where, options);
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    const turn = this.turn;
    this.turn = (turn + 1) % 2 ** 32;
    return dropout(x, { ...this.#source, p: this.p, turn });
  }
}
