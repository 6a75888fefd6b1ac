/** What a run measures on the way, for its log and its report. */
import { adnceWeights, klWeights } from '../../dro/index.js';
import type { Histogram } from '../../evaluate/index.js';
import type { ReportHistogram, ReportLoss, ReportWeights } from '../../report/types.js';
import type { StepParameters, StepReport, TrainOptions } from '../../train/index.js';

/** The part of a step that is kept. */
export function lossEntry({ step, loss, learningRate, gradNorm }: StepReport): ReportLoss {
  return { step, loss, learningRate, gradNorm };
}

export function histogramEntry(step: number, positives: Histogram, negatives: Histogram): ReportHistogram {
  return {
    step,
    positive: [...positives.counts],
    negative: [...negatives.counts],
    edges: [...positives.edges],
  };
}

/**
 * The weights of negatives against their score (the paper's Figure 3) on the grid of a histogram of the run's own negatives; both
 * curves have mean 1 over these.
 */
export function weightCurves(
  { layout }: TrainOptions,
  { temperature, mu, sigma }: StepParameters,
  negatives: Histogram,
): ReportWeights {
  const { edges, counts, total } = negatives;
  const score = Array.from(counts, (_, i) => ((edges[i] as number) + (edges[i + 1] as number)) / 2);
  const scaled = (weights: Float32Array): number[] => {
    const mean = weights.reduce((sum, weight, i) => sum + weight * (counts[i] as number), 0) / total;
    return Array.from(weights, (weight) => weight / mean);
  };
  const grid = Float32Array.from(score);
  return {
    objective: 'adnce',
    layout,
    temperature,
    mu,
    sigma,
    score,
    adnce: scaled(adnceWeights(grid, { mu, sigma })),
    infonce: scaled(klWeights(grid, { temperature })),
    scoreDensity: [...negatives.density()],
  };
}
