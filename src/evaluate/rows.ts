/** Checks of row-major matrices of embeddings, shared by the metrics of this room. */
import { AdnceError } from '../errors.js';
import { mustBeInteger } from '../options.js';

/** float32 normalisation leaves a squared norm within a few ULP of 1; a thousandth is far outside. */
const UNIT_TOLERANCE = 1e-3;

/**
 * The number of rows of `matrix`.
 * @param matrix f32[n,dimension], row-major
 * @throws E_OPTION the dimension is not a positive integer; E_SHAPE the length is not a multiple of it
 */
export function countRows(where: string, name: string, matrix: Float32Array, dimension: number): number {
  mustBeInteger(where, 'dimension', dimension, { min: 1 });
  const rows = matrix.length / dimension;
  if (Number.isInteger(rows)) return rows;
  throw new AdnceError('E_SHAPE', {
    where,
    what: `"${name}" must be f32[n,${dimension}], got ${matrix.length} numbers`,
    hint: `${matrix.length} is not a multiple of ${dimension}`,
  });
}

/**
 * The number of rows of `matrix`, each of which must have norm 1.
 * @param matrix f32[n,dimension], row-major
 * @throws E_OPTION, E_SHAPE as {@link countRows}; E_VALUE a row is not finite or not of norm 1
 */
export function countUnitRows(where: string, name: string, matrix: Float32Array, dimension: number): number {
  const rows = countRows(where, name, matrix, dimension);
  for (let i = 0; i < rows; i++) {
    const square = dotRows(matrix, i * dimension, matrix, i * dimension, dimension);
    // Written so that NaN fails.
    if (Math.abs(square - 1) <= UNIT_TOLERANCE) continue;
    throw new AdnceError('E_VALUE', {
      where,
      what: `the rows of "${name}" must have norm 1, row ${i} has norm ${Math.sqrt(square)}`,
      hint: 'normalise the rows first; a row of zeros or NaN has no direction',
    });
  }
  return rows;
}

/** The dot product of `a[from, from + length)` and `b[at, at + length)`, in four sums. */
export function dotRows(a: Float32Array, from: number, b: Float32Array, at: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    s0 += (a[from + i] as number) * (b[at + i] as number);
    s1 += (a[from + i + 1] as number) * (b[at + i + 1] as number);
    s2 += (a[from + i + 2] as number) * (b[at + i + 2] as number);
    s3 += (a[from + i + 3] as number) * (b[at + i + 3] as number);
  }
  for (; i < length; i++) s0 += (a[from + i] as number) * (b[at + i] as number);
  return s0 + s1 + (s2 + s3);
}
