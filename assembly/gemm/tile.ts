/**
 * The register tile under every matrix product: C[5,8] = A[5,k] · B[k,8], or C += A·B.
 *
 *          B panel, packed [k][8]         10 accumulators stay in registers,
 *          ┌──────┬──────┐                2 loads of B and 5 broadcasts of A a step:
 *     A    │ b_lo │ b_hi │                15 of the 16 vector registers of x64 at most,
 *     ├ 0 ─┼ c00  │ c01  │                so V8 spills none. 6×8 would need fused
 *     ├ 1 ─┼ c10  │ c11  │                multiply-add to fit.
 *     ⋮    ⋮      ⋮
 *     └ 4 ─┴ c40  ┴ c41
 *
 * The five rows of a step stand side by side, packed or as neighbours in a row-major Aᵀ, so that one address serves all of them.
 * The loop has its test at the end and an `if` before it: the only form in which V8 both computes the addresses of the five once and
 * keeps the order of loads and arithmetic. Addresses move on before they are used, so that they need not be widened: 33 instructions
 * a step (docs/performance.md).
 *
 * Order: every element is one running sum over k ascending, so an element's bits do not depend on where the
 * tile stands in the matrix or on how many rows and columns surround it.
 */
import { madd } from '../math/madd';

export const TILE_ROWS: usize = 5;
export const TILE_COLUMNS: usize = 8;

/** Writes or adds one row of the tile. */
// @ts-ignore: decorator
@inline
function put(c: usize, accumulate: bool, lo: v128, hi: v128): void {
  if (accumulate) {
    v128.store(c, f32x4.add(v128.load(c), lo));
    v128.store(c, f32x4.add(v128.load(c, 16), hi), 16);
  } else {
    v128.store(c, lo);
    v128.store(c, hi, 16);
  }
}

/**
 * @param a five neighbours in memory are the five rows of one step, steps `aStride` bytes apart: 20 where packed in fives
 * @param b eight columns of B: [k][8], steps `bStride` bytes apart: 32 in a packed panel; not the first `bStride` bytes of memory
 * @param k length of the sum
 * @param c row-major output, five rows of eight, `cStride` bytes apart
 */
export function tile(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  k: usize,
  c: usize,
  cStride: usize,
  accumulate: bool,
): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00,
    c40 = c00,
    c41 = c00;
  a -= aStride;
  b -= bStride;
  const end = b + k * bStride;
  if (b < end) {
    do {
      a += aStride;
      b += bStride;
      const lo = v128.load(b);
      const hi = v128.load(b, 16);
      let x = v128.load32_splat(a);
      c00 = madd(x, lo, c00);
      c01 = madd(x, hi, c01);
      x = v128.load32_splat(a, 4);
      c10 = madd(x, lo, c10);
      c11 = madd(x, hi, c11);
      x = v128.load32_splat(a, 8);
      c20 = madd(x, lo, c20);
      c21 = madd(x, hi, c21);
      x = v128.load32_splat(a, 12);
      c30 = madd(x, lo, c30);
      c31 = madd(x, hi, c31);
      x = v128.load32_splat(a, 16);
      c40 = madd(x, lo, c40);
      c41 = madd(x, hi, c41);
    } while (b < end);
  }
  put(c, accumulate, c00, c01);
  put((c += cStride), accumulate, c10, c11);
  put((c += cStride), accumulate, c20, c21);
  put((c += cStride), accumulate, c30, c31);
  put((c += cStride), accumulate, c40, c41);
}
