/**
 * Embedding bag: each text is the mean or sum of the table's rows its features point to, each times a weight if there are
 * weights. The plain mean Σ w·E/n is taken, not Σ w·E/Σ|w|: it is linear in w, so its gradient is smooth where weights meet 0,
 * and a weight learns how much its feature matters without moving all others; the overall length is the loss's to ignore.
 */
import { along, COUNT, type Engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber, mustBeOneOf, mustKnowKeys } from '../options.js';
import { mustHaveShape, output, record, SparseParameter, sparseParameters, type Tensor } from '../tensor/index.js';
import { checkSource, normal, type RandomSource } from './init.js';
import { Module } from './module.js';

/** Texts, and touched rows of the table, that a thread takes at a time. */
const TEXT_GRAIN = 16;
const ROW_GRAIN = 64;

/** Bags of features: bag i holds `ids[offsets[i]] … ids[offsets[i + 1] − 1]`; it may be empty. */
export interface Bags {
  ids: ArrayLike<number>;
  /** One more than there are bags, from 0 to the number of ids. */
  offsets: ArrayLike<number>;
}

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagOptions {
  /** `mean` (default) or `sum`. */
  mode?: 'mean' | 'sum';
  /** A weight for each row of the table, f32[rows]; if it is trainable, made with the table by `sparseParameters`. */
  weights?: Tensor;
}

/**
 * out_t = Σ_j w[id_j]·E[id_j], over the number of features if the mode is `mean`; an empty text is 0.
 * @param table f32[rows, d]
 * @returns f32[texts, d]
 * @throws E_SHAPE when an id lies outside the table or offsets do not rise from 0 to the number of ids; E_OPTION
 */
export function embeddingBag(table: SparseParameter, bags: Bags, options: EmbeddingBagOptions = {}): Tensor {
  const where = 'embeddingBag';
  mustKnowKeys(where, options, ['mode', 'weights']);
  const mean = mustBeOneOf(where, 'mode', options.mode ?? 'mean', ['mean', 'sum']) === 'mean' ? 1 : 0;
  mustHaveShape(where, 'table', table, [null, null]);
  if (!(table instanceof SparseParameter)) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"table" must have sparse gradients',
      hint: 'make it by sparseParameters() or nn.EmbeddingBag',
    });
  }
  const [rows, d] = table.shape as [number, number];
  const { weights } = options;
  if (weights !== undefined) checkWeights(where, table, weights);
  const texts = bags.offsets.length - 1;
  const y = output(weights === undefined ? [table] : [table, weights], [Math.max(texts, 0), d], where);
  const { engine } = y;
  mustBeWhole(where, 'ids', bags.ids);
  mustBeWhole(where, 'offsets', bags.offsets);
  const ids = engine.stackI32(bags.ids, where);
  const offsets = engine.stackI32(bags.offsets, where);
  const checked = texts < 0 ? -1 : engine.core.bagCheck(ids, bags.ids.length, rows, offsets, texts);
  if (checked !== 0) refuseBags(where, bags, rows, checked);
  const factors = engine.stackF32(texts, where);
  const w = weights?.pointer ?? 0;
  const [c, out] = [along(factors, 4), along(y.pointer, d * 4)];
  engine.run('bagForward', texts, TEXT_GRAIN, [table.pointer, d, w, ids, along(offsets, 4), COUNT, mean, c, out]);
  record(y, () =>
    sendBack(engine, { table, weights, ids, offsets, factors, texts, count: bags.ids.length, g: y.gradPointer }),
  );
  return y;
}

function checkWeights(where: string, table: SparseParameter, weights: Tensor): void {
  mustHaveShape(where, 'weights', weights, [table.shape[0] as number], 'one weight for each row of the table');
  const shared = weights instanceof SparseParameter && weights.sparse === table.sparse;
  if (weights.requiresGrad && !shared) {
    throw new AdnceError('E_OPTION', {
      where,
      what: 'trainable "weights" must share the rows of their gradients with the table',
      hint: 'make both by one call of sparseParameters()',
    });
  }
}

/** Refuses what a copy to 32-bit integers would change without a word; arrays of integers need no look. */
function mustBeWhole(where: string, name: string, values: ArrayLike<number>): void {
  if (values instanceof Int32Array || values instanceof Uint32Array) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === (value | 0)) continue;
    throw new AdnceError('E_SHAPE', { where, what: `${name} must be integers in [0, 2³¹), got ${value} at ${i}` });
  }
}

