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

/** How one objective weighs negatives. */
export interface ReportWeightCurve {
  /** With its parameters, such as `HCL, β = 1`. */
  name: string;
  /** `own` is what the run trained with, `compared` the one to hold it against; the others are drawn thin. */
  role: 'own' | 'compared' | 'other';
  /** Weight at each score, mean 1 over the run's negatives; below 0 a negative is drawn nearer. */
  weight: Measured[];
}

/** Weights of negatives against their score, at scores that occur among the run's negatives. */
export interface ReportWeights {
  layout: string;
  /** τ of all curves that have one. */
  temperature: number;
  /** Cosines, ascending. */
  score: number[];
  curves: ReportWeightCurve[];
  /** ADNCE's Gaussian alone, the factor of its weight that InfoNCE does not have; only in runs that train with ADNCE. */
  bell?: { mu: number; sigma: number; weight: Measured[] };
  /** How frequent each score is among the run's negatives, any unit. */
  scoreDensity?: number[];
}

/** The negatives of held-out anchors at one validation, as an adversary sees them; null where the objective has no such number. */
export interface ReportRobust {
  step: number;
  /** τ, μ and σ of the step before. */
  temperature: Measured;
  mu: Measured;
  sigma: Measured;
  /** How far the objective's weights, its worst case where it has one, are from equal ones: η, in nats for KL. Mean over anchors. */
  radius: Measured;
  /** How many negatives the weights amount to. Mean over anchors. */
  effectiveSampleSize: Measured;
  /** Negatives of an anchor that were looked at, at most those of a batch. */
  negatives: number;
  /** Mean score of the positives, and mean over anchors of the variance of their negatives' scores. */
  positiveMean: Measured;
  negativeVariance: Measured;
}

/** A candidate that counts as a negative and looks like a positive, by its texts. */
export interface ReportSuspect {
  anchor: string;
  /** What the anchor belongs to by the data. */
  ownPositive: string;
  candidate: string;
  /** Cosines of the anchor with the candidate and with its own positive. */
  score: number;
  positive: number;
  /** Worst-case weight of the candidate, 1 for an average negative. */
  weight: number;
}

export interface ReportSuspects {
  anchors: number;
  /** Pairs that are suspected, of how many. */
  total: number;
  negatives: number;
  /** The score a suspect has at least. */
  floor: number;
  /** The largest weights first. */
  pairs: ReportSuspect[];
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
  robust?: ReportRobust[];
  suspects?: ReportSuspects;
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
