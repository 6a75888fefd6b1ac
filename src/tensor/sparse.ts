/**
 * Tables with sparse gradients: a step touches a few thousand of maybe a million rows, so only those get gradients. They stand
 * in the memory of the running step, one row for each touched row of the table; parameters over the same rows (a table and a
 * weight for each row) share them:
 *
 *     slots   u32[rows], lives on     row → 1 + its slot, 0 if untouched
 *     piece   (one for each backward that met rows nobody had touched)
 *               ids   u32[count]      slot → row
 *               rows  [count]         ┌ gradient of table row … ┬ gradient of weight ┐  each part padded to 16 bytes
 *
 * Gradients last until they are cleared or the step ends, so the optimiser's step belongs into the same engine.step().
 */
import { type Engine, engine, type Pointer } from '../engine/index.js';
import { AdnceError, assertInternal } from '../errors.js';
import { type Shape, Tensor } from './tensor.js';

/** Rows that one backward touched first, and their gradients. */
export interface SparsePiece {
  /** u32[count], rows of the table, none twice and none in another piece. */
  readonly ids: Pointer;
  readonly count: number;
  /** Gradient rows, {@link SparseGrad.rowBytes} apart. */
  rows: Pointer;
  /** Slot of the first. */
  readonly first: number;
}

/** The touched rows of a table in the running step, in the order of first touch. */
export class SparseGrad {
  readonly engine: Engine;
  /** Rows of the table. */
  readonly rows: number;
  /** Bytes from one gradient row to the next. */
  readonly rowBytes: number;
  /** u32[rows], for kernels. */
  readonly slots: Pointer;
  readonly #pieces: SparsePiece[] = [];
  #total = 0;
  #freed = false;
  #guarded = false;
  readonly #atStepEnd = () => {
    this.#guarded = false;
    this.clear();
  };

  constructor(owner: Engine, rows: number, rowBytes: number, name: string) {
    this.engine = owner;
    this.rows = rows;
    this.rowBytes = rowBytes;
    this.slots = owner.arena.allocate(rows * 4, `${name}: slots of gradient rows`);
  }

  get pieces(): readonly SparsePiece[] {
    return this.#pieces;
  }

  /** Number of touched rows. */
  get touched(): number {
    return this.#total;
  }

  /**
   * Gives every row of `ids` a gradient row. The rows of the piece that is returned are new and hold no zeros yet; null when all
   * were touched before.
   * @param ids u32[count], rows in [0, rows)
   */
  touch(ids: Pointer, count: number): SparsePiece | null {
    const { core, arena } = this.engine;
    assertInternal(arena.inStep, 'sparse gradients need a step');
    const touched = arena.stack(Math.min(count, this.rows) * 4, 'touched rows');
    if (!this.#guarded) {
      this.#guarded = true;
      this.engine.onStepEnd(this.#atStepEnd);
    }
    const fresh = core.sparseTouch(this.slots, ids, count, this.#total, touched);
    if (fresh === 0) return null;
    const piece: SparsePiece = { ids: touched, count: fresh, rows: 0, first: this.#total };
    try {
      piece.rows = arena.stack(fresh * this.rowBytes, 'gradients of touched rows');
    } catch (error) {
      core.sparseClear(this.slots, touched, fresh);
      throw error;
    }
    this.#pieces.push(piece);
    this.#total += fresh;
    return piece;
  }

  /** Forgets all gradients. */
  clear(): void {
    if (!this.#freed) {
      for (const { ids, count } of this.#pieces) this.engine.core.sparseClear(this.slots, ids, count);
    }
    this.#pieces.length = 0;
    this.#total = 0;
  }

  free(): void {
    if (this.#freed) return;
    this.clear();
    this.#freed = true;
    this.engine.arena.free(this.slots);
  }
}

/** A trainable tensor over the rows of a table; its gradient is {@link SparseGrad}, never dense. */
export class SparseParameter extends Tensor {
  readonly sparse: SparseGrad;
  /** Numbers in a row. */
  readonly width: number;
  /** Byte at which this parameter's part of a gradient row starts. */
  readonly gradOffset: number;

  constructor(sparse: SparseGrad, shape: Shape, gradOffset: number, requiresGrad: boolean, name: string) {
    super(sparse.engine, shape, requiresGrad, name);
    this.sparse = sparse;
    this.gradOffset = gradOffset;
    this.width = shape.slice(1).reduce((product, n) => product * n, 1);
  }

  override get gradPointer(): Pointer {
    throw new AdnceError('E_STATE', {
      where: this.name,
      what: 'a table has gradients for touched rows only, but the op wants one for every row',
      hint: 'use it through embeddingBag() or nn.EmbeddingBag',
    });
  }

  /** Null: there is no dense gradient; see {@link denseGrad}. */
  override get grad(): Float32Array | null {
    return null;
  }

  override reserveGrad(): void {}

  /** Forgets the gradients of all parameters that share these rows. */
  override zeroGrad(): void {
    this.sparse.clear();
  }

  /** The gradient with all its zeros, f32[this.shape], a copy: to look at and to check. */
  denseGrad(): Float32Array {
    const dense = new Float32Array(this.length);
    const { f32, i32 } = this.engine;
    for (const { ids, rows, count } of this.sparse.pieces) {
      for (let k = 0; k < count; k++) {
        const row = (rows + k * this.sparse.rowBytes + this.gradOffset) >>> 2;
        dense.set(f32.subarray(row, row + this.width), (i32[(ids >>> 2) + k] as number) * this.width);
      }
    }
    return dense;
  }

  override free(): void {
    super.free();
    this.sparse.free();
  }
}

/**
 * Makes parameters of zeros over the rows of one table; all of them have `rows` as their first length.
 * @throws E_SHAPE, E_STATE inside a step
 */
export function sparseParameters(
  rows: number,
  columns: readonly { name: string; shape?: Shape; requiresGrad?: boolean }[],
): SparseParameter[] {
  const owner = engine();
  const where = columns[0]?.name ?? 'sparseParameters';
  const lengths = [rows, ...columns.flatMap(({ shape }) => shape ?? [])];
  if (lengths.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new AdnceError('E_SHAPE', { where, what: `lengths must be integers >= 1, got [${lengths.join(', ')}]` });
  }
  if (owner.arena.inStep) {
    throw new AdnceError('E_STATE', {
      where,
      what: 'a parameter must outlive the step, but was created inside it',
      hint: 'create modules before engine.step()',
    });
  }
  const offsets: number[] = [];
  let bytes = 0;
  for (const { shape = [] } of columns) {
    offsets.push(bytes);
    bytes += Math.ceil(shape.reduce((product, n) => product * n, 1) / 4) * 16;
  }
  const sparse = new SparseGrad(owner, rows, bytes, where);
  return columns.map(
    ({ name, shape = [], requiresGrad = true }, k) =>
      new SparseParameter(sparse, [rows, ...shape], offsets[k] as number, requiresGrad, name),
  );
}
