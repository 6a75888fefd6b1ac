/**
 * What optimisers share: groups of parameters with a learning rate and a weight decay each, and state that is allocated when
 * the optimiser is made, since nothing that lasts can be made inside a step.
 *
 * Parameters with sparse gradients are updated lazily: only the rows the step touched, moments and decay included.
 */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { SparseParameter, Tensor } from '../tensor/index.js';

/** Parameters that share a learning rate and a weight decay; what is left out is the optimiser's. */
export interface ParameterGroup {
  params: readonly Tensor[];
  lr?: number;
  weightDecay?: number;
}

/** A group as the optimiser uses it. */
export interface OptimizerGroup {
  readonly params: readonly Tensor[];
  /** Its learning rate over the optimiser's. */
  readonly lrFactor: number;
  readonly weightDecay: number;
}

/** One parameter and its state tensors, by name. */
export interface Slot<Names extends string> {
  readonly parameter: Tensor;
  readonly group: OptimizerGroup;
  readonly state: Readonly<Record<Names, Tensor>>;
}

/** The largest number up to which float32 has all integers. */
const FLOAT_INTEGERS = 2 ** 24;

export abstract class Optimizer<Names extends string = string> {
  readonly groups: readonly OptimizerGroup[];
  protected readonly slots: readonly Slot<Names>[];
  readonly #where: string;
  readonly #names: readonly Names[];
  #lr: number;
  #steps = 0;

