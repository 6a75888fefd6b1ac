/** What a report is made from: plain JSON, as a run leaves it. Any part but the first three may be missing. */

/** A number as JSON keeps it: NaN and infinities become null. */
export type Measured = number | null;

/** Totals of a run. */
export interface ReportSummary {
  /** Training pairs. */
  pairs?: number;
  examplesPerSecond?: number;
  /** Wall time of the training. */
  seconds?: number;
  /** Numbers the run learned. */
  parameters?: number;
  /** Times the weights moved. */
  steps?: number;
}

/** One entry of the training log. */
export interface ReportLoss {
  step: number;
  /** Nats. */
  loss: Measured;
  learningRate?: Measured;
  /** Global norm of the gradients before clipping. */
  gradNorm?: Measured;
}

/** Scores of held-out pairs at one step, counted in bins. */
export interface ReportHistogram {
  step: number;
  /** Counts of positive pairs, one per bin. */
  positive: number[];
  /** Counts of negative pairs, same bins. */
  negative: number[];
  /** Edges of the bins, ascending, one more than there are bins. */
  edges: number[];
}

/** Weights of negatives against their score, on a grid. */
export interface ReportWeights {
  objective: 'adnce';
  layout: string;
  temperature: number;
  mu: number;
  sigma: number;
  /** Cosines, ascending. */
  score: number[];
  /** ADNCE's Gaussian weight at each score, mean 1 over the run's negatives. */
  adnce: number[];
  /** InfoNCE's worst-case weight at each score, ∝ e^{s/τ}, mean 1 over the run's negatives. */
  infonce: number[];
  /** How frequent each score is among the run's negatives, any unit. */
  scoreDensity?: number[];
}

/** Figures of one contender. */
export interface ReportRetrievalRow {
  /** `trained` and `untrained` are the run's own, all others are baselines. */
  name: string;
  /** By the names of the evaluate room: recall@k, hit@k, MRR, nDCG@k, meanRank. */
  metrics: Record<string, Measured>;
}

export interface ReportRetrieval {
  rows: ReportRetrievalRow[];
  candidates: number;
  queries: number;
  note?: string;
}

export interface ReportSearch {
  query: string;
  /** Best first. */
  results: { text: string; score: number }[];
}

export interface ReportEnvironment {
  /** Such as `Node 20.11.0`. */
  runtime: string;
  /** The build of the core, such as `simd`. */
  build: string;
  threads: number;
  cpu?: string;
  [more: string]: unknown;
}

/** Everything {@link renderReport} shows. */
export interface ReportData {
  name: string;
  /** ISO 8601. */
  created: string;
  /** Version of this library. */
  version: string;
  summary?: ReportSummary;
  /** Every setting, nested as they are. */
  settings?: Record<string, unknown>;
  loss?: ReportLoss[];
  validation?: { step: number; metrics: Record<string, Measured> }[];
  histograms?: ReportHistogram[];
  weights?: ReportWeights;
  retrieval?: ReportRetrieval;
  /** Spearman's ρ in [−1, 1] by set; null where it does not exist. */
  sts?: { name: string; spearman: Measured }[];
  searches?: ReportSearch[];
  environment?: ReportEnvironment;
  /** The command line that repeats the run. */
  command?: string;
  /** Why the run ended before its last step. */
  stopped?: string;
}
