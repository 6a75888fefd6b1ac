/** Batched similarities: S = U·Vᵀ of rows that are already of unit length, by the register tile. */
import { gemm, gemmWorkBytes } from '../gemm/gemm';

/** Bytes of work space for {@link similarities}. */
export function similarityWorkBytes(n: usize, m: usize, d: usize): usize {
  return gemmWorkBytes(n, m, d);
}

/**
 * @param u f32[n, d], unit rows
 * @param v f32[m, d], unit rows
 * @param out f32[n, m], cosines
 */
export function similarities(u: usize, v: usize, n: usize, m: usize, d: usize, out: usize, work: usize): void {
  gemm(0, 1, n, m, d, u, d, v, d, out, m, 0, work);
}
