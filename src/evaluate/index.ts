/** The evaluate room: how good are the embeddings, and what do simple baselines reach? */
export { cosineScorer, type Hit, topK } from './cosine.js';
export { Histogram, type HistogramOptions } from './histogram.js';
export { type Bm25Options, LexicalIndex, type LexicalScorer } from './lexical.js';
export { alignment, type KnnOptions, knnAccuracy, type LabelledRows, uniformity } from './neighbours.js';
export {
  type BlockScorer,
  dotScorer,
  evaluateRetrieval,
  type Relevant,
  RetrievalMeter,
  type RetrievalOptions,
  type RetrievalResult,
  type RowScorer,
} from './retrieval.js';
export { averageRanks, pearson, spearman } from './spearman.js';
export {
  findStsFiles,
  parseSts,
  parseStsBenchmark,
  type StsFiles,
  type StsResult,
  type StsScore,
  type StsSubset,
  scoreSts,
} from './sts.js';
