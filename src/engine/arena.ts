/**
 * The one memory of the engine, split by lifetime. Parameters live until freed: they come from a free list or from the
 * top. Activations live until the step ends: they are stacked on the top, and the end of the step takes them all off.
 *
 *     ┌ core's tables ┬ parameters, optimiser state, free gaps ┬ activations of the running step → ┬ unused ┐
 *     0               heapBase                                 mark                                top      limit
 */
import { AdnceError } from '../errors.js';
import type { Pointer } from './core.js';

const PAGE = 65536;
const ALIGNMENT = 64;

interface Gap {
  pointer: Pointer;
  bytes: number;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #limitBytes: number;
  readonly #sizes = new Map<Pointer, number>();
  #gaps: Gap[] = [];
  #top: Pointer;
  #mark: Pointer | null = null;
  #peak = 0;

  /**
   * @param base first free byte
   * @param limitBytes most bytes the memory may grow to, whole pages
   */
  constructor(memory: WebAssembly.Memory, base: Pointer, limitBytes: number) {
    this.memory = memory;
    this.#limitBytes = limitBytes;
    this.#top = align(base);
  }

  /** Bytes in use, core tables included; gaps count as used. */
  get usedBytes(): number {
    return this.#top;
  }

  /** Most bytes that were ever in use. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Bytes up to the limit that are left when the rest of the running step takes as much as it has taken so far. */
  get spareBytes(): number {
    const taken = this.#top - (this.#mark ?? this.#top);
    return Math.max(0, this.#limitBytes - this.#top - taken);
  }

  get inStep(): boolean {
    return this.#mark !== null;
  }

  /**
   * Zeroed memory that lives until {@link free}.
   * @throws E_STATE inside a step, E_MEMORY when the limit is reached
   */
  allocate(bytes: number, what: string): Pointer {
    const size = align(Math.max(bytes, 1));
    const gap = this.#gaps.findIndex((candidate) => candidate.bytes >= size);
    if (gap >= 0) return this.#fillGap(gap, size);
    if (this.#mark !== null) {
      throw new AdnceError('E_STATE', {
        where: 'engine.step',
        what: `${what} must outlive the step, but was created inside it`,
        hint: 'create modules, parameters and optimisers before engine.step()',
      });
    }
    const pointer = this.#raise(size, what);
    this.#sizes.set(pointer, size);
    return pointer;
  }

  /** Gives back what {@link allocate} gave. */
  free(pointer: Pointer): void {
    const bytes = this.#sizes.get(pointer);
    if (bytes === undefined) {
      throw new AdnceError('E_STATE', { where: 'free', what: 'the memory was freed before or never allocated' });
    }
    this.#sizes.delete(pointer);
    this.#gaps.push({ pointer, bytes });
    this.#joinGaps();
  }

  /** Memory of the running step, not zeroed. @throws E_MEMORY when the limit is reached */
  stack(bytes: number, what: string): Pointer {
    return this.#raise(align(Math.max(bytes, 1)), what);
  }

  /** Starts a step. */
  open(): void {
    if (this.#mark !== null) {
      throw new AdnceError('E_STATE', { where: 'engine.step', what: 'a step is already running; steps do not nest' });
    }
    this.#mark = this.#top;
  }

  /** Ends the step: everything stacked since {@link open} is gone. */
  close(): void {
    if (this.#mark !== null) this.#top = this.#mark;
    this.#mark = null;
  }

  #fillGap(index: number, size: number): Pointer {
    const gap = this.#gaps[index] as Gap;
    const pointer = gap.pointer;
    if (gap.bytes === size) this.#gaps.splice(index, 1);
    else this.#gaps[index] = { pointer: gap.pointer + size, bytes: gap.bytes - size };
    this.#sizes.set(pointer, size);
    new Uint8Array(this.memory.buffer, pointer, size).fill(0);
    return pointer;
  }

  #joinGaps(): void {
    this.#gaps.sort((a, b) => a.pointer - b.pointer);
    const joined: Gap[] = [];
    for (const gap of this.#gaps) {
      const last = joined.at(-1);
      if (last !== undefined && last.pointer + last.bytes === gap.pointer) last.bytes += gap.bytes;
      else joined.push({ ...gap });
    }
    const last = joined.at(-1);
    if (this.#mark === null && last !== undefined && last.pointer + last.bytes === this.#top) {
      this.#top = last.pointer;
      joined.pop();
    }
    this.#gaps = joined;
  }

  #raise(size: number, what: string): Pointer {
    const pointer = this.#top;
    const end = pointer + size;
    if (end > this.memory.buffer.byteLength) this.#grow(end, size, what);
    this.#top = end;
    this.#peak = Math.max(this.#peak, end);
    if (this.#mark === null) new Uint8Array(this.memory.buffer, pointer, size).fill(0);
    return pointer;
  }

  #grow(end: number, size: number, what: string): void {
    const have = this.memory.buffer.byteLength;
    // Growing by an eighth keeps the number of growths logarithmic.
    const wanted = Math.min(Math.max(end, have + (have >>> 3)), this.#limitBytes);
    try {
      if (end > this.#limitBytes) throw new RangeError('over the limit');
      this.memory.grow(Math.ceil((wanted - have) / PAGE));
    } catch (cause) {
      throw new AdnceError('E_MEMORY', {
        where: what,
        what: `${megabytes(size)} more are needed, ${megabytes(this.#top)} of ${megabytes(this.#limitBytes)} are in use`,
        hint: 'use a smaller batch or model, or raise init({ maximumMemory })',
        cause,
      });
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
