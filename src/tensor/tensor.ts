/**
 * A tensor is an address, a shape and, if it wants one, a gradient beside it. All numbers are float32, row-major, in the
 * memory of the engine. A tensor made inside a step lives until the step ends; one made outside lives until freed.
 */
import { type Engine, engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { runBackward } from './tape.js';

/** Lengths of the axes, outermost first; [] is a scalar. */
export type Shape = readonly number[];

export class Tensor {
  readonly engine: Engine;
  readonly shape: Shape;
  readonly length: number;
  readonly pointer: Pointer;
  readonly requiresGrad: boolean;
  /** A name for messages: the op that made it, or a parameter's name. */
  readonly name: string;
  #grad: Pointer = 0;
  readonly #persistent: boolean;
  #freed = false;

  /** Use {@link tensor}, {@link parameter} or an op; this one takes uninitialised memory of the arena. */
  constructor(owner: Engine, shape: Shape, requiresGrad: boolean, name: string) {
    this.engine = owner;
    this.shape = shape;
    this.length = shape.reduce((product, n) => product * n, 1);
    this.requiresGrad = requiresGrad;
    this.name = name;
    this.#persistent = !owner.arena.inStep;
    this.pointer = this.#allocate();
  }

  #allocate(): Pointer {
    // Kernels may read a vector past the end, so every tensor has 32 spare bytes.
    const bytes = this.length * 4 + 32;
    const arena = this.engine.arena;
    return this.#persistent ? arena.allocate(bytes, this.name) : arena.stack(bytes, this.name);
  }

  /** The numbers themselves: a view that is valid until memory grows. */
  get data(): Float32Array {
    const start = this.pointer >>> 2;
    return this.engine.f32.subarray(start, start + this.length);
  }

  /** Address of the gradient, zeroed on first use. */
  get gradPointer(): Pointer {
    if (this.#grad === 0) {
      this.#grad = this.#allocate();
      if (!this.#persistent) this.engine.f32.fill(0, this.#grad >>> 2, (this.#grad >>> 2) + this.length);
    }
    return this.#grad;
  }

  /** Makes room now for the gradient of a tensor that outlives steps: inside a step there is no room that lasts. */
  reserveGrad(): void {
    if (this.#persistent && this.requiresGrad && this.#grad === 0) this.#grad = this.#allocate();
  }

  /** The gradient as a view; null when no room was made for it because nothing flowed here. */
  get grad(): Float32Array | null {
    if (this.#grad === 0) return null;
    const start = this.#grad >>> 2;
    return this.engine.f32.subarray(start, start + this.length);
  }

  /** Sets the gradient to zero. */
  zeroGrad(): void {
    this.grad?.fill(0);
  }

  /** A copy of the numbers. */
  toArray(): Float32Array {
    return this.data.slice();
  }

  /** The number of a scalar. @throws E_SHAPE when it is none */
  item(): number {
    if (this.length !== 1) {
      throw new AdnceError('E_SHAPE', {
        where: 'item',
        what: `"${this.name}" must hold one number, got ${shapeText(this.shape)}`,
      });
    }
    return this.engine.f32[this.pointer >>> 2] as number;
  }

  /**
   * Adds ∂this/∂x to the gradient of every tensor x this scalar was computed from in the running step.
   * @throws E_SHAPE when it is no scalar, E_STATE when it was not computed by recorded ops
   */
  backward(): void {
    if (this.length !== 1) {
      throw new AdnceError('E_SHAPE', {
        where: 'backward',
        what: `"${this.name}" must be a scalar, got ${shapeText(this.shape)}`,
        hint: 'reduce it with a loss, or with mean() or sum()',
      });
    }
    runBackward(this);
  }

  /** Gives the memory of a tensor made outside a step back. */
  free(): void {
    if (!this.#persistent || this.#freed) return;
    this.#freed = true;
    this.engine.arena.free(this.pointer);
    if (this.#grad !== 0) this.engine.arena.free(this.#grad);
  }
}

/** `f32[512,64]`. */
export function shapeText(shape: Shape): string {
  return `f32[${shape.join(',')}]`;
}

/**
 * A tensor of the given numbers, copied.
 * @param shape default: one axis of all of them
 * @throws E_SHAPE when the numbers do not fill the shape
 */
export function tensor(
  values: ArrayLike<number>,
  shape: Shape = [values.length],
  options: { requiresGrad?: boolean; name?: string } = {},
): Tensor {
  checkShape('tensor', shape);
  const length = shape.reduce((product, n) => product * n, 1);
  if (values.length !== length) {
    throw new AdnceError('E_SHAPE', {
      where: 'tensor',
      what: `${shapeText(shape)} holds ${length} numbers, got ${values.length}`,
    });
  }
  const owner = engine();
  // A view of the engine's own memory would be cut off if making room made the memory grow.
  const source =
    ArrayBuffer.isView(values) && values.buffer === owner.arena.memory.buffer ? Array.from(values) : values;
  const result = new Tensor(owner, shape, options.requiresGrad ?? false, options.name ?? 'tensor');
  result.data.set(source);
  result.reserveGrad();
  return result;
}

/** A trainable tensor of zeros that lives until freed. @throws E_STATE inside a step */
export function parameter(shape: Shape, name: string): Tensor {
  checkShape(name, shape);
  const owner = engine();
  if (owner.arena.inStep) {
    throw new AdnceError('E_STATE', {
      where: name,
      what: 'a parameter must outlive the step, but was created inside it',
      hint: 'create modules before engine.step()',
    });
  }
  const result = new Tensor(owner, shape, true, name);
  result.reserveGrad();
  return result;
}

function checkShape(where: string, shape: Shape): void {
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0) {
      throw new AdnceError('E_SHAPE', { where, what: `lengths must be integers >= 0, got [${shape.join(', ')}]` });
    }
  }
}
