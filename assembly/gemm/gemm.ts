/**
 * C = op(A)·op(B) or C += op(A)·op(B) for row-major float32 matrices, by the register tile.
 *
 * Three steps, each of which threads can share: B is packed into panels of eight columns, A into fives of rows, and C is computed block
 * by block. The sum is cut into depths of 256, so that a B panel fills 8 KiB of the first-level cache; a block of C has up to
 * 120 rows and 128 columns, so that its A and B parts stay in the second level.
 *
 *     packed B, depth block by depth block           C
 *     ┌ 256 × 8 ┐┌ 256 × 8 ┐ …  ┌ rest × 8 ┐ …       ┌ block 0 ┬ block 1 ┬ …
 *       columns 0–7   8–15                           ├ …
 *
 * Order: within a depth block an element is one running sum; blocks are added in ascending order. An element's bits
 * depend on k alone, not on m, n, its place, or who computes it.
 */
import { thread } from '../parallel/thread';
import { packedBytes, packFives, packFivesTransposed, packRows, packTransposed } from './pack';
import { TILE_COLUMNS, TILE_ROWS, tile } from './tile';

const DEPTH_BLOCK: usize = 256;
const COLUMN_BLOCK: usize = 128;
const LARGEST_ROW_BLOCK: usize = 120;
const SMALLEST_ROW_BLOCK: usize = 40;
/** Fewer blocks of C than these would not keep several threads equally busy. */
const ENOUGH_BLOCKS: usize = 24;
/** A whole tile for the edges of C, five rows of eight, for each of 64 threads. */
const EDGE_BYTES: usize = 160;
const EDGES_BYTES: usize = 64 * EDGE_BYTES;

// @ts-ignore: decorator
@inline
function ceilDivide(a: usize, b: usize): usize {
  return (a + b - 1) / b;
}

/** Rows of a block of C: so many that there are blocks enough, if the matrix is large enough for that. */
function rowBlock(m: usize, n: usize): usize {
  const across = ceilDivide(n, COLUMN_BLOCK);
  let rows = LARGEST_ROW_BLOCK;
  while (rows > SMALLEST_ROW_BLOCK && ceilDivide(m, rows) * across < ENOUGH_BLOCKS) rows -= SMALLEST_ROW_BLOCK;
  return rows;
}

/** Number of blocks of C[m, n]. */
export function gemmBlocks(m: usize, n: usize): usize {
  return ceilDivide(m, rowBlock(m, n)) * ceilDivide(n, COLUMN_BLOCK);
}

/** Start of packed B and of packed A in the work space. */
// @ts-ignore: decorator
@inline
function panelsAt(work: usize): usize {
  return work + EDGES_BYTES;
}

// @ts-ignore: decorator
@inline
function fivesAt(work: usize, n: usize, k: usize): usize {
  return panelsAt(work) + packedBytes(n, k);
}

/** Bytes of work space that the product C[m, n] of depth k needs. */
export function gemmWorkBytes(m: usize, n: usize, k: usize): usize {
  return fivesAt(0, n, k) + ceilDivide(m, TILE_ROWS) * TILE_ROWS * k * 4 + 16;
}

/**
 * Packs the panels [from, to) of B, eight columns each.
 * @param transB 0: b is [k, n]; 1: b is [n, k] and its transpose is meant
 */
export function gemmPackB(
  transB: i32,
  n: usize,
  k: usize,
  b: usize,
  ldb: usize,
  work: usize,
  from: usize,
  to: usize,
): void {
  const column = from * TILE_COLUMNS;
  const columns = min(n, to * TILE_COLUMNS) - column;
  for (let start: usize = 0; start < k; start += DEPTH_BLOCK) {
    const depth = min<usize>(DEPTH_BLOCK, k - start);
    const out = panelsAt(work) + packedBytes(n, start) + column * depth * 4;
    if (transB) packTransposed(b + (column * ldb + start) * 4, ldb * 4, columns, depth, out);
    else packRows(b + (start * ldb + column) * 4, ldb * 4, columns, depth, out);
  }
}

/**
 * Packs the fives [from, to) of A.
 * @param transA 0: a is [m, k]; 1: a is [k, m] and its transpose is meant
 */
export function gemmPackA(
  transA: i32,
  m: usize,
  n: usize,
  k: usize,
  a: usize,
  lda: usize,
  work: usize,
  from: usize,
  to: usize,
): void {
  const row = from * TILE_ROWS;
  const rows = min(m, to * TILE_ROWS) - row;
  const padded = ceilDivide(m, TILE_ROWS) * TILE_ROWS;
  for (let start: usize = 0; start < k; start += DEPTH_BLOCK) {
    const depth = min<usize>(DEPTH_BLOCK, k - start);
    const out = fivesAt(work, n, k) + (start * padded + row * depth) * 4;
    if (transA) packFivesTransposed(a + (start * lda + row) * 4, lda * 4, rows, depth, out);
    else packFives(a + (row * lda + start) * 4, lda * 4, rows, depth, out);
  }
}

