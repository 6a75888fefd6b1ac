/**
 * The engine: a core, its memory, and the step. Everything between `step(` and its end shares one mark: activations,
 * packed panels and gradients of activations are taken off the arena together, so nothing is disposed by hand.
 */
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeInteger, mustKnowKeys } from '../options.js';
import { Arena } from './arena.js';
import type { Core, Pointer } from './core.js';
import type { CoreSource } from './instantiate.js';
import {
  type Argument,
  type Arguments,
  cut,
  JOB_BYTES,
  type Kernel,
  type KernelName,
  runBlock,
  scratch,
} from './job.js';
import type { Build } from './location.js';
import { Notices } from './notice.js';
import { currentPlatform } from './platform.js';
import { Pool } from './pool.js';
import { type Profile, Recorder } from './profile.js';
import { type Start, startCore } from './start.js';

/** Options of {@link init}. */
export interface EngineOptions {
  /** The core: a compiled module, bytes or a URL. Default: the .wasm file of the package that fits. */
  core?: CoreSource;
  /**
   * Threads that work on a step, 1 … 64, started at the first job for several. Default: one for each processor, started after
   * 10 ms of such jobs times their number; one where the runtime has no threads.
   */
  threads?: number;
  /**
   * Fused multiply-add where the runtime has relaxed SIMD. Faster, but results differ in their last bits from one machine to the
   * next. Default false.
   */
  fast?: boolean;
  /**
   * Most bytes the engine may use, 1 MiB … 4 GiB − 64 KiB; it takes them as it needs them. Default 2 GiB in Node, Bun and Deno;
   * elsewhere 256 MiB, which a phone still gives a page.
   */
  maximumMemory?: number;
  /**
   * Most bytes of scores a loss keeps between its two sweeps; what does not fit is computed twice. In any case it leaves the rest of the
   * step as much memory as it has taken so far. Default 64 MiB.
   */
  scoreBudget?: number;
  /**
   * Most products (rows · columns · dimension of its scores) a loss sums in float64 when one of its scalars is learnt: the mean over a small
   * batch does not average the rounding of float32 away, and a derivative that nearly cancels would lose its digits. Default 262,144,
   * some 0.2 ms; 0: never.
   */
  exactBudget?: number;
}

const PAGE = 65536;
const DEFAULT_SCORE_BUDGET = 2 ** 26;
const DEFAULT_EXACT_BUDGET = 2 ** 18;
const LARGEST_MAXIMUM = 2 ** 32 - PAGE;
const MOST_THREADS = 64;

/** Ends the threads of engines that nobody holds any more. Runtimes without threads may have no such registry. */
const forgotten =
  typeof FinalizationRegistry === 'undefined' ? null : new FinalizationRegistry<Pool>((pool) => pool.end());

export class Engine {
  /** Name of the core build in use; it is written into every checkpoint. */
  readonly build: Build;
  /** The core's exports. */
  readonly core: Core;
  readonly arena: Arena;
  /** Most bytes of scores a loss keeps between its two sweeps. */
  readonly scoreBudget: number;
  /** Most products of scores a loss sums in float64 when a scalar is learnt. */
  readonly exactBudget: number;
  readonly #notices: Notices;
  readonly #pool: Pool | null;
  #recorder: Recorder | null = null;
  #f32: Float32Array;
  #f64: Float64Array;
  #i32: Int32Array;
  readonly #stepEnd: (() => void)[] = [];

