/**
 * Embeddings of earlier batches, kept as negatives of later ones (MoCo, XBM): a ring of unit rows in the memory of the
 * engine, first in, first out. They take no gradient.
 */

import { type Engine, engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustKnowKeys } from '../options.js';
import { mustHaveShape, type Tensor } from '../tensor/index.js';
import { unitRowBytes } from './plan.js';

/** Options of {@link MemoryQueue}. */
export interface MemoryQueueOptions {
  /** Most rows it holds, at least as many as a batch has. */
  size: number;
  /** Length of an embedding. */
  dimension: number;
}

export class MemoryQueue {
  readonly engine: Engine;
  readonly size: number;
  readonly dimension: number;
  /** Bytes from one row to the next; the padding is zero. */
  readonly rowBytes: number;
  readonly #rows: Pointer;
  /** Where 1/‖·‖ of the rows that come in is written: the normalisation gives it, nobody reads it. */
  readonly #inverse: Pointer;
  #oldest = 0;
  #length = 0;
  #freed = false;

  /** An empty queue that lives until freed. @throws E_OPTION, E_STATE inside a step, E_MEMORY */
  constructor(options: MemoryQueueOptions) {
    const where = 'MemoryQueue';
    mustKnowKeys(where, options, ['size', 'dimension']);
    this.size = mustBeInteger(where, 'size', options.size, { min: 1 });
    this.dimension = mustBeInteger(where, 'dimension', options.dimension, { min: 1 });
    this.engine = engine();
    this.rowBytes = unitRowBytes(this.dimension);
    this.#rows = this.engine.arena.allocate(this.size * this.rowBytes, where);
    this.#inverse = this.engine.arena.allocate(this.size * 8, where);
  }

  /** Rows it holds now. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds the rows of a batch, at unit length; the oldest make room for them.
   * @param embeddings f32[n, dimension], n ≤ size
   * @throws E_SHAPE, E_OPTION when the batch is larger than the queue, E_VALUE when a number is not finite
   */
  enqueue(embeddings: Tensor): void {
    const where = 'MemoryQueue.enqueue';
    this.#mustBeAlive(where);
    mustHaveShape(where, 'embeddings', embeddings, [null, this.dimension], 'the queue was made for this length');
    const n = embeddings.shape[0] as number;
    this.mustHold(where, n);
    const bad = embeddings.data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      const [row, column] = [Math.floor(bad / this.dimension), bad % this.dimension];
      throw new AdnceError('E_VALUE', {
        where,
        what: `"embeddings" must be finite, row ${row} column ${column} is ${embeddings.data[bad]}`,
      });
    }
    if (this.#length + n > this.size) this.dequeue(this.#length + n - this.size);
    const start = (this.#oldest + this.#length) % this.size;
    const first = Math.min(n, this.size - start);
    this.#write(embeddings.pointer, first, start);
    this.#write(embeddings.pointer + first * this.dimension * 4, n - first, 0);
    this.#length += n;
  }

  /** Drops the `count` oldest rows. @throws E_OPTION when there are fewer */
  dequeue(count: number): void {
    mustBeInteger('MemoryQueue.dequeue', 'count', count, { min: 0, max: this.#length });
    this.#oldest = (this.#oldest + count) % this.size;
    this.#length -= count;
  }

  /** Refuses a batch of `n` rows that the queue could not hold. */
  mustHold(where: string, n: number): void {
    if (n <= this.size) return;
    throw new AdnceError('E_OPTION', {
      where,
      what: `the "size" of the queue must be an integer >= the batch of ${n} rows, got ${this.size}`,
      hint: `the nearest valid size is ${n}`,
    });
  }

  /** Copies the rows, oldest first, to `target`, whose rows are as far apart as the queue's. */
  copyTo(target: Pointer): void {
    this.#mustBeAlive('MemoryQueue');
    const bytes = new Uint8Array(this.engine.arena.memory.buffer);
    const first = Math.min(this.#length, this.size - this.#oldest) * this.rowBytes;
    const from = this.#rows + this.#oldest * this.rowBytes;
    bytes.copyWithin(target, from, from + first);
    bytes.copyWithin(target + first, this.#rows, this.#rows + this.#length * this.rowBytes - first);
  }

  /** The unit rows, oldest first: f32[length, dimension]. */
  toArray(): Float32Array {
    this.#mustBeAlive('MemoryQueue');
    const out = new Float32Array(this.#length * this.dimension);
    for (let i = 0; i < this.#length; i++) {
      const row = (this.#rows + ((this.#oldest + i) % this.size) * this.rowBytes) >>> 2;
      out.set(this.engine.f32.subarray(row, row + this.dimension), i * this.dimension);
    }
    return out;
  }

  /**
   * Takes over rows that {@link toArray} gave, bit for bit, in the place of those it holds.
   * @throws E_CHECKPOINT when they are no whole rows or too many
   */
  load(rows: Float32Array): void {
    this.#mustBeAlive('MemoryQueue.load');
    const count = rows.length / this.dimension;
    if (!Number.isInteger(count) || count > this.size) {
      throw new AdnceError('E_CHECKPOINT', {
        where: 'MemoryQueue.load',
        what: `at most ${this.size} rows of ${this.dimension} numbers are expected, got ${rows.length} numbers`,
      });
    }
    for (let i = 0; i < count; i++) {
      const row = (this.#rows + i * this.rowBytes) >>> 2;
      this.engine.f32.fill(0, row, row + this.rowBytes / 4);
      this.engine.f32.set(rows.subarray(i * this.dimension, (i + 1) * this.dimension), row);
    }
    this.#oldest = 0;
    this.#length = count;
  }

  /** Gives its memory back. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#length = 0;
    this.engine.arena.free(this.#rows);
    this.engine.arena.free(this.#inverse);
  }

  #write(source: Pointer, count: number, row: number): void {
    if (count === 0) return;
    const { core } = this.engine;
    const target = this.#rows + row * this.rowBytes;
    core.l2NormalizeForward(source, count, this.dimension, target, this.rowBytes, this.#inverse);
  }

  #mustBeAlive(where: string): void {
    if (this.#freed) throw new AdnceError('E_STATE', { where, what: 'the queue was freed' });
  }
}
