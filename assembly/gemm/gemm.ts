/**
 * C = op(A)·op(B) or C += op(A)·op(B) for row-major float32 matrices, by the register tile.
 *
 * Blocks: the sum is cut into depths of 256 (a B panel then fills 8 KiB of the first-level cache), the rows into 240
 * (an A block of 240 KiB stays in the second level). B is packed once a depth block; a transposed A is packed, a plain
 * one is read in place.
 *
 * Order: within a depth block an element is one running sum; blocks are added in ascending order. An element's bits
 * depend on k alone, not on m, n, or its place.
 */

import { packFives, packRows, packTransposed } from './pack';
import { TILE_COLUMNS, TILE_ROWS, tileColumnMajor, tileRowMajor } from './tile';

const DEPTH_BLOCK: usize = 256;
const ROW_BLOCK: usize = 240;
/** A whole tile for the edges of C: five rows of eight. */
const EDGE_BYTES: usize = 160;

/** Bytes of work space that {@link gemm} needs. */
export function gemmWorkBytes(m: usize, n: usize, k: usize): usize {
  const depth = min<usize>(k, DEPTH_BLOCK);
  const panels = ((n + TILE_COLUMNS - 1) / TILE_COLUMNS) * depth * 32;
  const rows = min<usize>(m + TILE_ROWS, ROW_BLOCK);
  return EDGE_BYTES + panels + rows * depth * 4 + 16;
}

/**
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
  const panels = work + EDGE_BYTES;
  const fives = panels + ((n + TILE_COLUMNS - 1) / TILE_COLUMNS) * min<usize>(k, DEPTH_BLOCK) * 32;
  for (let start: usize = 0; start < k; start += DEPTH_BLOCK) {
    const depth = min<usize>(DEPTH_BLOCK, k - start);
    if (transB) packTransposed(b + start * 4, ldb * 4, n, depth, panels);
    else packRows(b + start * ldb * 4, ldb * 4, n, depth, panels);
    const add = accumulate != 0 || start != 0;
    for (let row: usize = 0; row < m; row += ROW_BLOCK) {
      const rows = min<usize>(ROW_BLOCK, m - row);
      const block = transA ? a + (start * lda + row) * 4 : a + (row * lda + start) * 4;
      if (transA) packFives(block, lda * 4, rows, depth, fives);
      for (let column: usize = 0; column < n; column += TILE_COLUMNS) {
        const panel = panels + column * depth * 4;
        const columns = min<usize>(TILE_COLUMNS, n - column);
        const target = c + (row * ldc + column) * 4;
        if (transA) columnOfTiles(fives, 0, panel, depth, rows, columns, target, ldc * 4, add, work);
        else columnOfTiles(block, lda * 4, panel, depth, rows, columns, target, ldc * 4, add, work);
      }
    }
  }
}

/** All tiles of one B panel down the rows of a block; `aStride` 0 says that `a` is packed in fives. */
function columnOfTiles(
  a: usize,
  aStride: usize,
  panel: usize,
  depth: usize,
  rows: usize,
  columns: usize,
  c: usize,
  cStride: usize,
  add: bool,
  edge: usize,
): void {
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const count = min<usize>(TILE_ROWS, rows - row);
    const whole = count == TILE_ROWS && columns == TILE_COLUMNS;
    const target = whole ? c + row * cStride : edge;
    const targetStride = whole ? cStride : 32;
    const accumulate = whole && add;
    if (aStride == 0) tileColumnMajor(a + row * depth * 4, 20, panel, depth, target, targetStride, accumulate);
    else tileRowMajor(a + row * aStride, aStride, count, panel, depth, target, targetStride, accumulate);
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
