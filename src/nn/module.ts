/**
 * Modules: parameters and parts under names, as torch.nn.Module has them, so that a checkpoint made by one reads in the other
 * where the layers agree. A part is named by the module that owns it; names below it are joined by dots.
 */
import { AdnceError } from '../errors.js';
import { mustBeBoolean } from '../options.js';
import { type Shape, shapeText, Tensor } from '../tensor/index.js';

/** A tensor of a checkpoint; without a shape only the number of its elements is checked. */
export type StateValue = Float32Array | { shape: Shape; data: Float32Array };

/** A module that makes a tensor of an input: what {@link Sequential} chains. */
export type Layer<Input = Tensor> = Module & { forward(input: Input): Tensor };

export abstract class Module {
  readonly #parts = new Map<string, Tensor | Module>();
  #training = true;

  /**
   * Makes a tensor or a module a part of this one; to be called by constructors:
   * `readonly weight = this.own('weight', parameter([2, 3], 'weight'))`. The order of calls is the order of parameters.
   * @throws E_OPTION for a name that is empty, taken or holds a dot, and for what is neither tensor nor module
   */
  protected own<T extends Tensor | Module>(name: string, part: T): T {
    const where = this.constructor.name;
    if (name === '' || name.includes('.') || this.#parts.has(name)) {
      throw new AdnceError('E_OPTION', {
        where,
        what: `the name of a part must be new, not empty and without dots, got "${name}"`,
      });
    }
    if (!(part instanceof Tensor || part instanceof Module)) {
      throw new AdnceError('E_OPTION', {
        where,
        what: `part "${name}" must be a tensor or a module, got ${part}`,
      });
    }
    this.#parts.set(name, part);
    return part;
  }

  /** Whether dropout drops. */
  get training(): boolean {
    return this.#training;
  }

  /** Training mode for this module and its parts, or with `false` evaluation mode. */
  train(mode = true): this {
    this.#training = mustBeBoolean('train', 'mode', mode);
    for (const part of this.#parts.values()) if (part instanceof Module) part.train(mode);
    return this;
  }

  /** Evaluation mode: dropout lets everything through. */
  eval(): this {
    return this.train(false);
  }

  /** This module and all below it, in a fixed order. */
  modules(): Module[] {
    return [this, ...[...this.#parts.values()].flatMap((part) => (part instanceof Module ? part.modules() : []))];
  }

  /** Every tensor below this module with its name, trainable or not; one that has two names comes twice. */
  namedTensors(prefix = ''): [name: string, tensor: Tensor][] {
    return [...this.#parts].flatMap(([name, part]): [string, Tensor][] =>
      part instanceof Module ? part.namedTensors(`${prefix}${name}.`) : [[`${prefix}${name}`, part]],
    );
  }

  /** The trainable tensors with their names, each once. */
  namedParameters(): [name: string, tensor: Tensor][] {
    const seen = new Set<Tensor>();
    return this.namedTensors().filter(([, tensor]) => {
      if (!tensor.requiresGrad || seen.has(tensor)) return false;
      seen.add(tensor);
      return true;
    });
  }

  /** The trainable tensors, each once, in a fixed order: what an optimiser takes. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, tensor]) => tensor);
  }

  /** Sets all gradients to zero. */
  zeroGrad(): void {
    for (const tensor of this.parameters()) tensor.zeroGrad();
  }

  /** Copies of all tensors by name. */
  stateDict(): Map<string, Float32Array> {
    return new Map(this.namedTensors().map(([name, tensor]) => [name, tensor.toArray()]));
  }

  /**
   * Takes all tensors over by name. Nothing is changed when anything does not fit.
   * @throws E_CHECKPOINT naming what is missing, unexpected or of another shape
   */
  loadStateDict(state: ReadonlyMap<string, StateValue>): void {
    const tensors = this.namedTensors();
    const names = new Set(tensors.map(([name]) => name));
    const complaints: string[] = [];
    const missing = [...names].filter((name) => !state.has(name));
    const unexpected = [...state.keys()].filter((name) => !names.has(name));
    if (missing.length > 0) complaints.push(`missing: ${list(missing)}`);
    if (unexpected.length > 0) complaints.push(`unexpected: ${list(unexpected)}`);
    for (const [name, tensor] of tensors) {
      const value = state.get(name);
      if (value === undefined) continue;
      const complaint = mismatch(tensor, value);
      if (complaint !== null) complaints.push(`"${name}" ${complaint}`);
    }
    if (complaints.length > 0) {
      throw new AdnceError('E_CHECKPOINT', {
        where: 'loadStateDict',
        what: `the tensors must be those of this module, but ${complaints.join('; ')}`,
        hint: 'make the module with the options the checkpoint was made with',
      });
    }
    for (const [name, tensor] of tensors) {
      const value = state.get(name) as StateValue;
      tensor.data.set(value instanceof Float32Array ? value : value.data);
    }
  }

  /** Gives the memory of all tensors back. */
  free(): void {
    for (const [, tensor] of this.namedTensors()) tensor.free();
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `"${name}"`);
  if (names.length > shown.length) shown.push(`and ${names.length - shown.length} more`);
  return shown.join(', ');
}

function mismatch(tensor: Tensor, value: StateValue): string | null {
  const { shape, data } = value instanceof Float32Array ? { shape: tensor.shape, data: value } : value;
  const fits = shape.length === tensor.shape.length && shape.every((n, axis) => n === tensor.shape[axis]);
  if (!fits) return `must be ${shapeText(tensor.shape)}, got ${shapeText(shape)}`;
  return data.length === tensor.length ? null : `must hold ${tensor.length} numbers, got ${data.length}`;
}