/**
 * Computes the blocks [from, to) of C from what is packed.
 * @param bias f32[n] that every row of C starts with, or 0
 * @param accumulate 0: C is overwritten; 1: C is added to, and `bias` is 0
 */
export function gemmCompute(
  m: usize,
  n: usize,
  k: usize,
  bias: usize,
  c: usize,
  ldc: usize,
  accumulate: i32,
  work: usize,
  from: usize,
  to: usize,
): void {
  const height = rowBlock(m, n);
  const across = ceilDivide(n, COLUMN_BLOCK);
  for (let block = from; block < to; block++) {
    const row = (block / across) * height;
    const column = (block % across) * COLUMN_BLOCK;
    const rows = min(height, m - row);
    const columns = min(COLUMN_BLOCK, n - column);
    const target = c + (row * ldc + column) * 4;
    if (bias) fillBlock(bias + column * 4, rows, columns, target, ldc * 4);
    computeBlock(m, n, k, row, rows, column, columns, target, ldc * 4, bias != 0 || accumulate != 0, work);
  }
}

function computeBlock(
  m: usize,
  n: usize,
  k: usize,
  row: usize,
  rows: usize,
  column: usize,
  columns: usize,
  target: usize,
  stride: usize,
  add: bool,
  work: usize,
): void {
  const padded = ceilDivide(m, TILE_ROWS) * TILE_ROWS;
  for (let start: usize = 0; start < k; start += DEPTH_BLOCK) {
    const depth = min<usize>(DEPTH_BLOCK, k - start);
    const fives = fivesAt(work, n, k) + (start * padded + row * depth) * 4;
    const panels = panelsAt(work) + packedBytes(n, start) + column * depth * 4;
    for (let j: usize = 0; j < columns; j += TILE_COLUMNS) {
      const width = min<usize>(TILE_COLUMNS, columns - j);
      const panel = panels + j * depth * 4;
      columnOfTiles(fives, panel, depth, rows, width, target + j * 4, stride, add || start != 0, work);
    }
  }
}

/** Every row of a block of C becomes the bias. */
function fillBlock(bias: usize, rows: usize, columns: usize, c: usize, stride: usize): void {
  for (let row: usize = 0; row < rows; row++, c += stride) memory.copy(c, bias, columns * 4);
}

/**
 * The whole product on one thread.
 * @param transA 0: a is [m, k]; 1: a is [k, m] and its transpose is meant
 * @param transB 0: b is [k, n]; 1: b is [n, k] and its transpose is meant
 * @param lda,ldb,ldc row strides in floats
 * @param accumulate 0: C is overwritten; 1: C is added to
 * @param work `gemmWorkBytes(m, n, k)` bytes, 16-byte aligned
 *
 * Cost: 2·m·n·k flops. Error: |c − ĉ| ≤ (min(k, 256) + ⌈k/256⌉ + 1)·2⁻²⁴·(|c₀| + Σ|a·b|), c₀ what is added to
 * (test/assembly/gemm.test.ts).
 */
export function gemm(
  transA: i32,
  transB: i32,
  m: usize,
  n: usize,
  k: usize,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  accumulate: i32,
  work: usize,
): void {
  if (k == 0) {
    if (!accumulate) for (let row: usize = 0; row < m; row++) memory.fill(c + row * ldc * 4, 0, n * 4);
    return;
  }
  gemmPackB(transB, n, k, b, ldb, work, 0, ceilDivide(n, TILE_COLUMNS));
  gemmPackA(transA, m, n, k, a, lda, work, 0, ceilDivide(m, TILE_ROWS));
  gemmCompute(m, n, k, 0, c, ldc, accumulate, work, 0, gemmBlocks(m, n));
}

/** All tiles of one B panel down the rows of a block. */
function columnOfTiles(
  fives: usize,
  panel: usize,
  depth: usize,
  rows: usize,
  columns: usize,
  c: usize,
  cStride: usize,
  add: bool,
  work: usize,
): void {
  const edge = work + thread() * EDGE_BYTES;
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const count = min<usize>(TILE_ROWS, rows - row);
    const whole = count == TILE_ROWS && columns == TILE_COLUMNS;
    const target = whole ? c + row * cStride : edge;
    const targetStride = whole ? cStride : 32;
    const accumulate = whole && add;
    tile(fives + row * depth * 4, 20, panel, 32, depth, target, targetStride, accumulate);
    if (!whole) copyEdge(edge, c + row * cStride, cStride, count, columns, add);
  }
}

function copyEdge(edge: usize, c: usize, cStride: usize, rows: usize, columns: usize, add: bool): void {
  for (let r: usize = 0; r < rows; r++) {
    for (let j: usize = 0; j < columns; j++) {
      const target = c + r * cStride + j * 4;
      const value = load<f32>(edge + r * 32 + j * 4);
      store<f32>(target, add ? load<f32>(target) + value : value);
    }
  }
}
