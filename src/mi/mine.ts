/**
 * MINE (Belghazi et al. 2018): the DV bound, trained with a moving average in place of the batch's own o(e^T) in the gradient of its
 * second term, which would be biased in small batches.
 */
import { mustBeNumber, mustKnowKeys } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { bound, dvEstimate } from './estimators.js';

/** What {@link Mine} remembers, to be stored with a run that is to go on. */
export interface MineState {
  /** log of the moving average of o(e^T); null before the first batch. */
  logAverage: number | null;
}

export class Mine {
  readonly rate: number;
  #logAverage: number | null = null;

  /** @param options.rate share of the newest batch in the average, 0 … 1. Default 0.01 */
  constructor(options: { rate?: number } = {}) {
    mustKnowKeys('Mine', options, ['rate']);
    this.rate = mustBeNumber('Mine', 'rate', options.rate ?? 0.01, { above: 0, max: 1 });
  }

  /**
   * The DV value of a batch; its gradient is e^{T}/average for the second term. Each call moves the average by one batch.
   * @param scores f32[n, n], the joint on the diagonal
   * @throws E_SHAPE, E_VALUE
   */
  estimate(scores: Tensor): Tensor {
    return bound('Mine', scores, (t) => {
      const { core } = t.engine;
      const n = t.shape[0] as number;
      const logMean = core.pairLogMeanExp(t.pointer, n, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      const logAverage = this.#move(logMean, core.expScalar, core.logScalar);
      const shift = logAverage + core.logScalar(n * (n - 1));
      return {
        value: dvEstimate(t).value,
        backward: (upstream) => {
          const g = t.gradPointer;
          core.addToDiagonal(g, n, upstream / n);
          core.addPairExp(g, t.pointer, n, shift, -upstream, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
        },
      };
    });
  }

  /** log((1 − r)·e^average + r·e^newest), never leaving the log domain. */
  #move(newest: number, exp: (x: number) => number, log: (x: number) => number): number {
    const before = this.#logAverage ?? newest;
    const top = Math.max(before, newest);
    this.#logAverage = top + log((1 - this.rate) * exp(before - top) + this.rate * exp(newest - top));
    return this.#logAverage;
  }

  state(): MineState {
    return { logAverage: this.#logAverage };
  }

  load({ logAverage }: MineState): void {
    this.#logAverage = logAverage === null ? null : mustBeNumber('Mine', 'logAverage', logAverage);
  }
}
