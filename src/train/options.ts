/** What a training run can be told; one table of defaults, which `--help` and the docs print. */
import { mustBePossible } from '../dro/radius.js';
import { AdnceError } from '../errors.js';
import { DRO_DIVERGENCES, type DroDivergence, LAYOUTS, type Layout, LOSS_RANGES } from '../losses/index.js';
import { mustBeBoolean, mustBeNumbers, mustBeOneOf, mustKnowKeys, type NumberRules } from '../options.js';

/** Objectives a run can train with. */
export const LOSSES = [
  'adnce',
  'infonce',
  'dcl',
  'hcl',
  'alpha-cl',
  'mean-variance',
  'cl-dro',
  'siglip',
  'triplet',
] as const;
export type LossName = (typeof LOSSES)[number];

/** Shapes of the learning rate after warm-up. */
export const SCHEDULES = ['cosine', 'linear', 'constant'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

export interface TrainOptions {
  /** Objective (maths §2). */
  loss: LossName;
  /** Which rows are anchors and which their negatives. */
  layout: Layout;
  /** τ, dimensionless, 0.001 … 1000; `auto` holds a radius while the scores change. */
  temperature: number | 'auto';
  /** Centre of ADNCE's Gaussian weight, a cosine; `auto` follows the scores. */
  mu: number | 'auto';
  /** Width of ADNCE's Gaussian weight; `auto` follows the scores. */
  sigma: number | 'auto';
  /** η that `temperature: 'auto'` holds, nats; 0 chooses one from the first scores. */
  radius: number;
  /** DCL and HCL: the chance that a negative is of the anchor's own class. */
  tauPlus: number;
  /** HCL: how much more hard negatives count. */
  beta: number;
  /** α-CL: power of the distance in its weights. */
  alpha: number;
  /** CL-DRO: divergence of the ball. */
  divergence: DroDivergence;
  /** CL-DRO: order of `cressie_read`, α of `alpha`. */
  order: number;
  /** CL-DRO: level of `cvar`. */
  level: number;
  /** SigLIP: added to every logit. */
  bias: number;
  /** Triplet: by how much the positive is to be nearer. */
  margin: number;
  /** Rows of earlier batches that are negatives too; 0 for none. */
  queue: number;
  /** Both directions, anchor → positive and back. */
  symmetric: boolean;
  /** Passes over the pairs. */
  epochs: number;
  /** Pairs in a batch; the others of a batch are a pair's negatives. */
  batchSize: number;
  /** Batches whose gradients are added before the weights move. */
  accumulate: number;
  /** Largest learning rate, of tables; dense layers, which every pair moves, take a tenth of it. */
  learningRate: number;
  /** Share of the steps in which the learning rate rises to its largest. */
  warmup: number;
  schedule: ScheduleName;
  /** Decoupled weight decay of AdamW. */
  weightDecay: number;
  /** Largest global norm of the gradients; 0 does not clip. */
  clipNorm: number;
  /** Evaluations without an improvement after which a run stops; 0 never stops early. */
  patience: number;
  /** Evaluations in an epoch. */
  evaluations: number;
  /** Every draw of the run depends on it. */
  seed: number;
}

export const TRAIN_DEFAULTS: Readonly<TrainOptions> = {
  loss: 'adnce',
  layout: 'sentence',
  temperature: 0.07,
  mu: 0.4,
  sigma: 1,
  radius: 0,
  tauPlus: 0.1,
  beta: 1,
  alpha: 2,
  divergence: 'kl',
  order: 2,
  level: 0.1,
  bias: 0,
  margin: 0.2,
  queue: 0,
  symmetric: false,
  epochs: 3,
  batchSize: 1024,
  accumulate: 1,
  learningRate: 0.02,
  warmup: 0.05,
  schedule: 'cosine',
  weightDecay: 0,
  clipNorm: 1,
  patience: 0,
  evaluations: 1,
  seed: 0,
};

/** Stands in the place of a number that follows the scores. */
const AUTO = { word: 'auto' } as const;

/** What the numbers may be. */
export const TRAIN_RANGES = {
  ...LOSS_RANGES,
  temperature: { ...LOSS_RANGES.temperature, ...AUTO },
  mu: { ...LOSS_RANGES.mu, ...AUTO },
  sigma: { ...LOSS_RANGES.sigma, ...AUTO },
  radius: { min: 0 },
  queue: { min: 0, max: 2 ** 24, integer: true },
  epochs: { min: 1, integer: true },
  batchSize: { min: 2, integer: true },
  accumulate: { min: 1, integer: true },
  learningRate: { above: 0 },
  warmup: { min: 0, max: 1 },
  weightDecay: { min: 0 },
  clipNorm: { min: 0 },
  patience: { min: 0, integer: true },
  evaluations: { min: 1, integer: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
} satisfies NumberRules<TrainOptions>;

/** Steps after which most of what can be learned has been, and the fewest and most passes over the data for them. */
const USUAL_STEPS = 600;
const USUAL_EPOCHS = { least: 3, most: 20 };

/** Passes over a data set that make for about 600 steps: at least 3, at most 20. */
export function usualEpochs(pairs: number, batchSize: number = TRAIN_DEFAULTS.batchSize): number {
  const wanted = Math.round(USUAL_STEPS / Math.max(1, Math.ceil(pairs / batchSize)));
  return Math.max(USUAL_EPOCHS.least, Math.min(USUAL_EPOCHS.most, wanted));
}

/** The options with defaults filled in. @throws E_OPTION */
export function completeTrainOptions(options: Partial<TrainOptions>): TrainOptions {
  const where = 'train';
  mustKnowKeys(where, options, Object.keys(TRAIN_DEFAULTS));
  const o = { ...TRAIN_DEFAULTS, ...options };
  mustBeOneOf(where, 'loss', o.loss, LOSSES);
  mustBeOneOf(where, 'layout', o.layout, LAYOUTS);
  mustBeOneOf(where, 'divergence', o.divergence, DRO_DIVERGENCES);
  mustBeOneOf(where, 'schedule', o.schedule, SCHEDULES);
  mustBeBoolean(where, 'symmetric', o.symmetric);
  mustBeNumbers(where, o, TRAIN_RANGES);
  if (o.queue > 0 && o.queue < o.batchSize) {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"queue" must be 0 or at least the batch size ${o.batchSize}, got ${o.queue}`,
      hint: `the nearest valid queue is ${o.batchSize}`,
    });
  }
  mustHoldRadius(o, o.batchSize);
  if (o.symmetric && o.layout === 'image') {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"symmetric" can\'t be true with layout "image"',
      hint: 'image already takes both views as anchors; leave "symmetric" out',
    });
  }
  return o;
}

/**
 * Refuses a radius that `temperature: 'auto'` could not hold in any batch.
 * @param pairs of the largest batch
 */
export function mustHoldRadius({ temperature, radius, layout }: TrainOptions, pairs: number): void {
  if (temperature !== 'auto' || radius === 0) return;
  mustBePossible('train', radius, layout === 'image' ? 2 * pairs - 2 : pairs - 1);
}
