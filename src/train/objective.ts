/**
 * The objective of a run: the loss its options name, on the embeddings of a batch, with what changes from step to step — a temperature
 * that holds a radius, weights of ADNCE that follow the scores, a queue of earlier rows.
 */
import {
  AutoGaussian,
  type AutoGaussianState,
  AutoTemperature,
  type AutoTemperatureState,
  sampleScores,
} from '../dro/index.js';
import { AdnceError } from '../errors.js';
import {
  adnce,
  alphaCL,
  clDro,
  dcl,
  hcl,
  infoNCE,
  MemoryQueue,
  meanVariance,
  sigLIP,
  triplet,
} from '../losses/index.js';
import { mustBeInteger, mustBeNumber } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import type { LossName, TrainOptions } from './options.js';

/** The numbers of one step: those of the options, or where they are `auto`, those of the moment. */
export interface StepParameters {
  temperature: number;
  mu: number;
  sigma: number;
}

/** What a loss is called with, apart from its own options. */
interface Batch {
  layout: TrainOptions['layout'];
  symmetric: boolean;
  hardNegatives?: Tensor;
  queue?: MemoryQueue;
}

type Loss = (a: Tensor, b: Tensor, now: StepParameters, batch: Batch, options: TrainOptions) => Tensor;

/** Every loss a run can be told by name. */
const BY_NAME: Record<LossName, Loss> = {
  adnce: (a, b, now, batch) => adnce(a, b, { ...batch, ...now }),
  infonce: (a, b, { temperature }, batch) => infoNCE(a, b, { ...batch, temperature }),
  dcl: (a, b, { temperature }, batch, { tauPlus }) => dcl(a, b, { ...batch, temperature, tauPlus }),
  hcl: (a, b, { temperature }, batch, { tauPlus, beta }) => hcl(a, b, { ...batch, temperature, tauPlus, beta }),
  'alpha-cl': (a, b, { temperature }, batch, { alpha }) => alphaCL(a, b, { ...batch, temperature, alpha }),
  'mean-variance': (a, b, { temperature }, batch) => meanVariance(a, b, { ...batch, temperature }),
  'cl-dro': (a, b, { temperature }, batch, { divergence, order, level }) =>
    clDro(a, b, {
      ...batch,
      divergence,
      ...(divergence === 'cvar' ? { level } : { temperature }),
      ...(divergence === 'cressie_read' ? { order } : {}),
      ...(divergence === 'alpha' ? { alpha: order } : {}),
    }),
  siglip: (a, b, { temperature }, { queue }, { bias }) =>
    sigLIP(a, b, { temperature, bias, ...(queue === undefined ? {} : { queue }) }),
  triplet: (a, b, _, batch, { margin }) => triplet(a, b, { ...batch, margin }),
};

/** Steps between two looks at the scores for parameters that follow them, and how far a look moves them: 20 steps of memory. */
const LOOK_EVERY = 4;
const RATE = 0.2;
/** τ, μ and σ before the first look. */
const AT_FIRST: StepParameters = { temperature: 0.1, mu: 0.4, sigma: 1 };

/** τ, μ and σ of a run's first step. */
export function startOf({ temperature, mu, sigma }: TrainOptions): StepParameters {
  const number = (value: number | 'auto', usual: number) => (value === 'auto' ? usual : value);
  return {
    temperature: number(temperature, AT_FIRST.temperature),
    mu: number(mu, AT_FIRST.mu),
    sigma: number(sigma, AT_FIRST.sigma),
  };
}

/** What an {@link Objective} remembers from step to step, but for the rows of its queue. */
export interface ObjectiveState {
  /** Losses computed so far, by which the looks at the scores are timed. */
  calls: number;
  now: StepParameters;
  temperature: AutoTemperatureState | null;
  gaussian: AutoGaussianState | null;
}

export class Objective {
  readonly #options: TrainOptions;
  readonly #temperature: AutoTemperature | null;
  readonly #gaussian: AutoGaussian | null;
  readonly #queue: MemoryQueue | null;
  readonly #now: StepParameters;
  #calls = 0;

  /** @param dimension of the embeddings, for the queue @throws E_OPTION, E_MEMORY, E_STATE inside a step */
  constructor(options: TrainOptions, dimension: number) {
    this.#options = options;
    const { temperature, mu, sigma, radius, queue } = options;
    this.#temperature =
      temperature === 'auto' ? new AutoTemperature({ rate: RATE, ...(radius === 0 ? {} : { radius }) }) : null;
    this.#gaussian = mu === 'auto' || sigma === 'auto' ? new AutoGaussian({ rate: RATE }) : null;
    this.#queue = queue === 0 ? null : new MemoryQueue({ size: queue, dimension });
    this.#now = startOf(options);
  }

  /** τ, μ and σ of the latest step. */
  get parameters(): Readonly<StepParameters> {
    return this.#now;
  }

  /** The loss of a batch, in the running step. */
  loss(a: Tensor, b: Tensor, hardNegatives: Tensor | undefined): Tensor {
    this.#follow(a, b);
    const { layout, symmetric, loss } = this.#options;
    const queue = this.#queue !== null && this.#queue.length > 0 ? this.#queue : undefined;
    const batch: Batch = {
      layout,
      symmetric,
      ...(hardNegatives === undefined ? {} : { hardNegatives }),
      ...(queue === undefined ? {} : { queue }),
    };
    const result = BY_NAME[loss](a, b, this.#now, batch, this.#options);
    this.#queue?.enqueue(b);
    return result;
  }

  #follow(a: Tensor, b: Tensor): void {
    if (this.#temperature === null && this.#gaussian === null) return;
    if (this.#calls++ % LOOK_EVERY !== 0) return;
    const { mu, sigma, layout } = this.#options;
    const sample = sampleScores(a, b, { layout });
    if (this.#temperature !== null) this.#now.temperature = this.#temperature.update(sample);
    if (this.#gaussian === null) return;
    const gaussian = this.#gaussian.update(sample);
    if (mu === 'auto') this.#now.mu = gaussian.mu;
    if (sigma === 'auto') this.#now.sigma = gaussian.sigma;
  }

  state(): ObjectiveState {
    return {
      calls: this.#calls,
      now: { ...this.#now },
      temperature: this.#temperature?.state() ?? null,
      gaussian: this.#gaussian?.state() ?? null,
    };
  }

  /** The rows of the queue, f32[rows, dimension]; null where there is no queue. */
  queueRows(): Float32Array | null {
    return this.#queue?.toArray() ?? null;
  }

  /**
   * Takes over what an objective of the same options remembered.
   * @param rows of its queue
   * @throws E_OPTION, E_CHECKPOINT
   */
  load({ calls, now, temperature, gaussian }: ObjectiveState, rows: Float32Array | null): void {
    const pairs = [
      [this.#temperature, temperature],
      [this.#gaussian, gaussian],
      [this.#queue, rows],
    ] as const;
    if (pairs.some(([own, theirs]) => (own === null) !== (theirs === null))) {
      throw new AdnceError('E_CHECKPOINT', {
        where: 'train',
        what: 'the state must have what its options follow: temperature, mu and sigma, a queue',
      });
    }
    this.#calls = mustBeInteger('train', 'calls', calls, { min: 0 });
    for (const key of ['temperature', 'mu', 'sigma'] as const) this.#now[key] = mustBeNumber('train', key, now[key]);
    if (temperature !== null) this.#temperature?.load(temperature);
    if (gaussian !== null) this.#gaussian?.load(gaussian);
    if (rows !== null) this.#queue?.load(rows);
  }

  free(): void {
    this.#queue?.free();
  }
}
