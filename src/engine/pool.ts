/**
 * The threads of an engine. They start at the first job for several where they were asked for by number, else once there have
 * been so many such jobs that starting them pays, and are not waited for: a job begins on the first thread at once, and whoever
 * wakes up in time takes blocks of it. Idle threads spin for some tens of microseconds and then sleep in
 * the operating system; they do not keep a process alive.
 *
 * A thread that dies is noticed by its silence: when nobody in the team gets on for 1.5 seconds the job is given up with E_WORKER
 * and the engine goes on alone.
 */
import { AdnceError } from '../errors.js';
import type { Core, Pointer } from './core.js';
import type { Host, HostThread } from './host.js';
import {
  type Argument,
  type Kernel,
  type KernelName,
  kernelNames,
  kernelsOf,
  type Range,
  SharedJob,
  type ThreadOrders,
  type ThreadReport,
} from './job.js';

/** Looks before sleeping, a nanosecond or two each, where every thread has a processor of its own. */
const SPINS = 20_000;
/**
 * Longest sleep of the first thread between two looks, and the number of looks without any progress that end a job. Who finishes the last
 * block wakes it; sleeps that are much shorter would add up to more than they are on a machine that is busy.
 */
const NAP_MILLISECONDS = 100;
const NAPS_WITHOUT_PROGRESS = 15;
/** Turns of a timer that threads have to get ready. While the first thread is busy, and can't hear them, no turn passes. */
const START_TURNS = 15;
const START_TURN_MILLISECONDS = 100;

/** What a pool works with. */
export interface PoolParts {
  host: Host;
  script: () => URL;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  core: Core;
  /** Where the core's Team and the job stand. */
  team: Pointer;
  job: Pointer;
  threads: number;
  /** Milliseconds of work for several threads that the first one does before it starts the others. */
  startAfter: number;
  /** Called once when the pool has fewer threads than it should. */
  onNotice: (text: string) => void;
}

export class Pool {
  readonly #parts: PoolParts;
  readonly #job: SharedJob;
  /** The kernels, and the number by which a thread knows each; listed when the threads start. */
  #kernels: readonly Kernel[] = [];
  #numbers: ReadonlyMap<KernelName, number> = new Map();
  readonly #threads: { host: HostThread; ready: boolean }[] = [];
  #state: 'asleep' | 'running' | 'ended' = 'asleep';
  #workedAlone = 0;
  /** Threads that were told to stop and may still run. */
  #stopping: Promise<void> | null = null;
  #gone: Promise<unknown> | null = null;
  #settle: (() => void) | null = null;
  readonly #settled: Promise<void>;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#job = new SharedJob(parts.memory, parts.job);
    parts.core.prepareTeam(parts.team, parts.threads <= parts.host.cores ? SPINS : 0);
    parts.core.enlist(parts.team, 0);
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Threads that may take part, the first counted. */
  get size(): number {
    return this.#state === 'ended' ? 1 : this.#parts.threads;
  }