  protected constructor(
    where: string,
    parameters: readonly Tensor[] | readonly ParameterGroup[],
    defaults: { lr: number; weightDecay: number },
    names: readonly Names[],
  ) {
    this.#where = where;
    this.#names = names;
    this.#lr = mustBeNumber(where, 'lr', defaults.lr, { above: 0 });
    const weightDecay = mustBeNumber(where, 'weightDecay', defaults.weightDecay, { min: 0 });
    this.groups = groupsOf(where, parameters, this.#lr, weightDecay);
    this.slots = this.groups.flatMap((group) =>
      group.params.map((parameter) => ({ parameter, group, state: makeState(where, parameter, names) })),
    );
  }

  /** The learning rate; setting it, as a schedule does, keeps the ratios between groups. */
  get lr(): number {
    return this.#lr;
  }

  set lr(value: number) {
    this.#lr = mustBeNumber(this.#where, 'lr', value, { min: 0 });
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Moves every parameter against its gradient.
   * @throws E_STATE outside a step when a parameter has sparse gradients, which end with the step
   */
  step(): void {
    for (const { parameter } of this.slots) {
      if (parameter instanceof SparseParameter && !parameter.engine.arena.inStep) {
        throw new AdnceError('E_STATE', {
          where: `${this.#where}.step`,
          what: `the gradients of "${parameter.name}" are sparse and ended with the step that made them`,
          hint: 'call optimizer.step() inside the same engine.step() as backward()',
        });
      }
    }
    this.#steps++;
    this.advance(this.#steps);
    for (const slot of this.slots) this.update(slot);
  }

  /** Called once before the updates of step number `steps`, 1 for the first; and for a state that was loaded. */
  protected abstract advance(steps: number): void;

  /** Updates one parameter. */
  protected abstract update(slot: Slot<Names>): void;

  /** Sets the gradients of all parameters to zero. */
  zeroGrad(): void {
    for (const { parameter } of this.slots) parameter.zeroGrad();
  }

  /** Copies of all state by name: `step`, and `0.exp_avg` and the like, numbered as the parameters are. */
  stateDict(): Map<string, Float32Array> {
    const state = new Map<string, Float32Array>();
    // In two parts, since a float32 has 24 bits.
    state.set('step', Float32Array.of(this.#steps % FLOAT_INTEGERS, Math.floor(this.#steps / FLOAT_INTEGERS)));
    this.slots.forEach((slot, i) => {
      for (const name of this.#names) state.set(`${i}.${name}`, slot.state[name].toArray());
    });
    return state;
  }

  /**
   * Takes all state over by name. Nothing is changed when anything does not fit.
   * @throws E_CHECKPOINT
   */
  loadStateDict(state: ReadonlyMap<string, Float32Array>): void {
    const expected = new Map([['step', 2]]);
    this.slots.forEach((slot, i) => {
      for (const name of this.#names) expected.set(`${i}.${name}`, slot.state[name].length);
    });
    for (const [name, length] of expected) {
      const got = state.get(name)?.length;
      if (got !== length) this.#refuseState(`"${name}" must hold ${length} numbers, got ${got ?? 'nothing'}`);
    }
    for (const name of state.keys()) if (!expected.has(name)) this.#refuseState(`"${name}" is not expected`);
    const [low, high] = state.get('step') as Float32Array;
    const steps = (low as number) + (high as number) * FLOAT_INTEGERS;
    if (!Number.isSafeInteger(steps) || steps < 0) this.#refuseState(`"step" must be a count, got ${steps}`);
    this.slots.forEach((slot, i) => {
      for (const name of this.#names) slot.state[name].data.set(state.get(`${i}.${name}`) as Float32Array);
    });
    this.#steps = steps;
    this.advance(steps);
  }

  #refuseState(what: string): never {
    throw new AdnceError('E_CHECKPOINT', {
      where: `${this.#where}.loadStateDict`,
      what,
      hint: 'make the optimiser with the parameters, in the order, the state was saved with',
    });
  }

  /** Gives the memory of the state back; the parameters stay. */
  free(): void {
    for (const slot of this.slots) for (const name of this.#names) slot.state[name].free();
  }
}

function makeState<Names extends string>(
  where: string,
  parameter: Tensor,
  names: readonly Names[],
): Record<Names, Tensor> {
  if (parameter.engine.arena.inStep) {
    throw new AdnceError('E_STATE', {
      where,
      what: 'the state of an optimiser must outlive the step, but was created inside it',
      hint: 'create optimisers before engine.step()',
    });
  }
  const make = (name: Names) => new Tensor(parameter.engine, parameter.shape, false, `${name} of ${parameter.name}`);
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Names, Tensor>;
}

function groupsOf(
  where: string,
  parameters: readonly Tensor[] | readonly ParameterGroup[],
  lr: number,
  weightDecay: number,
): OptimizerGroup[] {
  const given: readonly ParameterGroup[] = parameters.every((entry) => entry instanceof Tensor)
    ? [{ params: parameters as readonly Tensor[] }]
    : (parameters as readonly ParameterGroup[]);
  const seen = new Set<Tensor>();
  const groups = given.map((group) => {
    if (!Array.isArray(group?.params)) refuseParameter(where, group, '');
    mustKnowKeys(where, group, ['params', 'lr', 'weightDecay']);
    for (const tensor of group.params) {
      if (seen.has(tensor)) refuseParameter(where, tensor, ' twice');
      if (!(tensor instanceof Tensor && tensor.requiresGrad)) refuseParameter(where, tensor, '');
      seen.add(tensor);
    }
    return {
      params: [...group.params],
      lrFactor: mustBeNumber(where, 'lr', group.lr ?? lr, { min: 0 }) / lr,
      weightDecay: mustBeNumber(where, 'weightDecay', group.weightDecay ?? weightDecay, { min: 0 }),
    };
  });
  if (seen.size === 0) throw new AdnceError('E_OPTION', { where, what: 'at least one parameter is needed, got none' });
  return groups;
}

function refuseParameter(where: string, got: unknown, times: string): never {
  const name = got instanceof Tensor ? `"${got.name}"` : String(got);
  throw new AdnceError('E_OPTION', {
    where,
    what: `parameters must be trainable tensors, each given once, got ${name}${times}`,
    hint: 'pass module.parameters(), or groups { params, lr, weightDecay }',
  });
}
