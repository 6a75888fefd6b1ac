/** Stochastic gradient descent, as torch.optim.SGD has it. */
import { along, COUNT } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeNumber, mustKnowKeys } from '../options.js';
import { FLOAT_GRAIN, floats, rowGrain, SparseParameter, type Tensor } from '../tensor/index.js';
import { Optimizer, type ParameterGroup, type Slot } from './optimizer.js';

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** Learning rate, > 0. */
  lr: number;
  /** Share of the last velocity that is kept, in [0, 1). Default 0. */
  momentum?: number;
  /** Look ahead by the momentum. Default false. */
  nesterov?: boolean;
  /** λ of the L2 penalty: λp is added to the gradient. Default 0. */
  weightDecay?: number;
}

/** With momentum b: g += λp, b = momentum·b + g, p −= lr·b; with Nesterov's p −= lr·(g + momentum·b). Tables are lazy. */
export class SGD extends Optimizer<'momentum_buffer'> {
  readonly #momentum: number;
  readonly #nesterov: number;

  /** @throws E_OPTION, E_STATE inside a step */
  constructor(parameters: readonly Tensor[] | readonly ParameterGroup[], options: SGDOptions) {
    const where = 'SGD';
    mustKnowKeys(where, options, ['lr', 'momentum', 'nesterov', 'weightDecay']);
    const momentum = mustBeNumber(where, 'momentum', options.momentum ?? 0, { min: 0, below: 1 });
    const nesterov = mustBeBoolean(where, 'nesterov', options.nesterov ?? false);
    if (nesterov && momentum === 0) {
      throw new AdnceError('E_OPTION', { where, what: '"nesterov" needs a momentum above 0, got 0' });
    }
    const { lr, weightDecay = 0 } = options;
    super(where, parameters, { lr, weightDecay }, momentum > 0 ? ['momentum_buffer'] : []);
    this.#momentum = momentum;
    this.#nesterov = nesterov ? 1 : 0;
  }

  protected override advance(): void {}

  protected override update({ parameter, group, state }: Slot<'momentum_buffer'>): void {
    const { engine } = parameter;
    const lr = this.lr * group.lrFactor;
    const decay = group.weightDecay;
    const p = parameter.pointer;
    const b = this.#momentum > 0 ? state.momentum_buffer.pointer : 0;
    const how = [lr, decay, this.#momentum, this.#nesterov] as const;
    if (parameter instanceof SparseParameter) {
      const { sparse, gradOffset, width } = parameter;
      for (const { ids, rows, count } of sparse.pieces) {
        const g = along(rows + gradOffset, sparse.rowBytes);
        const which = [along(ids, 4), COUNT, width] as const;
        engine.run('sgdRows', count, rowGrain(width), [p, g, sparse.rowBytes, b, ...which, ...how]);
      }
    } else if (parameter.grad !== null) {
      // Without momentum there is no array of velocities: 0 stays 0.
      const arrays = [floats(p), floats(parameter.gradPointer), b === 0 ? 0 : floats(b)] as const;
      engine.run('sgdStep', parameter.length, FLOAT_GRAIN, [...arrays, COUNT, ...how]);
    }
  }
}
