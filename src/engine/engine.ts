/**
 * The engine: a core, its memory, and the step. Everything between `step(` and its end shares one mark: activations,
 * packed panels and gradients of activations are taken off the arena together, so nothing is disposed by hand.
 */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustKnowKeys } from '../options.js';
import { Arena } from './arena.js';
import type { Core, Pointer } from './core.js';
import { type CoreSource, instantiate, loadModule } from './instantiate.js';

/** Options of {@link init}. */
export interface EngineOptions {
  /** The core: a compiled module, bytes or a URL. Default: the .wasm file of the package. */
  core?: CoreSource;
  /** Most bytes the engine may use, 1 MiB … 4 GiB − 64 KiB. Default 2 GiB. */
  maximumMemory?: number;
  /** Most bytes of scores a loss keeps between its two sweeps; what does not fit is computed twice. Default 32 MiB. */
  scoreBudget?: number;
}

const PAGE = 65536;
const INITIAL_PAGES = 64;
const DEFAULT_MAXIMUM = 2 ** 31;
const DEFAULT_SCORE_BUDGET = 2 ** 25;
const LARGEST_MAXIMUM = 2 ** 32 - PAGE;

export class Engine {
  /** Name of the core build in use; it is written into every checkpoint. */
  readonly build = 'simd';
  /** The core's exports. */
  readonly core: Core;
  readonly arena: Arena;
  /** Most bytes of scores a loss keeps between its two sweeps. */
  readonly scoreBudget: number;
  #f32: Float32Array;
  #f64: Float64Array;
  #i32: Int32Array;
  readonly #stepEnd: (() => void)[] = [];

  private constructor(core: Core, arena: Arena, scoreBudget: number) {
    this.core = core;
    this.arena = arena;
    this.scoreBudget = scoreBudget;
    const buffer = arena.memory.buffer;
    this.#f32 = new Float32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#i32 = new Int32Array(buffer);
  }

  /** A new engine with a memory of its own. Most callers want {@link init}. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    mustKnowKeys('init', options, ['core', 'maximumMemory', 'scoreBudget']);
    const range = { min: 2 ** 20, max: LARGEST_MAXIMUM };
    const maximum = mustBeInteger('init', 'maximumMemory', options.maximumMemory ?? DEFAULT_MAXIMUM, range);
    const budget = mustBeInteger('init', 'scoreBudget', options.scoreBudget ?? DEFAULT_SCORE_BUDGET, { min: 0 });
    const pages = Math.floor(maximum / PAGE);
    const module = await loadModule(options.core);
    const memory = new WebAssembly.Memory({ initial: Math.min(INITIAL_PAGES, pages), maximum: pages });
    const core = instantiate(module, memory);
    return new Engine(core, new Arena(memory, core.heapBase(), pages * PAGE), budget);
  }

  /** The memory as floats; index = pointer / 4. The view changes when memory grows, so it is not to be kept. */
  get f32(): Float32Array {
    if (this.#f32.buffer !== this.arena.memory.buffer) this.#f32 = new Float32Array(this.arena.memory.buffer);
    return this.#f32;
  }

  /** The memory as doubles; index = pointer / 8. */
  get f64(): Float64Array {
    if (this.#f64.buffer !== this.arena.memory.buffer) this.#f64 = new Float64Array(this.arena.memory.buffer);
    return this.#f64;
  }

  /** The memory as 32-bit integers; index = pointer / 4. */
  get i32(): Int32Array {
    if (this.#i32.buffer !== this.arena.memory.buffer) this.#i32 = new Int32Array(this.arena.memory.buffer);
    return this.#i32;
  }

  /**
   * Runs one training or inference step. All tensors that `work` makes live until it returns, then their memory is
   * reused; parameters and optimiser state stay. A step that throws leaves the engine usable.
   * @throws E_STATE when a step is already running or `work` is asynchronous
   */
  step<T>(work: () => T): T {
    this.arena.open();
    try {
      const result = work();
      if (result instanceof Promise) {
        // Its own failure, once it meets the end of the step, is not news.
        result.catch(() => {});
        throw new AdnceError('E_STATE', {
          where: 'engine.step',
          what: 'the step must be synchronous, got an async function',
          hint: 'await the data before the step',
        });
      }
      return result;
    } finally {
      for (const hook of this.#stepEnd) hook();
      this.#stepEnd.length = 0;
      this.arena.close();
    }
  }

  /** Calls `hook` once, when the running step ends, before its memory is given back. */
  onStepEnd(hook: () => void): void {
    this.#stepEnd.push(hook);
  }

  /** `count` floats of the running step, uninitialised. */
  stackF32(count: number, what: string): Pointer {
    return this.arena.stack(count * 4, what);
  }

  /** `count` zeros of the running step. */
  stackZeros(count: number, what: string): Pointer {
    const pointer = this.stackF32(count, what);
    this.f32.fill(0, pointer >>> 2, (pointer >>> 2) + count);
    return pointer;
  }

  /** A copy of floats in the memory of the running step. */
  copyF32(values: Float32Array, what: string): Pointer {
    const pointer = this.stackF32(values.length, what);
    this.f32.set(values, pointer >>> 2);
    return pointer;
  }

  /** A copy of whole numbers in the memory of the running step. */
  stackI32(values: ArrayLike<number>, what: string): Pointer {
    const pointer = this.arena.stack(values.length * 4, what);
    this.i32.set(values, pointer >>> 2);
    return pointer;
  }
}

let current: Engine | null = null;

/**
 * Starts the engine that modules, tensors and losses of this program use; all else is synchronous after it. Called again
 * without options it returns the same engine.
 * @throws E_RUNTIME without SIMD, E_IO or E_FORMAT when the core can't be loaded
 */
export async function init(options?: EngineOptions): Promise<Engine> {
  if (current === null || options !== undefined) current = await Engine.create(options);
  return current;
}

/** The engine {@link init} started. @throws E_INIT before */
export function engine(): Engine {
  if (current === null) {
    throw new AdnceError('E_INIT', {
      where: 'engine',
      what: 'the engine has not been started',
      hint: 'call `await init()` once before anything else',
    });
  }
  return current;
}

/** Runs `work` with memory of the running step, or in a step of its own: for what is called inside training and outside alike. */
export function borrow<T>(work: (owner: Engine) => T): T {
  const owner = engine();
  return owner.arena.inStep ? work(owner) : owner.step(() => work(owner));
}
