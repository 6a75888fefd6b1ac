/** Small functions over data sets: how many rows, whether the columns agree, and a selection of rows. */
import { AdnceError } from '../errors.js';
import type { PairDataset, TextPairs, VectorPairs } from './types.js';

/** The number of rows (pairs or triplets). */
export function rowCount(dataset: PairDataset): number {
  return dataset.kind === 'text' ? dataset.anchors.length : dataset.anchors.length / dataset.dimension;
}

/**
 * Checks a data set that came from outside: columns of equal length, finite vectors, at least one row.
 * @throws E_SHAPE columns differ; E_DATA no rows; E_VALUE a vector holds NaN or infinity.
 */
export function checkPairs(dataset: PairDataset): void {
  const where = `dataset "${dataset.name}"`;
  const { anchors, positives, negatives } = dataset;
  if (dataset.kind === 'vector') checkDimension(where, dataset);
  const unit = dataset.kind === 'vector' ? 'numbers' : 'texts';
  for (const [name, column] of [['positives', positives] as const, ['negatives', negatives] as const]) {
    if (column !== undefined && column.length !== anchors.length) {
      throw new AdnceError('E_SHAPE', {
        where,
        what: `"${name}" must hold ${anchors.length} ${unit} like "anchors", got ${column.length}`,
        hint: 'row i of every column belongs together',
      });
    }
  }
  if (anchors.length === 0) {
    throw new AdnceError('E_DATA', { where, what: 'at least one pair is needed, got none' });
  }
  if (dataset.kind === 'vector') {
    checkFinite(where, 'anchors', dataset.anchors, dataset.dimension);
    checkFinite(where, 'positives', dataset.positives, dataset.dimension);
    if (dataset.negatives !== undefined) checkFinite(where, 'negatives', dataset.negatives, dataset.dimension);
  }
}

function checkDimension(where: string, dataset: VectorPairs): void {
  const { dimension, anchors } = dataset;
  if (!Number.isInteger(dimension) || dimension < 1 || anchors.length % dimension !== 0) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `"anchors" must be f32[n,dimension], got ${anchors.length} numbers for dimension ${dimension}`,
    });
  }
}

/**
 * Checks that f32[n,dimension] is finite.
 * @throws E_VALUE naming the row and column of the first number that is not.
 */
function checkFinite(where: string, name: string, values: Float32Array, dimension: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // x - x is 0 for a finite x and NaN otherwise.
    if (value - value !== 0) {
      const row = Math.floor(i / dimension);
      throw new AdnceError('E_VALUE', {
        where,
        what: `"${name}" must be finite, got ${value} in row ${row}, column ${i % dimension}`,
        hint: 'drop or repair that row',
      });
    }
  }
}

/**
 * A copy of some rows, in the order given.
 * @param rows row indices in [0, rowCount)
 */
export function takeRows<T extends PairDataset>(dataset: T, rows: ArrayLike<number>): T;
export function takeRows(dataset: PairDataset, rows: ArrayLike<number>): PairDataset {
  return dataset.kind === 'text' ? takeTexts(dataset, rows) : takeVectors(dataset, rows);
}

function takeTexts(dataset: TextPairs, rows: ArrayLike<number>): TextPairs {
  const pick = (column: readonly string[]) => Array.from(rows, (row) => column[row] as string);
  return {
    kind: 'text',
    name: dataset.name,
    anchors: pick(dataset.anchors),
    positives: pick(dataset.positives),
    ...(dataset.negatives === undefined ? {} : { negatives: pick(dataset.negatives) }),
  };
}

function takeVectors(dataset: VectorPairs, rows: ArrayLike<number>): VectorPairs {
  const d = dataset.dimension;
  const pick = (column: Float32Array) => {
    const out = new Float32Array(rows.length * d);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      out.set(column.subarray(row * d, (row + 1) * d), i * d);
    }
    return out;
  };
  return {
    kind: 'vector',
    name: dataset.name,
    dimension: d,
    anchors: pick(dataset.anchors),
    positives: pick(dataset.positives),
    ...(dataset.negatives === undefined ? {} : { negatives: pick(dataset.negatives) }),
  };
}
