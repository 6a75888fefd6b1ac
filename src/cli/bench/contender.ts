/** One peer on one problem: its process, its samples, and in the end its row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputFile } from './inputs.js';
import type { Measurement, Status } from './measurement.js';
import { type PeerInfo, Unavailable } from './peers/peer.js';
import type { Problem } from './problem.js';
import { PeerProcess } from './process.js';
import type { FoundProgram } from './programs.js';
import { type Exact, gradientError, gradientNorm } from './reference/index.js';
import { LONG_STEP, pairedRatio, repeatsFor, summarize } from './statistics.js';

/** What all contenders of a problem share. */
export interface Task {
  problem: Problem;
  inputs: InputFile;
  want: Exact;
  /** For files that come and go. */
  folder: string;
}

/** Losses must agree with float64, relative to their size from 1 up. */
const LOSS_TOLERANCE = 1e-4;
/** Norms of gradients must agree with ours. */
const NORM_TOLERANCE = 1e-3;
/** Seconds a peer may take for anything. */
const TIMEOUT = 900;
/** Milliseconds of steps that warm a peer up. */
const WARM_UP = 100;

export class Contender {
  readonly peer: PeerInfo;
  readonly #task: Task;
  readonly #samples: number[] = [];
  readonly #pairs = new Map<string, [ours: number, theirs: number][]>();
  #process: PeerProcess | null = null;
  #estimate = 0;
  #facts: Partial<Measurement> = {};
  #status: Status = 'ok';
  #reason: string | null = null;

  constructor(peer: PeerInfo, task: Task) {
    this.peer = peer;
    this.#task = task;
  }

  get alive(): boolean {
    return this.#process !== null;
  }

  /** Milliseconds of one step, roughly. */
  get estimate(): number {
    return this.#estimate;
  }

  get sampled(): boolean {
    return this.#samples.length > 0;
  }

  /**
   * Starts the process, compares loss and gradients with float64 and warms it up.
   * @param found the program, or why there is none
   * @param norm what the norm of the gradients has to be; none for the first
   */
  async open(found: FoundProgram, norm: number | null): Promise<void> {
    if ('missing' in found) {
      this.skip('unavailable', found.missing);
      return;
    }
    const { program, version } = found;
    await this.#attempt(async () => {
      this.#process = new PeerProcess(program);
      const { problem, inputs } = this.#task;
      const { flops, threads, version: own } = await this.#ask({ op: 'open', peer: this.peer.name, problem, inputs });
      this.#facts.flops = flops ?? null;
      this.#facts.threads = threads ?? 1;
      this.#facts.version = own ?? version;
      await this.#check(norm);
      await this.#warmUp();
    });
  }

  /** Says that there is nothing to measure. */
  skip(status: Status, reason: string): void {
    this.#status = status;
    this.#reason = reason;
  }

  /**
   * One measurement; null when the peer failed.
   * @param least milliseconds that its steps take together, at least
   */
  async sample(least = 25): Promise<number | null> {
    const repeats = repeatsFor(this.#estimate, Math.max(25, least));
    const measured = await this.#attempt(() => this.#ask({ op: 'measure', repeats }));
    if (measured === null) return null;
    this.#samples.push(measured.milliseconds);
    return measured.milliseconds;
  }

  /** Notes two neighbouring measurements. */
  pair(baseline: string, ours: number, theirs: number): void {
    const pairs = this.#pairs.get(baseline) ?? [];
    pairs.push([ours, theirs]);
    this.#pairs.set(baseline, pairs);
  }

  async close(): Promise<void> {
    const memory = await this.#attempt(() => this.#ask({ op: 'close' }));
    if (memory === null) return;
    Object.assign(this.#facts, { extraBytes: null, ...memory });
    this.kill();
  }

  /** Ends the process at once. */
  kill(): void {
    this.#process?.kill();
    this.#process = null;
  }

  get gradientNorm(): number | null {
    return this.#facts.gradientNorm ?? null;
  }

  result(): Measurement {
    const { name, title, setup } = this.peer;
    const ok = this.#status === 'ok';
    return {
      problem: this.#task.problem,
      peer: name,
      title,
      setup,
      version: null,
      threads: 1,
      loss: null,
      lossError: null,
      gradientError: null,
      gradientNorm: null,
      peakBytes: null,
      openBytes: null,
      extraBytes: null,
      flops: null,
      ...this.#facts,
      status: this.#status,
      reason: this.#reason,
      samples: this.#samples,
      time: this.sampled ? summarize(this.#samples) : null,
      ratios: ok ? Object.fromEntries([...this.#pairs].map(([ours, pairs]) => [ours, pairedRatio(pairs)])) : {},
    };
  }

  async #check(norm: number | null): Promise<void> {
    const { problem, want, folder } = this.#task;
    const path = join(folder, `${this.peer.name}.bin`);
    const start = performance.now();
    const { loss, lengths } = await this.#ask({ op: 'check', gradients: path });
    this.#estimate = performance.now() - start;
    if (this.#facts.flops !== null) return;
    const gradients = splitFloats(readFileSync(path), lengths);
    const facts = {
      loss,
      lossError: Math.abs(loss - want.loss),
      gradientError: gradientError(gradients, want),
      gradientNorm: gradientNorm(gradients),
    };
    Object.assign(this.#facts, facts);
    if (!(facts.lossError <= LOSS_TOLERANCE * Math.max(1, Math.abs(want.loss)))) {
      this.skip('wrong', `the loss is ${loss}, not ${want.loss}`);
    } else if (norm !== null && !(Math.abs(facts.gradientNorm / norm - 1) <= NORM_TOLERANCE)) {
      this.skip('wrong', `the norm of the gradients is ${facts.gradientNorm}, not ${norm} (${problem.case})`);
    }
  }

  async #warmUp(): Promise<void> {
    // A very long step was warm-up enough.
    if (this.#estimate > LONG_STEP) {
      this.#reason ??= 'fewer rounds: a step takes more than 20 s';
      return;
    }
    const first = await this.#ask({ op: 'measure', repeats: 1 });
    const repeats = repeatsFor(first.milliseconds, WARM_UP);
    const second = repeats === 1 ? first : await this.#ask({ op: 'measure', repeats });
    this.#estimate = second.milliseconds;
  }

  #ask<R extends Parameters<PeerProcess['ask']>[0]>(request: R) {
    if (this.#process === null) throw new Error('internal: the process is not running');
    return this.#process.ask(request, TIMEOUT);
  }

  /** A failure is this peer's alone: it becomes its row. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.skip(error instanceof Unavailable ? 'unavailable' : 'failed', reason);
      this.kill();
      return null;
    }
  }
}

function splitFloats(bytes: Buffer, lengths: readonly number[]): Float32Array[] {
  let offset = bytes.byteOffset;
  return lengths.map((length) => {
    const part = new Float32Array(bytes.buffer.slice(offset, offset + 4 * length));
    offset += 4 * length;
    return part;
  });
}
