/**
 * A job: one kernel over units of work (rows, panels, tiles), cut into blocks of a fixed number of units, so that the cut
 * depends on the size of the problem and never on the number of threads. Each argument of the kernel is a number or moves with
 * the block, so a kernel that takes a pointer and a count runs piece by piece as it is.
 */
import type { Core, Pointer } from './core.js';

/** An argument of a kernel: a number, or base + byFrom·from + byTo·to for the units [from, to) of a block. */
export type Argument = number | readonly [base: number, byFrom: number, byTo: number];

/** A pointer that moves by `bytes` a unit. */
export function along(pointer: Pointer, bytes: number): Argument {
  return [pointer, bytes, 0];
}

/** The first unit of a block, the one after its last, and how many there are. */
export const FROM: Argument = [0, 1, 0];
export const TO: Argument = [0, 0, 1];
export const COUNT: Argument = [0, -1, 1];

/** Functions of the core that can run as a job. */
export type KernelName = keyof Core;

type Each<Parameters extends unknown[]> = { [K in keyof Parameters]: Argument };

/** The arguments of a kernel, one {@link Argument} for each parameter. */
export type Arguments<Name extends KernelName> = Each<Parameters<Core[Name]>>;

/** Units [first, last) in blocks of `grain`. */
export interface Range {
  first: number;
  last: number;
  grain: number;
}

/** More blocks than these are not made: results have this many slots. */
export const MOST_BLOCKS = 1024;

/** The cut of `units` units into blocks of at least `grain`. */
export function cut(first: number, last: number, grain: number): Range & { blocks: number } {
  const units = last - first;
  const size = grain * Math.max(1, Math.ceil(units / (grain * MOST_BLOCKS)));
  return { first, last, grain: size, blocks: Math.ceil(units / size) };
}

/** A function of the core, whichever. */
export type Kernel = (...args: number[]) => unknown;

/**
 * Scratch for the arguments of a call. It starts as undefined, so that the engine below keeps tagged values in it and a pointer is a small
 * integer there, not a number on the heap for each call.
 */
export function scratch(length: number): number[] {
  return new Array<number>(length).fill(undefined as unknown as number);
}

/** Calls a kernel for block number `block`. @param values {@link scratch}, as long as the arguments */
export function runBlock(
  kernel: Kernel,
  args: readonly Argument[],
  { first, last, grain }: Range,
  block: number,
  values: number[],
): number {
  const from = first + block * grain;
  const to = Math.min(last, from + grain);
  for (let k = 0; k < args.length; k++) {
    const argument = args[k] as Argument;
    values[k] = typeof argument === 'number' ? argument : argument[0] + argument[1] * from + argument[2] * to;
  }
  const result = kernel(...values);
  return typeof result === 'number' ? result : 0;
}

/** Doubles of a job in shared memory: its head, three for each of at most 24 arguments, and a result for each block. */
const [KERNEL, FIRST, LAST, GRAIN, ARGUMENTS, HEAD] = [0, 1, 2, 3, 4, 5];
const MOST_ARGUMENTS = 24;
const RESULTS = HEAD + 3 * MOST_ARGUMENTS;
export const JOB_BYTES = (RESULTS + MOST_BLOCKS) * 8;

/** The job of a team, as it stands in shared memory: written by the first thread, read by all. Nothing here allocates. */
export class SharedJob {
  readonly #words: Float64Array;
  /** Arguments of the block in work. */
  readonly #values = scratch(MOST_ARGUMENTS);

  constructor(memory: WebAssembly.Memory, pointer: Pointer) {
    this.#words = new Float64Array(memory.buffer, pointer, JOB_BYTES / 8);
  }

  /** @param kernel number of the kernel among the core's functions */
  write(kernel: number, args: readonly Argument[], { first, last, grain }: Range): void {
    const words = this.#words;
    words[KERNEL] = kernel;
    words[FIRST] = first;
    words[LAST] = last;
    words[GRAIN] = grain;
    words[ARGUMENTS] = args.length;
    for (let k = 0; k < args.length; k++) {
      const argument = args[k] as Argument;
      const at = HEAD + 3 * k;
      words[at] = typeof argument === 'number' ? argument : argument[0];
      words[at + 1] = typeof argument === 'number' ? 0 : argument[1];
      words[at + 2] = typeof argument === 'number' ? 0 : argument[2];
    }
  }

  /** What a thread does inside an open job: takes blocks until there are none. */
  work(core: Core, team: Pointer, kernels: readonly Kernel[]): void {
    const words = this.#words;
    const kernel = kernels[words[KERNEL] as number] as Kernel;
    for (let block = core.takeBlock(team); block >= 0; block = core.takeBlock(team)) {
      words[RESULTS + block] = this.#call(kernel, block);
      core.finishBlock(team);
    }
  }

  #call(kernel: Kernel, block: number): number {
    const words = this.#words;
    const values = this.#values;
    const from = (words[FIRST] as number) + block * (words[GRAIN] as number);
    const to = Math.min(words[LAST] as number, from + (words[GRAIN] as number));
    values.length = words[ARGUMENTS] as number;
    for (let k = 0; k < values.length; k++) {
      const at = HEAD + 3 * k;
      values[k] = (words[at] as number) + (words[at + 1] as number) * from + (words[at + 2] as number) * to;
    }
    const result = kernel(...values);
    return typeof result === 'number' ? result : 0;
  }

  /** Σ of the results of the blocks, in their order. */
  sumResults(blocks: number): number {
    let sum = 0;
    for (let block = 0; block < blocks; block++) sum += this.#words[RESULTS + block] as number;
    return sum;
  }
}

/** What a thread is told when it starts. */
export interface ThreadOrders {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  team: Pointer;
  job: Pointer;
  /** Number of the thread, from 1. */
  index: number;
}

/** What a thread says: once that it is ready, or why a job could not go on. */
export type ThreadReport = { ready: true } | { ready: false; reason: string };

/** Names of the core's functions in an order that all its instances share. */
export function kernelNames(module: WebAssembly.Module): KernelName[] {
  return WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name as KernelName);
}

/** The core's functions in that order. */
export function kernelsOf(core: Core, module: WebAssembly.Module): Kernel[] {
  return kernelNames(module).map((name) => core[name] as Kernel);
}
