/**
 * Texts encoded once and kept as flat arrays, so that a batch is a copy of a few integers and no text is tokenised
 * twice. The buffers of a batch are reused: a batch is valid until the next one is gathered.
 */
import { AdnceError } from '../errors.js';
import type { FeatureBatch } from './types.js';

/** An i32 array that grows by doubling. */
export class Int32List {
  #items: Int32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.#items = new Int32Array(Math.max(1, capacity));
  }

  push(value: number): void {
    if (this.length === this.#items.length) this.#grow(this.length + 1);
    this.#items[this.length++] = value;
  }

  /** Appends the first `count` items. */
  append(items: Int32Array, count = items.length): void {
    if (this.length + count > this.#items.length) this.#grow(this.length + count);
    for (let i = 0; i < count; i++) this.#items[this.length + i] = items[i] as number;
    this.length += count;
  }

  #grow(needed: number): void {
    const items = new Int32Array(Math.max(needed, this.#items.length * 2));
    items.set(this.#items);
    this.#items = items;
  }

  /** The items so far, without a copy; later pushes may leave this view behind. */
  view(): Int32Array {
    return this.#items.subarray(0, this.length);
  }
}

/** A column of texts as bags of features; see {@link FeatureBatch} for the layout. */
export class EncodedTexts implements FeatureBatch {
  #ids = new Int32Array(0);
  #offsets = new Int32Array(1);

  constructor(
    readonly ids: Int32Array,
    readonly offsets: Int32Array,
  ) {}

  /** The number of texts. */
  get count(): number {
    return this.offsets.length - 1;
  }

  /**
   * The bags of some rows, in the order given. The result shares buffers with the next call.
   * @param rows row indices in [0, count)
   * @throws E_SHAPE a row outside of that
   */
  gather(rows: ArrayLike<number>): FeatureBatch {
    const total = this.#countFeatures(rows);
    if (this.#ids.length < total) this.#ids = new Int32Array(Math.max(total, this.#ids.length * 2));
    if (this.#offsets.length < rows.length + 1) this.#offsets = new Int32Array(rows.length + 1);
    const ids = this.#ids;
    let at = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const end = this.offsets[row + 1] as number;
      for (let j = this.offsets[row] as number; j < end; j++) ids[at++] = this.ids[j] as number;
      this.#offsets[i + 1] = at;
    }
    return { ids: ids.subarray(0, total), offsets: this.#offsets.subarray(0, rows.length + 1) };
  }

  #countFeatures(rows: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (!(row >= 0 && row < this.count)) {
        throw new AdnceError('E_SHAPE', { where: 'gather', what: `rows must lie in [0, ${this.count}), got ${row}` });
      }
      total += (this.offsets[row + 1] as number) - (this.offsets[row] as number);
    }
    return total;
  }
}
