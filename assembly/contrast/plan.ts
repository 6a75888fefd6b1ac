/**
 * What a walk over the scores of a batch needs to know, laid out by the caller, who owns all memory.
 *
 * Anchors are the rows of U f32[rows, d], candidates the rows of V f32[columns, d], both of unit length. The score
 * matrix U·Vᵀ is never stored whole: it is cut into square tiles of `block` rows, walked twice in the order of ./schedule.
 */
import { TILE_ROWS } from '../gemm/tile';
import { thread } from '../parallel/thread';

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
  /** Row blocks that are walked over at a time, both sweeps of them. */
  group: usize;
  /** How many tiles of a group are kept between the two sweeps, from the first; scores of the others are computed twice. */
  keptTiles: usize;
  /** Excluded candidates: column i + offset of row i, for up to three offsets. */
  exclusions: usize;
  offset0: isize;
  offset1: isize;
  offset2: isize;
  unitU: usize;
  unitV: usize;
  /** V as the right-hand side of U·Vᵀ: panels [d][8] of eight candidates. */
  transposedV: usize;
  /**
   * V as the right-hand side of G·V and U as that of Gᵀ·U (the same when half): eight dimensions of a row, `rightBytes` from one row to
   * the next, the next eight `rightEightV` and `rightEightU` bytes further. Panels [n][8] of their own, or the unit rows as they are.
   */
  rightV: usize;
  rightU: usize;
  rightBytes: usize;
  rightEightV: usize;
  rightEightU: usize;
  /** Gradients of U and of V (the same when half): f32, rowBytes a row, 8 spare rows at the end. */
  gradU: usize;
  gradV: usize;
  /** {@link Stats} of each row and, when two-sided, of each column (the same when half). */
  rowStats: usize;
  columnStats: usize;
  /** {@link coefficient} arrays, float64 where exact, of the rows and of the columns (the same when half). */
  rowCoefficients: usize;
  columnCoefficients: usize;
  /** The score tiles that are kept. */
  tiles: usize;
  /** Who walks over which tile when: `scheduleBytes(blocksDown, blocksAcross)`. */
  schedule: usize;
  /** A part of `contrastWorkBytes` for each thread: a {@link Tile}, its arrays, its scores unless they are kept, and fives. */
  work: usize;
  /** 1: the kept tiles hold scores already, because statistics are gathered once more. */
  scored: usize;
  /** Candidates below it take gradients; those of a memory queue stand above. */
  gradColumns: usize;
  /** 1: statistics and gradients of scores are taken in float64, from unit rows of their own, f64[rows, depth] and f64[columns, depth]. */
  exact: usize;
  exactU: usize;
  exactV: usize;

  get blocksDown(): usize {
    return (this.rows + this.block - 1) / this.block;
  }

  get blocksAcross(): usize {
    return (this.columns + this.block - 1) / this.block;
  }

  /** The tile of this thread. */
  get ownTile(): Tile {
    return changetype<Tile>(this.work + thread() * contrastWorkBytes(this.block, this.depth, this.exact));
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

/** What sweep 2 knows of an anchor, as four arrays of `padded(n)` numbers T: two shifts and two factors. */
export const SHIFT0: usize = 0;
export const SHIFT1: usize = 1;
export const FACTOR0: usize = 2;
export const FACTOR1: usize = 3;

/** Start of one of the four arrays for `n` anchors. */
// @ts-ignore: decorator
@inline
export function coefficient<T>(base: usize, which: usize, n: usize): usize {
  return base + which * ((n + 7) & ~7) * sizeof<T>();
}

/** Arrays in the work space of a tile, `block` numbers each, as wide as its scores. */
export const MASK: usize = 0;
export const WEIGHT0: usize = 1;
export const WEIGHT1: usize = 2;
export const COLUMN_MAX0: usize = 3;
export const COLUMN_MAX1: usize = 4;
export const COLUMN_SUMS: usize = 5;
const WORK_ARRAYS: usize = 11;

/** Records at the start of the work space: a tile, a mask. */
const WORK_HEADER: usize = 128;
export const MASK_RECORD: usize = 64;

/** A tile of the walk: where it stands, how much of it exists and when its turn is. Its work space begins with it. */
@unmanaged
export class Tile {
  rowBlock: usize;
  columnBlock: usize;
  round: usize;
  /** First row and column, and how many there are. */
  row: usize;
  column: usize;
  rows: usize;
  columns: usize;
  /** Address of the scores. */
  scores: usize;
  /** Bytes of a score, 4 or 8. */
  scoreBytes: usize;
  /** Bytes from one row of scores to the next: 32 more than a block, so that rows miss each other's cache sets. */
  stride: usize;
  /** Bytes of an array of the work space. */
  arrayBytes: usize;
  /** Both its sides are the same block of the same matrix. */
  diagonal: bool;
  /** Its scores are kept between the two sweeps. */
  kept: bool;

  // @ts-ignore: decorator
  @inline
  array(k: usize): usize {
    return changetype<usize>(this) + WORK_HEADER + k * this.arrayBytes;
  }

  /** Where the left-hand side of a product is packed for the register tile. */
  // @ts-ignore: decorator
  @inline
  fives(plan: Plan): usize {
    return this.array(WORK_ARRAYS) + tileBytes(plan.block, this.scoreBytes);
  }

  /** Moves to the tile of row block `i` and column block `j`. */
  place(plan: Plan, i: usize, j: usize, round: usize): void {
    const block = plan.block;
    this.rowBlock = i;
    this.columnBlock = j;
    this.round = round;
    this.row = i * block;
    this.column = j * block;
    this.rows = min(block, plan.rows - this.row);
    this.columns = min(block, plan.columns - this.column);
    this.arrayBytes = block * this.scoreBytes;
    this.stride = this.arrayBytes + 32;
    this.diagonal = plan.half != 0 && i == j;
    const index = indexInGroup(plan, i, j);
    this.kept = index < plan.keptTiles;
    this.scores = this.kept ? plan.tiles + index * tileBytes(block, 4) : this.array(WORK_ARRAYS);
  }
}

/** Tiles of a group are counted row of blocks by row of blocks; of a half walk the upper triangle, column by column. */
// @ts-ignore: decorator
@inline
function indexInGroup(plan: Plan, i: usize, j: usize): usize {
  return plan.half ? (j * (j + 1)) / 2 + i : (i % plan.group) * plan.blocksAcross + j;
}

// @ts-ignore: decorator
@inline
function tileBytes(block: usize, scoreBytes: usize): usize {
  return block * (block * scoreBytes + 32);
}

/** Bytes of a thread's work space for tiles of the given edge and length of the embeddings, of float64 scores where `exact` is 1; a multiple of 64. */
export function contrastWorkBytes(block: usize, depth: usize, exact: usize): usize {
  const scoreBytes: usize = exact ? 8 : 4;
  const fives = max(block * block, TILE_ROWS * depth) * 4;
  return (WORK_HEADER + WORK_ARRAYS * block * scoreBytes + tileBytes(block, scoreBytes) + fives + 63) & ~63;
}

/** Bytes of the structures the caller allocates; a layout check for the other side of the ABI. */
export function contrastPlanBytes(): usize {
  return offsetof<Plan>();
}
