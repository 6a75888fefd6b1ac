/** What the trainer needs of a data set: how to encode some of its rows, in the running step. */
import { type TextKeys, type TextPairs, textKeys, type VectorPairs } from '../data/index.js';
import { AdnceError } from '../errors.js';
import { output, type Tensor } from '../tensor/index.js';
import type { BagEncoder, VectorEncoder } from './encoder.js';

/** One column of a data set seen through an encoder. */
export type EncodeRows = (rows: Int32Array) => Tensor;

/** Pairs ready for training: row numbers in, embeddings f32[rows, d] out, not normalised. */
export interface PairSource {
  /** Number of pairs. */
  count: number;
  /** Length of an embedding. */
  dimension: number;
  anchors: EncodeRows;
  positives: EncodeRows;
  /** Hard negatives, where the data has them. */
  negatives?: EncodeRows;
  /** Text ids, so that no text meets itself in a batch. */
  keys?: TextKeys;
}

/** Pairs of texts through an encoder; every distinct text is encoded once, here. */
export function textSource(encoder: BagEncoder, pairs: TextPairs): PairSource {
  const keys = textKeys(pairs);
  const texts: string[] = [];
  const collect = (column: readonly string[], ids: Int32Array) => {
    for (let row = 0; row < ids.length; row++) texts[ids[row] as number] = column[row] as string;
  };
  collect(pairs.anchors, keys.anchors);
  collect(pairs.positives, keys.positives);
  if (pairs.negatives !== undefined) collect(pairs.negatives, keys.negatives as Int32Array);
  const encoded = encoder.features.encodeCorpus(texts);
  let places = new Int32Array(0);
  const column = (ids: Int32Array): EncodeRows => {
    return (rows) => {
      if (places.length < rows.length) places = new Int32Array(rows.length);
      for (let i = 0; i < rows.length; i++) places[i] = ids[rows[i] as number] as number;
      return encoder.forward(encoded.gather(places.subarray(0, rows.length)));
    };
  };
  return {
    count: pairs.anchors.length,
    dimension: encoder.options.dimension,
    anchors: column(keys.anchors),
    positives: column(keys.positives),
    ...(keys.negatives === undefined ? {} : { negatives: column(keys.negatives) }),
    keys,
  };
}

/**
 * Pairs of vectors through an encoder.
 * @throws E_SHAPE the vectors have another length than the encoder was made for
 */
export function vectorSource(encoder: VectorEncoder, pairs: VectorPairs): PairSource {
  const d = pairs.dimension;
  if (d !== encoder.inputDimension) {
    throw new AdnceError('E_SHAPE', {
      where: pairs.name,
      what: `vectors must have the encoder's input length ${encoder.inputDimension}, got ${d}`,
    });
  }
  const column = (vectors: Float32Array): EncodeRows => {
    return (rows) => {
      const x = output([encoder.inputLike], [rows.length, d], 'rows of vectors');
      const target = x.data;
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        target.set(vectors.subarray(row * d, (row + 1) * d), i * d);
      }
      return encoder.forward(x);
    };
  };
  return {
    count: pairs.anchors.length / d,
    dimension: encoder.options.dimension,
    anchors: column(pairs.anchors),
    positives: column(pairs.positives),
    ...(pairs.negatives === undefined ? {} : { negatives: column(pairs.negatives) }),
  };
}
