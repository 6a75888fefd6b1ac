/**
 * What a data set is: pairs (or triplets) of texts, or of ready vectors. Row i of every column belongs together: the
 * anchor, the text or vector that means the same, and, where there is one, a hard negative.
 */

/** Pairs or triplets of texts; all columns have the same length. */
export interface TextPairs {
  kind: 'text';
  /** Where the pairs come from, for messages and reports. */
  name: string;
  anchors: string[];
  positives: string[];
  negatives?: string[];
}

/** Pairs or triplets of vectors; every column is f32[n,dimension], row-major. */
export interface VectorPairs {
  kind: 'vector';
  name: string;
  dimension: number;
  anchors: Float32Array;
  positives: Float32Array;
  negatives?: Float32Array;
}

/** What a trainer takes. */
export type PairDataset = TextPairs | VectorPairs;

/** Plain texts, to be embedded or searched. */
export interface TextList {
  kind: 'texts';
  name: string;
  texts: string[];
}

/**
 * A batch of bags of features: bag i holds `ids[offsets[i]] … ids[offsets[i + 1] - 1]`.
 * `offsets` has one entry more than there are bags. A bag may be empty (a text without a single word).
 */
export interface FeatureBatch {
  ids: Int32Array;
  offsets: Int32Array;
}
