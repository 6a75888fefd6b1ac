/** What a run measures on the way: for its log as it happens, and for its report in the end. */
import type { Histogram } from '../../evaluate/index.js';
import type { ReportData, ReportHistogram } from '../../report/types.js';
import { type StepParameters, type StepReport, startOf, type TrainOptions } from '../../train/index.js';
import type { Answers } from './retrieval.js';
import { robustEntry } from './robust.js';

/** The parts of a report that grow with a run. */
type Measured = Required<Pick<ReportData, 'loss' | 'validation' | 'histograms' | 'robust'>>;

export class Measurements {
  readonly report: Measured = { loss: [], validation: [], histograms: [], robust: [] };
  /** Answers of the latest validation. */
  latest: Answers | null = null;
  readonly #options: TrainOptions;
  #parameters: StepParameters;
  #kept: StepParameters;

  constructor(options: TrainOptions) {
    this.#options = options;
    this.#parameters = startOf(options);
    this.#kept = this.#parameters;
  }

  /** τ, μ and σ of the weights that were kept last. */
  get kept(): StepParameters {
    return this.#kept;
  }

  /** Says that the current weights are kept. */
  keep(): void {
    this.#kept = this.#parameters;
  }

  /** Takes a step. @returns its line of the log */
  step({ step, loss, learningRate, gradNorm, epoch, pairs, parameters }: StepReport): Record<string, unknown> {
    const entry = { step, loss, learningRate, gradNorm };
    this.report.loss.push(entry);
    this.#parameters = parameters;
    return { type: 'step', epoch, pairs, ...entry, ...parameters };
  }

  /** Takes a validation. @returns its line of the log */
  validation(step: number, answers: Answers): Record<string, unknown> {
    this.latest = answers;
    const metrics = { ...answers.result.metrics };
    const histogram = histogramEntry(step, answers.positives, answers.negatives);
    const robust = robustEntry(step, this.#options, this.#parameters, answers.sample);
    this.report.validation.push({ step, metrics });
    this.report.histograms.push(histogram);
    this.report.robust.push(robust);
    return { type: 'validation', metrics, ...histogram, robust };
  }
}

function histogramEntry(step: number, positives: Histogram, negatives: Histogram): ReportHistogram {
  return {
    step,
    positive: [...positives.counts],
    negative: [...negatives.counts],
    edges: [...positives.edges],
  };
}
