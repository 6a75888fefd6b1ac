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
  anchors: EncodeRows;
  positives: EncodeRows;
  /** Hard negatives, where the data has them. */
  negatives?: EncodeRows;
  /** Text ids, so that no text meets itself in a batch. */
  keys?: TextKeys;
}

/** Pairs of texts through an encoder; every text is encoded once, here. */
export function textSource(encoder: BagEncoder, pairs: TextPairs): PairSource {
  const column = (texts: readonly string[]): EncodeRows => {
    const encoded = encoder.features.encodeCorpus(texts);
    return (rows) => encoder.forward(encoded.gather(rows));
  };
  return {
    count: pairs.anchors.length,
    anchors: column(pairs.anchors),
    positives: column(pairs.positives),
    ...(pairs.negatives === undefined ? {} : { negatives: column(pairs.negatives) }),
    keys: textKeys(pairs),
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
    anchors: column(pairs.anchors),
    positives: column(pairs.positives),
    ...(pairs.negatives === undefined ? {} : { negatives: column(pairs.negatives) }),
  };
}
