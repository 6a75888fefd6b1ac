/**
 * Packing for the two sides of the register tile, so that it reads one stream of each: the right-hand side as panels of eight
 * columns, [k][8], zero-padded to eight; the left-hand side as fives of rows, [k][5], zero-padded to five.
 *
 *     rows of B [k, n]                      panels
 *     ┌───8───┬───8───┬─ n mod 8 ─┐         ┌ k × 8 ┐┌ k × 8 ┐┌ k × 8, zeros right ┐
 */
import { TILE_COLUMNS } from './tile';

/** Bytes of a packed matrix of `n` columns and length `k`. */
// @ts-ignore: decorator
@inline
export function packedBytes(n: usize, k: usize): usize {
  return ((n + TILE_COLUMNS - 1) / TILE_COLUMNS) * k * 32;
}

/** Packs a row-major b[k, n]: panel p holds columns 8p … 8p+7. Row r of a panel is 8 neighbours of row r of b. */
export function packRows(b: usize, rowStride: usize, n: usize, k: usize, out: usize): void {
  const full = n & ~7;
  for (let column: usize = 0; column < full; column += 8) {
    let source = b + column * 4;
    for (const end = out + k * 32; out < end; out += 32, source += rowStride) {
      v128.store(out, v128.load(source));
      v128.store(out, v128.load(source, 16), 16);
    }
  }
  const left = n - full;
  if (left == 0) return;
  let source = b + full * 4;
  for (const end = out + k * 32; out < end; out += 32, source += rowStride) {
    for (let c: usize = 0; c < 8; c++) {
      store<f32>(out + c * 4, c < left ? load<f32>(source + c * 4) : 0);
    }
  }
}

/** Packs the transpose of a row-major b[n, k]: panel p holds rows 8p … 8p+7 of b as its columns. */
export function packTransposed(b: usize, rowStride: usize, n: usize, k: usize, out: usize): void {
  const panelBytes = k * 32;
  for (let row: usize = 0; row < n; row += 8, out += panelBytes) {
    const rows = min<usize>(8, n - row);
    const source = b + row * rowStride;
    if (rows == 8) transposePanel(source, rowStride, k, out);
    else transposeSlowly(source, rowStride, rows, 8, k, out);
  }
}

function transposePanel(source: usize, rowStride: usize, k: usize, out: usize): void {
  const source4 = source + 4 * rowStride;
  const whole = k & ~3;
  for (let step: usize = 0; step < whole; step += 4) {
    transpose4x4(source + step * 4, rowStride, out + step * 32, 32);
    transpose4x4(source4 + step * 4, rowStride, out + step * 32 + 16, 32);
  }
  transposeSlowly(source + whole * 4, rowStride, 8, 8, k - whole, out + whole * 32);
}

/** What is no whole square: `rows` rows side by side, with zeros up to `width`. */
function transposeSlowly(source: usize, rowStride: usize, rows: usize, width: usize, k: usize, out: usize): void {
  for (let step: usize = 0; step < k; step++, out += width * 4) {
    for (let r: usize = 0; r < width; r++) {
      store<f32>(out + r * 4, r < rows ? load<f32>(source + r * rowStride + step * 4) : 0);
    }
  }
}

/** Four rows of four become four steps, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4x4(source: usize, rowStride: usize, out: usize, step: usize): void {
  const r0 = v128.load(source);
  const r1 = v128.load(source + rowStride);
  const r2 = v128.load(source + 2 * rowStride);
  const r3 = v128.load(source + 3 * rowStride);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(out + step, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(out + 2 * step, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(out + 3 * step, v128.shuffle<f64>(high01, high23, 1, 3));
}

/** Packs the transpose of a row-major a[k, m] into fives: [k][5], five rows of the product's left-hand side, zero-padded to five. */
export function packFivesTransposed(a: usize, rowStride: usize, m: usize, k: usize, out: usize): void {
  for (let row: usize = 0; row < m; row += 5) {
    const rows = min<usize>(5, m - row);
    let source = a + row * 4;
    for (let step: usize = 0; step < k; step++, source += rowStride, out += 20) {
      if (rows == 5) {
        v128.store(out, v128.load(source));
        store<f32>(out, load<f32>(source, 16), 16);
      } else {
        for (let r: usize = 0; r < 5; r++) store<f32>(out + r * 4, r < rows ? load<f32>(source + r * 4) : 0);
      }
    }
  }
}

/** Packs a row-major a[m, k] into the same fives. */
export function packFives(a: usize, rowStride: usize, m: usize, k: usize, out: usize): void {
  for (let row: usize = 0; row < m; row += 5, out += k * 20) {
    const source = a + row * rowStride;
    if (m - row >= 5) packFive(source, rowStride, k, out);
    else transposeSlowly(source, rowStride, m - row, 5, k, out);
  }
}

function packFive(source: usize, rowStride: usize, k: usize, out: usize): void {
  const fifth = source + 4 * rowStride;
  const whole = k & ~3;
  for (let step: usize = 0; step < whole; step += 4, out += 80) {
    transpose4x4(source + step * 4, rowStride, out, 20);
    const last = v128.load(fifth + step * 4);
    v128.store_lane<f32>(out, last, 0, 16);
    v128.store_lane<f32>(out, last, 1, 36);
    v128.store_lane<f32>(out, last, 2, 56);
    v128.store_lane<f32>(out, last, 3, 76);
  }
  transposeSlowly(source + whole * 4, rowStride, 5, 5, k - whole, out);
}
