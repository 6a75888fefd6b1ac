/** AdamW, as torch.optim.AdamW has it; tables with sparse gradients as torch.optim.SparseAdam has them, with decoupled decay. */
import { along, COUNT } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { FLOAT_GRAIN, floats, rowGrain, SparseParameter, type Tensor } from '../tensor/index.js';
import { Optimizer, type ParameterGroup, type Slot } from './optimizer.js';

/** Options of {@link AdamW}. */
export interface AdamWOptions {
  /** Learning rate, > 0. Default 0.001. */
  lr?: number;
  /** Decay rates of the two moments, each in [0, 1). Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to √v. Default 1e-8. */
  eps?: number;
  /** Decoupled weight decay λ: weights shrink by lr·λ a step. Default 0.01. */
  weightDecay?: number;
}

type Moment = 'exp_avg' | 'exp_avg_sq';

/**
 * Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
 *
 * A table with sparse gradients is updated lazily: rows the step did not touch keep weights and moments. Bias correction
 * counts the steps of the optimiser, not those of a row, as SparseAdam does: a row first met late takes small steps at first.
 */
export class AdamW extends Optimizer<Moment> {
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;
  /** β₁ᵗ and β₂ᵗ by multiplication, so that their bits are the same everywhere. */
  #power1 = 1;
  #power2 = 1;
  #counted = 0;

  /** @throws E_OPTION, E_STATE inside a step */
  constructor(parameters: readonly Tensor[] | readonly ParameterGroup[], options: AdamWOptions = {}) {
    const where = 'AdamW';
    mustKnowKeys(where, options, ['lr', 'betas', 'eps', 'weightDecay']);
    const [beta1, beta2] = mustBeBetas(where, options.betas ?? [0.9, 0.999]);
    const eps = mustBeNumber(where, 'eps', options.eps ?? 1e-8, { min: 0 });
    const { lr = 1e-3, weightDecay = 0.01 } = options;
    super(where, parameters, { lr, weightDecay }, ['exp_avg', 'exp_avg_sq']);
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#eps = eps;
  }

  protected override advance(steps: number): void {
    if (steps < this.#counted) {
      this.#power1 = 1;
      this.#power2 = 1;
      this.#counted = 0;
    }
    // Below 2⁻⁵⁴ a power is nothing beside the 1 it is taken from.
    for (; this.#counted < steps && Math.max(this.#power1, this.#power2) > 2 ** -54; this.#counted++) {
      this.#power1 *= this.#beta1;
      this.#power2 *= this.#beta2;
    }
    this.#counted = steps;
  }

  protected override update({ parameter, group, state }: Slot<Moment>): void {
    const { engine } = parameter;
    const lr = this.lr * group.lrFactor;
    const decay = 1 - lr * group.weightDecay;
    const step = lr / (1 - this.#power1);
    const root = 1 / Math.sqrt(1 - this.#power2);
    const [share1, share2] = [1 - this.#beta1, 1 - this.#beta2];
    const [p, m, v] = [parameter.pointer, state.exp_avg.pointer, state.exp_avg_sq.pointer];
    const how = [decay, share1, share2, step, root, this.#eps] as const;
    if (parameter instanceof SparseParameter) {
      const { sparse, gradOffset, width } = parameter;
      for (const { ids, rows, count } of sparse.pieces) {
        const g = along(rows + gradOffset, sparse.rowBytes);
        const which = [along(ids, 4), COUNT, width] as const;
        engine.run('adamwRows', count, rowGrain(width), [p, g, sparse.rowBytes, m, v, ...which, ...how]);
      }
    } else if (parameter.grad !== null) {
      const arrays = [floats(p), floats(parameter.gradPointer), floats(m), floats(v)] as const;
      engine.run('adamwStep', parameter.length, FLOAT_GRAIN, [...arrays, COUNT, ...how]);
    }
  }
}

function mustBeBetas(where: string, betas: readonly [number, number]): [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new AdnceError('E_OPTION', { where, what: `"betas" must be two numbers, got ${betas}` });
  }
  const range = { min: 0, below: 1 };
  return [mustBeNumber(where, 'betas[0]', betas[0], range), mustBeNumber(where, 'betas[1]', betas[1], range)];
}