  private constructor(start: Start, budgets: Pick<Engine, 'scoreBudget' | 'exactBudget'>, notices: Notices) {
    const { core, memory, build } = start;
    this.core = core;
    this.build = build;
    this.arena = new Arena(memory, core.heapBase(), start.maximumPages * PAGE);
    this.scoreBudget = budgets.scoreBudget;
    this.exactBudget = budgets.exactBudget;
    this.#notices = notices;
    this.#f32 = new Float32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    this.#pool = start.threads > 1 ? this.#makePool(start) : null;
    if (this.#pool !== null) forgotten?.register(this, this.#pool);
  }

  /** A new engine with a memory of its own. Most callers want {@link init}. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    mustKnowKeys('init', options, ['core', 'threads', 'fast', 'maximumMemory', 'scoreBudget', 'exactBudget']);
    const range = { min: 2 ** 20, max: LARGEST_MAXIMUM };
    const most = options.maximumMemory ?? currentPlatform().maximumMemory;
    const maximum = mustBeInteger('init', 'maximumMemory', most, range);
    const budget = (key: 'scoreBudget' | 'exactBudget', otherwise: number) =>
      mustBeInteger('init', key, options[key] ?? otherwise, { min: 0 });
    const budgets = {
      scoreBudget: budget('scoreBudget', DEFAULT_SCORE_BUDGET),
      exactBudget: budget('exactBudget', DEFAULT_EXACT_BUDGET),
    };
    const { threads } = options;
    if (threads !== undefined) mustBeInteger('init', 'threads', threads, { min: 1, max: MOST_THREADS });
    const fast = mustBeBoolean('init', 'fast', options.fast ?? false);
    const notices = new Notices();
    const maximumPages = Math.floor(maximum / PAGE);
    const start = await startCore(
      { core: options.core, threads, fast, maximumPages, mostThreads: MOST_THREADS },
      notices,
    );
    return new Engine(start, budgets, notices);
  }

  #makePool({ host, script, module, memory, core, threads, startAfter }: Start): Pool {
    const team = this.arena.allocate(core.teamBytes(), 'threads');
    const job = this.arena.allocate(JOB_BYTES, 'threads');
    const notices = this.#notices;
    const onNotice = (text: string) => notices.say(text);
    return new Pool({ host, script, module, memory, core, team, job, threads, startAfter, onNotice });
  }

  /** Threads that work on a step once they have started, this one counted. */
  get threads(): number {
    return this.#pool?.size ?? 1;
  }

  /** Why the engine runs on fewer threads or slower than asked for; also printed once by console.warn. Null if it does not. */
  get notice(): string | null {
    return this.#notices.text;
  }

  /**
   * Starts the threads now instead of when they are worth it, and resolves once they are ready, or given up after two
   * seconds. After E_WORKER it resolves when the threads have stopped and the engine can be used again, on one thread.
   */
  async ready(): Promise<void> {
    this.#pool?.start();
    await this.#pool?.settled();
  }

  /** Ends the threads of the engine; it can still be used, on one thread. */
  async close(): Promise<void> {
    this.#pool?.end();
    await this.#pool?.gone();
  }

  /**
   * Runs a kernel over units of work, in blocks of `grain` units that the threads share: they must write different memory. A
   * block should be worth some tens of microseconds.
   * @param units how many, or the first and the one after the last
   * @returns Σ of what the kernel returned for each block, in the order of the blocks: the same bits for any number of threads
   * @throws E_WORKER when a thread is lost in the middle
   */
  run<Name extends KernelName>(
    kernel: Name,
    units: number | readonly [first: number, last: number],
    grain: number,
    args: Arguments<Name>,
  ): number {
    const [first, last] = typeof units === 'number' ? [0, units] : units;
    const recorder = this.#recorder;
    if (recorder === null) return this.#runBlocks(kernel, first, last, grain, args);
    const start = performance.now();
    const result = this.#runBlocks(kernel, first, last, grain, args);
    recorder.add(kernel, start, last - first);
    return result;
  }

  #runBlocks(kernel: KernelName, first: number, last: number, grain: number, args: unknown): number {
    const { blocks, ...range } = cut(first, last, grain);
    const list = args as readonly Argument[];
    const pool = blocks > 1 ? this.#pool : null;
    if (pool?.startIfWorth()) return pool.run(kernel, list, range, blocks);
    const start = pool?.asleep ? performance.now() : null;
    const call = this.core[kernel] as Kernel;
    const values = scratch(list.length);
    let sum = 0;
    for (let block = 0; block < blocks; block++) sum += runBlock(call, list, range, block, values);
    if (start !== null) pool?.addWorkAlone(performance.now() - start);
    return sum;
  }

  /**
   * Runs `work`, some steps for instance, and says where its time went: `profile(() => train()).table()`.
   * @throws E_STATE inside another profile
   */
  profile(work: () => unknown): Profile {
    if (this.#recorder !== null) {
      throw new AdnceError('E_STATE', { where: 'engine.profile', what: 'a profile is already being taken' });
    }
    const recorder = new Recorder();
    this.#recorder = recorder;
    try {
      work();
    } finally {
      this.#recorder = null;
    }
    return recorder.finish(this.build, this.#pool?.asleep ? 1 : this.threads);
  }

  /** Calls a kernel once on each thread: one that finds its own share of the work. */
  runTogether<Name extends KernelName>(kernel: Name, args: Arguments<Name>): void {
    this.run(kernel, this.threads, 1, args);
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
   * @throws E_STATE when a step is already running or `work` is asynchronous, E_WORKER when a thread is lost
   */
  step<T>(work: () => T): T {
    this.#pool?.mustBeQuiet();
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
