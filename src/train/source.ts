/** What the trainer needs of a data set: how to encode some of its rows, in the running step. */
import type { TextKeys } from '../data/index.js';
import type { Tensor } from '../tensor/index.js';

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