  /** Starts the threads, if that has not been done. */
  start(): void {
    if (this.#state !== 'asleep') return;
    const { core, module } = this.#parts;
    this.#state = 'running';
    try {
      this.#kernels = kernelsOf(core, module);
      this.#numbers = new Map(kernelNames(module).map((name, k) => [name, k]));
      for (let index = 1; index < this.#parts.threads; index++) this.#startThread(index);
    } catch (error) {
      this.#giveUp(`threads could not be started (${error instanceof Error ? error.message : error})`);
    }
    this.#watchStart(START_TURNS);
  }

  #watchStart(turns: number): void {
    const timer: unknown = setTimeout(() => {
      if (this.#threads.every(({ ready }) => ready)) return;
      if (turns === 1) this.#giveUp('a thread did not start in time');
      else this.#watchStart(turns - 1);
    }, START_TURN_MILLISECONDS);
    // Nor does this keep a process alive.
    (timer as { unref?: () => void }).unref?.();
  }

  #startThread(index: number): void {
    const { host, script, module, memory, team, job } = this.#parts;
    const onMessage = (data: unknown) => {
      const report = data as ThreadReport;
      if (!report.ready) return;
      entry.ready = true;
      if (this.#threads.length === this.#parts.threads - 1 && this.#threads.every(({ ready }) => ready)) {
        this.#settle?.();
      }
    };
    const onEnd = (reason: string) => this.#giveUp(`a thread was lost (${reason})`);
    const entry = { host: host.startThread(script(), { onMessage, onEnd }), ready: false };
    this.#threads.push(entry);
    const orders: ThreadOrders = { module, memory, team, job, index };
    entry.host.send(orders);
  }

  /** Whether the threads have not been started yet. */
  get asleep(): boolean {
    return this.#state === 'asleep';
  }

  /** Starts the threads if there has been as much work for them as starting them takes. @returns whether the next job is theirs */
  startIfWorth(): boolean {
    if (this.#workedAlone >= this.#parts.startAfter) this.start();
    return this.#state === 'running';
  }

  /** Counts what the first thread did while the others were not worth starting. */
  addWorkAlone(milliseconds: number): void {
    this.#workedAlone += milliseconds;
  }

  /**
   * Runs a job on all threads, which have started.
   * @param kernel name of the kernel, one of the core's functions
   * @returns Σ of what the kernel returned for each block, in the order of the blocks
   * @throws E_WORKER when a thread was lost in the middle
   */
  run(kernel: KernelName, args: readonly Argument[], range: Range, blocks: number): number {
    const { core, team } = this.#parts;
    this.#patiently((milliseconds) => core.awaitLeave(team, milliseconds));
    this.#job.write(this.#numbers.get(kernel) as number, args, range);
    core.openJob(team, blocks);
    try {
      this.#job.work(core, team, this.#kernels);
    } catch (error) {
      this.#fail(`its first thread failed (${error})`, error);
    }
    this.#patiently((milliseconds) => core.awaitBlocks(team, milliseconds));
    core.closeJob(team);
    return this.#job.sumResults(blocks);
  }

  /** Waits as long as anybody gets on. */
  #patiently(wait: (milliseconds: number) => number): void {
    const { core, team } = this.#parts;
    let beats = -1;
    for (let quiet = 0; quiet < NAPS_WITHOUT_PROGRESS; quiet++) {
      if (wait(NAP_MILLISECONDS)) return;
      if (core.jobFailed(team)) this.#fail('a thread failed');
      const now = core.teamBeats(team);
      if (now !== beats) quiet = 0;
      beats = now;
    }
    this.#fail(`a thread gave no sign of life for ${(NAP_MILLISECONDS * NAPS_WITHOUT_PROGRESS) / 1000} seconds`);
  }

  #fail(reason: string, cause?: unknown): never {
    this.#parts.core.failJob(this.#parts.team);
    this.#giveUp(reason);
    throw new AdnceError('E_WORKER', {
      where: 'engine',
      what: `the running step was given up: ${reason}`,
      hint: 'run the step again; the engine goes on with one thread once its others have stopped (await engine.ready())',
      cause,
    });
  }

  /** Goes on alone, and says so. */
  #giveUp(reason: string): void {
    if (this.#state === 'ended') return;
    this.end();
    this.#parts.onNotice(`adnce goes on with one thread: ${reason}`);
  }

  /** @throws E_WORKER while threads of a failed job may still write into memory */
  mustBeQuiet(): void {
    if (this.#stopping === null) return;
    throw new AdnceError('E_WORKER', {
      where: 'engine.step',
      what: 'the threads of a step that was given up have not all stopped yet',
      hint: 'await engine.ready() before the next step',
    });
  }

  /** Sends all threads home. */
  end(): void {
    if (this.#state === 'ended') return;
    const { core, team } = this.#parts;
    this.#state = 'ended';
    core.dismissTeam(team);
    // The first thread's own instance works alone from here on.
    core.enlist(0, 0);
    this.#gone = Promise.all(this.#threads.map(({ host }) => host.stop()));
    if (!core.awaitLeave(team, 0)) {
      this.#stopping = this.#gone.then(() => {
        this.#stopping = null;
      });
    }
    this.#threads.length = 0;
    this.#settle?.();
  }

  /** Resolves when every thread is ready, or, after {@link end}, will not touch the memory any more; keeps the process alive until then. */
  settled(): Promise<void> {
    return awake(async () => {
      await this.#settled;
      await this.#stopping;
    });
  }

  /** Resolves when every thread is gone, after {@link end}; keeps the process alive until then. */
  gone(): Promise<void> {
    return awake(async () => {
      await this.#gone;
    });
  }
}

/** Waits for `work` and keeps the process alive meanwhile. */
async function awake(work: () => Promise<void>): Promise<void> {
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    await work();
  } finally {
    clearInterval(alive);
  }
}