function refuseBags(where: string, bags: Bags, rows: number, checked: number): never {
  const { ids, offsets } = bags;
  const what =
    checked > 0
      ? `ids must be integers in [0, ${rows}), got ${ids[checked - 1]} at ${checked - 1}`
      : `offsets must rise from 0 to ${ids.length}, the number of ids, got ${offsets[-checked - 1]} at ${-checked - 1}`;
  throw new AdnceError('E_SHAPE', { where, what, hint: 'encode texts with the vocabulary the table was made for' });
}

interface Passed {
  table: SparseParameter;
  weights: Tensor | undefined;
  ids: Pointer;
  offsets: Pointer;
  factors: Pointer;
  texts: number;
  count: number;
  g: Pointer;
}

function sendBack(engine: Engine, { table, weights, ids, offsets, factors, texts, count, g }: Passed): void {
  const { core, arena } = engine;
  const { sparse } = table;
  const d = table.width;
  const fresh = sparse.touch(ids, count);
  const starts = arena.stack((sparse.touched + 2) * 4, 'embeddingBag');
  const entries = arena.stack(count * 4, 'embeddingBag');
  core.bagInvert(sparse.slots, ids, offsets, texts, sparse.touched, starts, entries);
  // Bytes from the table's part of a gradient row to the weight's; it may lie before it.
  const weightAt =
    weights instanceof SparseParameter && weights.requiresGrad ? weights.gradOffset - table.gradOffset : 0;
  // Where a new row also holds what this op does not write, it has to start from zeros.
  const overwrite = sparse.rowBytes === Math.ceil(d / 4) * 16 + (weightAt === 0 ? 0 : 16);
  if (fresh !== null && !overwrite) {
    engine.f32.fill(0, fresh.rows >>> 2, (fresh.rows + fresh.count * sparse.rowBytes) >>> 2);
  }
  for (const piece of sparse.pieces) {
    engine.run('bagBackward', piece.count, ROW_GRAIN, [
      along(piece.rows + table.gradOffset, sparse.rowBytes),
      sparse.rowBytes,
      piece === fresh && overwrite ? 1 : 0,
      weightAt,
      g,
      factors,
      table.pointer,
      d,
      weights?.pointer ?? 0,
      along(starts + piece.first * 4, 4),
      entries,
      along(piece.ids, 4),
      COUNT,
    ]);
  }
}

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagModuleOptions extends RandomSource {
  /** `mean` (default) or `sum`. */
  mode?: 'mean' | 'sum';
  /** A weight for each feature: `none` (default), `fixed` as set, or `learned`; all are 1 at first. */
  weights?: 'none' | 'fixed' | 'learned';
  /** Deviation of the first rows, normal around 0. Default 0.02. */
  std?: number;
}

/** {@link embeddingBag} with a table of its own, f32[rows, d], and weights if wanted, f32[rows]. */
export class EmbeddingBag extends Module {
  readonly weight: SparseParameter;
  /** Weights of the features, to be set to IDF or learnt from 1. */
  readonly featureWeights: SparseParameter | null;
  readonly #mode: 'mean' | 'sum';

  /**
   * @param rows number of features
   * @param d length of a row
   * @throws E_OPTION
   */
  constructor(rows: number, d: number, options: EmbeddingBagModuleOptions) {
    super();
    const where = 'EmbeddingBag';
    mustKnowKeys(where, options, ['mode', 'weights', 'std', 'seed', 'stream']);
    mustBeInteger(where, 'rows', rows, { min: 1 });
    mustBeInteger(where, 'd', d, { min: 1 });
    this.#mode = mustBeOneOf(where, 'mode', options.mode ?? 'mean', ['mean', 'sum']);
    const weights = mustBeOneOf(where, 'weights', options.weights ?? 'none', ['none', 'fixed', 'learned']);
    const std = mustBeNumber(where, 'std', options.std ?? 0.02, { min: 0 });
    const source = checkSource(where, options);
    const [table, featureWeights] = sparseParameters(rows, [
      { name: 'weight', shape: [d] },
      ...(weights === 'none' ? [] : [{ name: 'featureWeights', requiresGrad: weights === 'learned' }]),
    ]);
    this.weight = this.own('weight', table as SparseParameter);
    this.featureWeights = featureWeights === undefined ? null : this.own('featureWeights', featureWeights);
    this.featureWeights?.data.fill(1);
    normal(this.weight, { ...source, std });
  }

  /** @returns f32[texts, d] */
  forward(bags: Bags): Tensor {
    const weights = this.featureWeights;
    return embeddingBag(this.weight, bags, { mode: this.#mode, ...(weights === null ? {} : { weights }) });
  }
}
