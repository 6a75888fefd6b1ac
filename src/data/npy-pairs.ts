/** Pairs or triplets of vectors out of .npy arrays: one f32[n,d] for each column, or one array [n,2,d] or [n,3,d]. */
import { AdnceError } from '../errors.js';
import type { NpyArray } from './npy.js';
import { checkPairs } from './pairs.js';
import type { VectorPairs } from './types.js';

function toFloat32(data: NpyArray['data']): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/**
 * Builds a data set of vectors.
 * @param arrays anchors, positives and perhaps negatives, each [n,d]; or one array [n,2,d] or [n,3,d]
 * @param name for messages
 * @throws E_SHAPE other shapes, or shapes that differ; E_VALUE a number that is not finite; E_DATA no rows
 */
export function pairsFromNpy(arrays: readonly NpyArray[], name: string): VectorPairs {
  const pairs = arrays.length === 1 ? fromStack(arrays[0] as NpyArray, name) : fromColumns(arrays, name);
  checkPairs(pairs);
  return pairs;
}

function wrongShape(name: string, what: string): AdnceError {
  return new AdnceError('E_SHAPE', {
    where: name,
    what,
    hint: 'give "anchors.npy,positives.npy", both [n,d], or one array [n,2,d]',
  });
}

function fromColumns(arrays: readonly NpyArray[], name: string): VectorPairs {
  const [anchors, positives, negatives] = arrays;
  if (anchors === undefined || positives === undefined || arrays.length > 3) {
    throw wrongShape(name, `two or three arrays are expected, got ${arrays.length}`);
  }
  for (const array of arrays) {
    const same = array.shape.every((length, axis) => length === anchors.shape[axis]);
    if (array.shape.length !== 2 || !same || array.shape[1] === 0) {
      throw wrongShape(name, `all arrays must be [n,d] alike, got ${arrays.map((a) => `[${a.shape}]`).join(' and ')}`);
    }
  }
  return {
    kind: 'vector',
    name,
    dimension: anchors.shape[1] as number,
    anchors: toFloat32(anchors.data),
    positives: toFloat32(positives.data),
    ...(negatives === undefined ? {} : { negatives: toFloat32(negatives.data) }),
  };
}

function fromStack(array: NpyArray, name: string): VectorPairs {
  const [n, columns, d] = array.shape;
  const known = columns === 2 || columns === 3;
  if (array.shape.length !== 3 || n === undefined || !known || d === undefined || d === 0) {
    throw wrongShape(name, `the array must be [n,2,d] or [n,3,d], got [${array.shape}]`);
  }
  const column = (index: number) => {
    const out = new Float32Array(n * d);
    for (let row = 0; row < n; row++) {
      const start = (row * columns + index) * d;
      out.set(array.data.subarray(start, start + d), row * d);
    }
    return out;
  };
  return {
    kind: 'vector',
    name,
    dimension: d,
    anchors: column(0),
    positives: column(1),
    ...(columns === 3 ? { negatives: column(2) } : {}),
  };
}
