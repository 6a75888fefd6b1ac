/**
 * Batches of rows, shuffled anew for each epoch, in which no text stands twice: in a contrastive loss every other row is
 * a negative, and a text can't be its own negative.
 *
 * The plan of an epoch is a pure function of (seed, epoch). Rows come in shuffled order; each goes to the first batch
 * with room behind the last batch that holds one of its texts. So a duplicate is deferred to a later batch, never lost;
 * what is frequent beyond the number of batches ends in small batches at the end of the epoch.
 */
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeInteger, mustKnowKeys } from '../options.js';
import { Draws, permutation } from './random.js';
import type { TextPairs } from './types.js';

/** One id per distinct text for each column; equal texts have equal ids across columns. */
export interface TextKeys {
  anchors: Int32Array;
  positives: Int32Array;
  negatives?: Int32Array;
}

/** Options of {@link Batches}. */
export interface BatchOptions {
  /** Rows of a full batch, >= 1. */
  batchSize: number;
  /** An integer in [0, 2^53). Default 0. */
  seed?: number;
  /** Text ids; rows that share one never meet in a batch. See {@link textKeys}. */
  keys?: TextKeys;
  /** Leave out batches that are not full. Default false. */
  dropLast?: boolean;
}

/** Where a run stands: the next batch is number `position` of `epoch`. */
export interface BatchState {
  epoch: number;
  position: number;
}

/** The stream number of the shuffle; other users of the same seed take others. */
const SHUFFLE_STREAM = 1;

/**
 * Ids of the texts of a data set: equal texts, equal ids. A row whose negative equals the anchor or positive of another
 * row may not meet that row either; rows with the same negative may meet.
 */
export function textKeys(pairs: TextPairs): TextKeys {
  const ids = new Map<string, number>();
  const idsOf = (texts: readonly string[]) => {
    const out = new Int32Array(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i] as string;
      let id = ids.get(text);
      if (id === undefined) {
        id = ids.size;
        ids.set(text, id);
      }
      out[i] = id;
    }
    return out;
  };
  const anchors = idsOf(pairs.anchors);
  const positives = idsOf(pairs.positives);
  return { anchors, positives, ...(pairs.negatives === undefined ? {} : { negatives: idsOf(pairs.negatives) }) };
}

/** The batches of one epoch. */
export class EpochPlan {
  constructor(
    readonly epoch: number,
    /** All rows of the epoch, batch after batch. */
    readonly rows: Int32Array,
    /** Where each batch begins in `rows`; one entry more than there are batches. */
    readonly offsets: Int32Array,
    /** Rows that had to wait for a later batch because of a duplicate text. */
    readonly deferred: number,
    /** Rows left out because their batch was not full (`dropLast`). */
    readonly dropped: number,
  ) {}

  /** The number of batches. */
  get count(): number {
    return this.offsets.length - 1;
  }

  /** The rows of batch `index` in [0, count), as a view. */
  batch(index: number): Int32Array {
    return this.rows.subarray(this.offsets[index] as number, this.offsets[index + 1] as number);
  }
}

/** Draws batches of row numbers, deterministically and without duplicate texts. */
export class Batches {
  readonly batchSize: number;
  readonly seed: number;
  readonly dropLast: boolean;
  readonly #keys: TextKeys | undefined;
  readonly #keyCount: number;
  #plan: EpochPlan | undefined;
  #state: BatchState = { epoch: 0, position: 0 };

