/** A core with memory of its own, and numbers in and out of it, for tests of single kernels. */
import { Engine, type Pointer } from '../../src/engine/index.js';

/** Bytes before and after a guarded block, and what they hold. */
const GUARD = 64;
const CANARY = 0xa5;

/** Memory of a kernel's test. Blocks are 16-byte aligned and fenced by canaries. */
export class Bench {
  readonly engine: Engine;
  readonly #fences: { pointer: Pointer; bytes: number; name: string }[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get core(): Engine['core'] {
    return this.engine.core;
  }

  /** A copy of `values`. */
  floats(values: ArrayLike<number>, name = 'input'): Pointer {
    const pointer = this.block(values.length * 4, name);
    this.engine.f32.set(values, pointer / 4);
    return pointer;
  }

  doubles(values: ArrayLike<number>, name = 'input'): Pointer {
    const pointer = this.block(values.length * 8, name);
    this.engine.f64.set(values, pointer / 8);
    return pointer;
  }

  /** Exactly `bytes` bytes of 0xa5, fenced: a canary starts at the very next byte. */
  block(bytes: number, name: string): Pointer {
    const start = this.engine.arena.stack(bytes + 2 * GUARD, name);
    new Uint8Array(this.engine.arena.memory.buffer, start, bytes + 2 * GUARD).fill(CANARY);
    this.#fences.push({ pointer: start + GUARD, bytes, name });
    return start + GUARD;
  }

  readF32(pointer: Pointer, count: number): Float32Array {
    return this.engine.f32.slice(pointer / 4, pointer / 4 + count);
  }

  readF64(pointer: Pointer, count: number): Float64Array {
    return this.engine.f64.slice(pointer / 8, pointer / 8 + count);
  }

  /** Names of the blocks next to which something was written. */
  broken(): string[] {
    const memory = new Uint8Array(this.engine.arena.memory.buffer);
    const intact = (from: number) => memory.subarray(from, from + GUARD).every((byte) => byte === CANARY);
    return this.#fences
      .filter(({ pointer, bytes }) => !intact(pointer - GUARD) || !intact(pointer + bytes))
      .map(({ name }) => name);
  }
}

let shared: Engine | undefined;

/** Runs `work` on an engine of the test file; all blocks are given back afterwards. */
export async function onCore<T>(work: (bench: Bench) => T): Promise<T> {
  shared ??= await Engine.create();
  const engine = shared;
  return engine.step(() => work(new Bench(engine)));
}

/** Uniform numbers in [−1, 1) from a seed: a small generator of the tests' own. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** `count` float32 from a generator. */
export function randomFloats(count: number, next: () => number): Float32Array {
  return Float32Array.from({ length: count }, next);
}
