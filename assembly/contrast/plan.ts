/**
 * What a walk over the scores of a batch needs to know, laid out by the caller, who owns all memory.
 *
 * Anchors are the rows of U f32[rows, d], candidates the rows of V f32[columns, d], both of unit length. The score
 * matrix U·Vᵀ is never stored whole: it is cut into square tiles of `block` rows, walked twice.
 *
 *     half = 0                       half = 1 (U is V, scores are symmetric)
 *     ┌───┬───┬───┐                  ┌───┬───┬───┐
 *     │ 0 │ 1 │ 2 │  wave of each    │ 0 │ 1 │   │   only the diagonal and one tile of each
 *     ├───┼───┼───┤  tile: in one    ├───┼───┼───┤   mirrored pair; a tile serves the rows
 *     │ 2 │ 0 │ 1 │  wave no two     │   │ 0 │ 1 │   of both its sides
 *     ├───┼───┼───┤  tiles share a   ├───┼───┼───┤
 *     │ 1 │ 2 │ 0 │  row or column   │ 1 │   │ 0 │
 *     └───┴───┴───┘                  └───┴───┴───┘
 */

/** Field order is the ABI: src/losses/plan.ts writes the same names in the same order, one 32-bit word each. */
@unmanaged
export class Plan {
  /** Number of anchors. */
  rows: usize;
  /** Number of candidates. */
  columns: usize;
  /** Length of an embedding. */
  depth: usize;
  /** Bytes from one unit row (or gradient row) to the next; the padding is zero. */
  rowBytes: usize;
  /** 1: U is V. */
  half: usize;
  /** 1: candidates are anchors too, of the opposite direction (always so when half). */
  twoSided: usize;
  /** 1: no log-weight strays more than 64 below its bound, so one constant shift serves all rows. */
  bounded: usize;
  /** Edge of a tile, a multiple of 40 (tiles of 5 rows and 8 columns). */
  block: usize;
  /** Row blocks whose tiles are kept between the two sweeps; 0: none, scores are computed twice. */
  keptBlocks: usize;
  /** Excluded candidates: column i + offset of row i, for up to three offsets. */
  exclusions: usize;
  offset0: isize;
  offset1: isize;
  offset2: isize;
  unitU: usize;
  unitV: usize;
  /** V as the right-hand side of U·Vᵀ: panels [d][8] of eight candidates. */
  transposedV: usize;
  /** V as the right-hand side of G·V: panels [columns][8] of eight dimensions. */
  panelsV: usize;
  /** U as the right-hand side of Gᵀ·U. */
  panelsU: usize;
  /** Gradient of U and, apart, of V: f32, rowBytes a row, 8 spare rows at the end. */
  gradU: usize;
  gradV: usize;
  /** {@link Stats} of each row and, when two-sided, of each column. */
  rowStats: usize;
  columnStats: usize;
  /** {@link coefficient} arrays of the rows and of the columns (the same when half). */
  rowCoefficients: usize;
  columnCoefficients: usize;
  /** Score tiles: one, or all that are kept. */
  tiles: usize;
  /** Masks, weights and column sums of one tile: `contrastWorkBytes(block)`. */
  work: usize;
  /** 1: the kept tiles hold scores already, because statistics are gathered once more. */
  scored: usize;
  /** Candidates below it take gradients; those of a memory queue stand above. */
  gradColumns: usize;

  get blocksDown(): usize {
    return (this.rows + this.block - 1) / this.block;
  }

  get blocksAcross(): usize {
    return (this.columns + this.block - 1) / this.block;
  }

  /** Bytes from one row of a score tile to the next: eight floats more than a block, so that rows miss each other's cache sets. */
  get tileStride(): usize {
    return this.block * 4 + 32;
  }

  /** Bytes of a score tile. */
  get tileBytes(): usize {
    return this.block * this.tileStride;
  }

  /** Start of array `k` of the work space: `block` floats. */
  array(k: usize): usize {
    return this.work + WORK_HEADER + k * this.block * 4;
  }

  offset(k: usize): isize {
    return k == 0 ? this.offset0 : k == 1 ? this.offset1 : this.offset2;
  }
}

/**
 * What sweep 1 knows of an anchor: for each of two families of log-weights q the maximum m (or the constant shift),
 * z = Σ e^{q−m}, and the moments Σ e^{q−m}·s and Σ e^{q−m}·s². Families merge like streaming log-sum-exps. A rule that gives
 * weights themselves sets m0 and m1 before the sweep, and z, a, b are the plain sums.
 */
@unmanaged
export class Stats {
  m0: f64;
  z0: f64;
  a0: f64;
  b0: f64;
  m1: f64;
  z1: f64;
  a1: f64;
  b1: f64;
}

/** What sweep 2 knows of an anchor, as four arrays of `padded(n)` floats: two shifts and two factors. */
export const SHIFT0: usize = 0;
export const SHIFT1: usize = 1;
export const FACTOR0: usize = 2;
export const FACTOR1: usize = 3;

/** Start of one of the four arrays for `n` anchors. */
// @ts-ignore: decorator
@inline
export function coefficient(base: usize, which: usize, n: usize): usize {
  return base + which * ((n + 7) & ~7) * 4;
}

/** Arrays in the work space of a tile, `block` floats each. */
export const MASK: usize = 0;
export const WEIGHT0: usize = 1;
export const WEIGHT1: usize = 2;
export const COLUMN_MAX0: usize = 3;
export const COLUMN_MAX1: usize = 4;
export const COLUMN_SUMS: usize = 5;
const WORK_ARRAYS: usize = 11;

/** The walker's own records at the start of the work space: a tile, a mask. */
export const WORK_HEADER: usize = 128;
export const MASK_RECORD: usize = 64;

/** Bytes of work space for tiles of the given edge. */
export function contrastWorkBytes(block: usize): usize {
  return WORK_HEADER + WORK_ARRAYS * block * 4;
}

/** Bytes of the structures the caller allocates; a layout check for the other side of the ABI. */
export function contrastPlanBytes(): usize {
  return offsetof<Plan>();
}