  /**
   * @param n rows of the data set, >= 1
   * @throws E_OPTION a wrong option; E_SHAPE keys of another length; E_DATA fewer rows than one full batch (`dropLast`)
   */
  constructor(
    readonly n: number,
    options: BatchOptions,
  ) {
    const where = 'Batches';
    mustKnowKeys(where, options, ['batchSize', 'seed', 'keys', 'dropLast']);
    mustBeInteger(where, 'n', n, { min: 1, max: 2 ** 31 - 2 });
    this.batchSize = mustBeInteger(where, 'batchSize', options.batchSize, { min: 1 });
    this.seed = mustBeInteger(where, 'seed', options.seed ?? 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.dropLast = mustBeBoolean(where, 'dropLast', options.dropLast ?? false);
    this.#keys = options.keys;
    this.#keyCount = options.keys === undefined ? 0 : checkKeys(where, options.keys, n);
    if (this.dropLast && n < this.batchSize) {
      throw new AdnceError('E_DATA', {
        where,
        what: `at least one full batch of ${this.batchSize} rows is needed, got ${n} rows`,
        hint: 'lower the batch size or set dropLast to false',
      });
    }
  }

  /** The plan of epoch `k` (an integer in [0, 2^32)). */
  plan(k: number): EpochPlan {
    if (this.#plan?.epoch !== k) {
      mustBeInteger('Batches', 'epoch', k, { min: 0, max: 2 ** 32 - 1 });
      this.#plan = this.#makePlan(k);
    }
    return this.#plan;
  }

  /**
   * The batches of epoch `k`, each an i32 array of row numbers.
   * @param from the first batch to give, for resuming
   */
  *epoch(k: number, from = 0): Generator<Int32Array, void, undefined> {
    const plan = this.plan(k);
    for (let i = from; i < plan.count; i++) yield plan.batch(i);
  }

  /**
   * The next batch of an endless run through the epochs.
   * @throws E_DATA an epoch without a single full batch (`dropLast` with very many duplicates)
   */
  next(): Int32Array {
    let plan = this.plan(this.#state.epoch);
    if (this.#state.position >= plan.count) {
      this.#state = { epoch: this.#state.epoch + 1, position: 0 };
      plan = this.plan(this.#state.epoch);
    }
    if (plan.count === 0) {
      throw new AdnceError('E_DATA', {
        where: 'Batches',
        what: `a full batch of ${this.batchSize} rows without duplicate texts is needed, got none in ${this.n} rows`,
        hint: 'lower the batch size or set dropLast to false',
      });
    }
    const rows = plan.batch(this.#state.position);
    this.#state = { epoch: this.#state.epoch, position: this.#state.position + 1 };
    return rows;
  }

  /** Where {@link next} stands. */
  get state(): BatchState {
    return { ...this.#state };
  }

  /**
   * Goes on from a state that was saved; the options and the data must be the same.
   * @throws E_OPTION not a state
   */
  restore(state: BatchState): void {
    mustKnowKeys('Batches.restore', state, ['epoch', 'position']);
    this.#state = {
      epoch: mustBeInteger('Batches.restore', 'epoch', state.epoch, { min: 0, max: 2 ** 32 - 1 }),
      position: mustBeInteger('Batches.restore', 'position', state.position, { min: 0 }),
    };
  }

  #makePlan(k: number): EpochPlan {
    const order = permutation(this.n, new Draws(this.seed, SHUFFLE_STREAM, k));
    const placed = place(order, this.batchSize, this.#keys, this.#keyCount);
    return layOut(k, order, placed, this.batchSize, this.dropLast);
  }
}

/** Checks the lengths and returns one more than the largest id. */
function checkKeys(where: string, keys: TextKeys, n: number): number {
  mustKnowKeys(`${where}.keys`, keys, ['anchors', 'positives', 'negatives']);
  let count = 0;
  for (const [name, column] of Object.entries(keys) as [string, Int32Array | undefined][]) {
    if (column === undefined) continue;
    if (column.length !== n) {
      throw new AdnceError('E_SHAPE', { where, what: `keys.${name} must be i32[${n}], got i32[${column.length}]` });
    }
    for (const id of column) {
      if (id < 0) throw new AdnceError('E_OPTION', { where, what: `keys.${name} must hold ids >= 0, got ${id}` });
      if (id >= count) count = id + 1;
    }
  }
  return count;
}

/** The batch each row of the order goes to, and how many rows had to wait. */
interface Placement {
  batchOf: Int32Array;
  sizes: Int32Array;
  batches: number;
  deferred: number;
}

function place(order: Int32Array, size: number, keys: TextKeys | undefined, keyCount: number): Placement {
  const n = order.length;
  const batchOf = new Int32Array(n);
  const sizes = new Int32Array(n);
  // nextOpen[b] leads to the first batch >= b with room (a union-find forest over full batches).
  const nextOpen = new Int32Array(n + 1).map((_, b) => b);
  // The last batch that holds a text as anchor or positive, and as negative.
  const lastUse = new Int32Array(keyCount).fill(-1);
  const lastNegative = new Int32Array(keys?.negatives === undefined ? 0 : keyCount).fill(-1);
  let batches = 0;
  let deferred = 0;
  for (let i = 0; i < n; i++) {
    const row = order[i] as number;
    const earliest = keys === undefined ? 0 : earliestBatch(keys, row, lastUse, lastNegative);
    const batch = findOpen(nextOpen, earliest);
    if (earliest > 0 && batch !== findOpen(nextOpen, 0)) deferred++;
    batchOf[i] = batch;
    sizes[batch] = (sizes[batch] as number) + 1;
    if (sizes[batch] === size) nextOpen[batch] = batch + 1;
    if (batch >= batches) batches = batch + 1;
    if (keys !== undefined) markUsed(keys, row, batch, lastUse, lastNegative);
  }
  return { batchOf, sizes: sizes.subarray(0, batches), batches, deferred };
}

function earliestBatch(keys: TextKeys, row: number, lastUse: Int32Array, lastNegative: Int32Array): number {
  const anchor = keys.anchors[row] as number;
  const positive = keys.positives[row] as number;
  let last = Math.max(lastUse[anchor] as number, lastUse[positive] as number);
  if (keys.negatives !== undefined) {
    const negative = keys.negatives[row] as number;
    last = Math.max(
      last,
      lastNegative[anchor] as number,
      lastNegative[positive] as number,
      lastUse[negative] as number,
    );
  }
  return last + 1;
}

function markUsed(keys: TextKeys, row: number, batch: number, lastUse: Int32Array, lastNegative: Int32Array): void {
  lastUse[keys.anchors[row] as number] = batch;
  lastUse[keys.positives[row] as number] = batch;
  if (keys.negatives === undefined) return;
  const negative = keys.negatives[row] as number;
  lastNegative[negative] = Math.max(lastNegative[negative] as number, batch);
}

/** Follows the forest to the first open batch and shortens the way for the next call. */
function findOpen(nextOpen: Int32Array, from: number): number {
  let root = from;
  while (nextOpen[root] !== root) root = nextOpen[root] as number;
  let at = from;
  while (nextOpen[at] !== root) {
    const next = nextOpen[at] as number;
    nextOpen[at] = root;
    at = next;
  }
  return root;
}

/** Sorts the rows by batch, keeping the shuffled order within one, and leaves out what `dropLast` drops. */
function layOut(epoch: number, order: Int32Array, placed: Placement, size: number, dropLast: boolean): EpochPlan {
  const { batchOf, sizes, batches, deferred } = placed;
  const offsets = [0];
  const cursor = new Int32Array(batches).fill(-1);
  let total = 0;
  for (let b = 0; b < batches; b++) {
    const rows = sizes[b] as number;
    if (rows === 0 || (dropLast && rows < size)) continue;
    cursor[b] = total;
    total += rows;
    offsets.push(total);
  }
  const rows = new Int32Array(total);
  for (let i = 0; i < order.length; i++) {
    const b = batchOf[i] as number;
    const at = cursor[b] as number;
    if (at < 0) continue;
    rows[at] = order[i] as number;
    cursor[b] = at + 1;
  }
  return new EpochPlan(epoch, rows, Int32Array.from(offsets), deferred, order.length - total);
}
