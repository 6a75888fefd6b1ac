/**
 * Parameters that follow the scores while they change in training. Each controller is called once a step with a sample of the batch's
 * scores (`sampleScores`) and holds little state, which a checkpoint can store. What is theory here and what is not: docs/maths/adaptive.md.
 */
import { borrow, type Engine, engine } from '../engine/index.js';
import { mustBeBoolean, mustBeNumber, mustKnowKeys } from '../options.js';
import { KL, TEMPERATURE } from './divergence.js';
import { type Gaussian, gaussianOf, landmarksOf, mustHaveAnchors, type ScoreSample } from './landmarks.js';
import { meanRadius, mustBeReached, solveRows, varianceRadius } from './radius.js';
import { place, type Scores } from './scores.js';
import { usualRadius } from './suggest.js';

/** Options of {@link AutoTemperature}. */
export interface AutoTemperatureOptions {
  /** η to hold, nats. Default: six tenths of what the first sample allows; log 10 where only a variance is given. */
  radius?: number;
  /** τ at first. Default: the one that has the radius on the first sample. */
  initial?: number;
  /** Share of the distance to go in a step, in log τ: 1/rate steps of memory. Default 0.05. */
  rate?: number;
  /** Bounds of τ. Default 0.01 and 1. */
  min?: number;
  max?: number;
}

/** What {@link AutoTemperature} remembers. */
export interface AutoTemperatureState {
  /** Null before the first sample that says something, unless there is an initial one. */
  temperature: number | null;
  radius: number | null;
  /** Whether the radius was seen to be one that some temperature reaches. */
  reached: boolean;
}

/** Scores themselves, for the exact radius; or their variance only, for Corollary 3.4. */
export type RadiusStatistics = Pick<ScoreSample, 'negatives'> | { variance: number };

const WHERE = 'AutoTemperature';

/** τ as long as no sample has said anything. */
const AT_FIRST = 0.1;
/** Largest factor by which a step may change τ, whatever the sample. */
const LARGEST_LOG_STEP = 0.1;

/**
 * Holds a radius: starts at its temperature on the first scores, then log τ moves by rate·½·log(η measured/η wanted), which is exactly right where η ∝ 1/τ² (Corollary 3.4) and has
 * its fixed point at the wanted radius everywhere, because η falls in τ.
 */
export class AutoTemperature {
  readonly #rate: number;
  readonly #min: number;
  readonly #max: number;
  #radius: number | null;
  #temperature: number | null = null;
  #reached = false;

  /** @throws E_OPTION */
  constructor(options: AutoTemperatureOptions = {}) {
    const where = WHERE;
    mustKnowKeys(where, options, ['radius', 'initial', 'rate', 'min', 'max']);
    this.#radius = options.radius === undefined ? null : mustBeNumber(where, 'radius', options.radius, { above: 0 });
    this.#rate = mustBeNumber(where, 'rate', options.rate ?? 0.05, { above: 0, max: 1 });
    this.#min = mustBeNumber(where, 'min', options.min ?? 0.01, TEMPERATURE);
    this.#max = mustBeNumber(where, 'max', options.max ?? 1, { min: this.#min, max: 1e3 });
    if (options.initial !== undefined) {
      this.#temperature = this.#bounded(mustBeNumber(where, 'initial', options.initial, TEMPERATURE));
    }
  }

  /** τ for the next step. */
  get temperature(): number {
    return this.#temperature ?? this.#bounded(AT_FIRST);
  }

  #bounded(temperature: number): number {
    return Math.min(this.#max, Math.max(this.#min, temperature));
  }

  /** η that is held; null until the first sample has set it. */
  get radius(): number | null {
    return this.#radius;
  }

  /**
   * Takes one step's scores; where they are all equal τ stays. @returns τ for the next step
   * @throws E_OPTION when no temperature reaches the radius on the first scores, with the nearest valid one; E_SHAPE, E_VALUE
   */
  update(statistics: RadiusStatistics): number {
    if ('variance' in statistics) {
      const variance = mustBeNumber(WHERE, 'variance', statistics.variance, { min: 0 });
      if (variance > 0) this.#followVariance(variance);
    } else {
      mustHaveAnchors(WHERE, statistics);
      borrow((owner) => this.#followScores(owner, statistics.negatives));
    }
    return this.temperature;
  }

  #followVariance(variance: number): void {
    this.#radius ??= engine().core.logScalar(10);
    const start = Math.sqrt(varianceRadius(variance, 1, KL) / this.#radius);
    if (this.#temperature === null) this.#temperature = this.#bounded(start);
    else this.#move(this.#temperature, varianceRadius(variance, this.#temperature, KL), this.#radius);
  }

  #followScores(owner: Engine, negatives: readonly Scores[]): void {
    const rows = negatives.map((list) => ({ pointer: place(owner, WHERE, list), count: list.length }));
    const measured = meanRadius(owner, WHERE, rows, KL, this.temperature);
    // An encoder may start with scores that are all equal: they say nothing of what can be reached.
    if (measured === 0) return;
    this.#radius ??= usualRadius(owner, rows);
    if (!this.#reached) mustBeReached(owner, WHERE, rows, KL, this.#radius);
    this.#reached = true;
    if (this.#temperature === null) {
      this.#temperature = this.#bounded(solveRows(owner, WHERE, rows, KL, this.#radius).temperature);
    } else {
      this.#move(this.#temperature, measured, this.#radius);
    }
  }

  #move(temperature: number, measured: number, wanted: number): void {
    const { core } = engine();
    const step = 0.5 * this.#rate * core.logScalar(measured / wanted);
    const bounded = Math.min(LARGEST_LOG_STEP, Math.max(-LARGEST_LOG_STEP, step));
    this.#temperature = this.#bounded(temperature * core.expScalar(bounded));
  }

  state(): AutoTemperatureState {
    return { temperature: this.#temperature, radius: this.#radius, reached: this.#reached };
  }

  load({ temperature, radius, reached }: AutoTemperatureState): void {
    this.#temperature = temperature === null ? null : mustBeNumber(WHERE, 'temperature', temperature, TEMPERATURE);
    this.#radius = radius === null ? null : mustBeNumber(WHERE, 'radius', radius, { above: 0 });
    this.#reached = mustBeBoolean(WHERE, 'reached', reached);
  }
}

/** What {@link AutoGaussian} remembers: null before the first sample. */
export interface AutoGaussianState {
  border: number | null;
}

/** ADNCE's μ and σ by where negatives begin to look like positives, as `suggest` places them; that border is averaged over steps. */
export class AutoGaussian {
  readonly #rate: number;
  #border: number | null = null;

  /** @param options.rate share of the newest step in the averages. Default 0.05 @throws E_OPTION */
  constructor(options: { rate?: number } = {}) {
    mustKnowKeys('AutoGaussian', options, ['rate']);
    this.#rate = mustBeNumber('AutoGaussian', 'rate', options.rate ?? 0.05, { above: 0, max: 1 });
  }

  /** Takes one step's scores. @returns μ and σ for it @throws E_SHAPE, E_VALUE */
  update(sample: ScoreSample): Gaussian {
    const { border } = landmarksOf('AutoGaussian', sample);
    const before = this.#border ?? border;
    this.#border = before + this.#rate * (border - before);
    return gaussianOf({ border: this.#border });
  }

  state(): AutoGaussianState {
    return { border: this.#border };
  }

  load({ border }: AutoGaussianState): void {
    this.#border = border === null ? null : mustBeNumber('AutoGaussian', 'border', border);
  }
}
