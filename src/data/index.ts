/** The data room: data sets, text features, batches and splits. */
export { Batches, type BatchOptions, type BatchState, EpochPlan, type TextKeys, textKeys } from './batches.js';
export { type ColumnOptions, KNOWN_COLUMNS } from './columns.js';
export { EncodedTexts } from './encoded.js';
export { FEATURE_DEFAULTS, FEATURE_RANGES, type FeatureOptions, type FeaturesJson } from './feature-options.js';
export { TextFeatures } from './features.js';
export { parseJsonArray, parseJsonl } from './jsonl.js';
export { type NpyArray, type NpyData, readNpy, writeNpy } from './npy.js';
export { pairsFromNpy } from './npy-pairs.js';
export { checkPairs, rowCount, takeRows } from './pairs.js';
export { Draws, permutation, philox4x32 } from './random.js';
export { PairCollector, pairsFromRecords, type RowSink } from './records.js';
export { type Split, type SplitOptions, splitByAnchor } from './split.js';
export { TextCollector } from './text-records.js';
export { defaultTokenizer, type Tokenizer, words } from './tokenize.js';
export type { FeatureBatch, PairDataset, TextList, TextPairs, VectorPairs } from './types.js';
export {
  quantizeInt8,
  readVectors,
  VECTOR_FORMATS,
  type VectorData,
  type VectorFormat,
  type VectorMatrix,
  vectorFormatOf,
  writeVectors,
} from './vector-files.js';
