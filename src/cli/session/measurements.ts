/** What a run measures on the way: for its log as it happens, and for its report in the end. */
import type { Histogram } from '../../evaluate/index.js';
import type { ReportData, ReportHistogram, ReportLoss, ReportRobust } from '../../report/types.js';
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
  /** τ, μ and σ of the weights that were kept last. */
  kept: StepParameters;

  constructor(options: TrainOptions) {
    this.#options = options;
    this.#parameters = startOf(options);
    this.kept = this.#parameters;
  }

  /** Takes over what the log of a run says up to where it goes on. */
  restore(entries: readonly Record<string, unknown>[], now: StepParameters, kept: StepParameters): void {
    const { loss, validation, histograms, robust } = reportOf(entries);
    Object.assign(this.report, { loss, validation, histograms, robust });
    this.#parameters = now;
    this.kept = kept;
  }

  /** Takes a step. */
  step({ step, loss, learningRate, gradNorm, parameters }: StepReport): void {
    this.report.loss.push({ step, loss, learningRate, gradNorm });
    this.#parameters = parameters;
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

/** The parts of a report that a log holds. */
export function reportOf(entries: readonly Record<string, unknown>[]): Measured {
  const validations = entries.filter(({ type }) => type === 'validation');
  return {
    loss: entries
      .filter(({ type }) => type === 'step')
      .map(({ step, loss, learningRate, gradNorm }) => ({ step, loss, learningRate, gradNorm }) as ReportLoss),
    validation: validations.map(({ step, metrics }) => ({ step, metrics }) as Measured['validation'][number]),
    histograms: validations.map(
      ({ step, positive, negative, edges }) => ({ step, positive, negative, edges }) as ReportHistogram,
    ),
    robust: validations.map(({ robust }) => robust as ReportRobust),
  };
}
