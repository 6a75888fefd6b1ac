/**
 * Parameters that follow the scores while they change in training. Each controller is called once a step with a sample of the batch's
 * scores (`sampleScores`) and holds little state, which a checkpoint can store. What is theory here and what is not: docs/maths/adaptive.md.
 */
import { borrow, engine } from '../engine/index.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { KL, TEMPERATURE } from './divergence.js';
import { type Gaussian, gaussianOf, landmarksOf, mustHaveAnchors, type ScoreSample } from './landmarks.js';
import { meanRadius, mustBeReached, varianceRadius } from './radius.js';
import { place } from './scores.js';
import { usualRadius } from './suggest.js';

/** Options of {@link AutoTemperature}. */
export interface AutoTemperatureOptions {
  /** η to hold, nats. Default: log 10 or half of what the first sample allows. */
  radius?: number;
  /** τ at first. Default 0.1. */
  initial?: number;
  /** Share of the distance to go in a step, in log τ: 1/rate steps of memory. Default 0.05. */
  rate?: number;
  /** Bounds of τ. Default 0.01 and 1. */
  min?: number;
  max?: number;
}

/** What {@link AutoTemperature} remembers. */
export interface AutoTemperatureState {
  temperature: number;
  radius: number | null;
}

/** Scores themselves, for the exact radius; or their variance only, for Corollary 3.4. */
export type RadiusStatistics = Pick<ScoreSample, 'negatives'> | { variance: number };

/** Largest factor by which a step may change τ, whatever the sample. */
const LARGEST_LOG_STEP = 0.1;

/**
 * Holds a radius: log τ moves by rate·½·log(η measured/η wanted), which is exactly right where η ∝ 1/τ² (Corollary 3.4) and has
 * its fixed point at the wanted radius everywhere, because η falls in τ.
 */
export class AutoTemperature {
  readonly #rate: number;
  readonly #min: number;
  readonly #max: number;
  #radius: number | null;
  #temperature: number;
  #reached = false;

  /** @throws E_OPTION */
  constructor(options: AutoTemperatureOptions = {}) {
    const where = 'AutoTemperature';
    mustKnowKeys(where, options, ['radius', 'initial', 'rate', 'min', 'max']);
    this.#radius = options.radius === undefined ? null : mustBeNumber(where, 'radius', options.radius, { above: 0 });
    this.#rate = mustBeNumber(where, 'rate', options.rate ?? 0.05, { above: 0, max: 1 });
    this.#min = mustBeNumber(where, 'min', options.min ?? 0.01, TEMPERATURE);
    this.#max = mustBeNumber(where, 'max', options.max ?? 1, { min: this.#min, max: 1e3 });
    const initial = mustBeNumber(where, 'initial', options.initial ?? 0.1, TEMPERATURE);
    this.#temperature = Math.min(this.#max, Math.max(this.#min, initial));
  }

  /** τ for the next step. */
  get temperature(): number {
    return this.#temperature;
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
    const measured = this.#measure(statistics);
    if (this.#radius === null || measured === 0) return this.#temperature;
    const { core } = engine();
    const step = 0.5 * this.#rate * core.logScalar(measured / this.#radius);
    const bounded = Math.min(LARGEST_LOG_STEP, Math.max(-LARGEST_LOG_STEP, step));
    const next = this.#temperature * core.expScalar(bounded);
    this.#temperature = Math.min(this.#max, Math.max(this.#min, next));
    return this.#temperature;
  }

  #measure(statistics: RadiusStatistics): number {
    const where = 'AutoTemperature';
    if ('variance' in statistics) {
      const variance = mustBeNumber(where, 'variance', statistics.variance, { min: 0 });
      this.#radius ??= engine().core.logScalar(10);
      return varianceRadius(variance, this.#temperature, KL);
    }
    mustHaveAnchors(where, statistics);
    return borrow((owner) => {
      const rows = statistics.negatives.map((list) => ({ pointer: place(owner, where, list), count: list.length }));
      const measured = meanRadius(owner, where, rows, KL, this.#temperature);
      // An encoder may start with scores that are all equal: they say nothing of what can be reached.
      if (measured > 0 && !this.#reached) {
        this.#radius ??= usualRadius(owner, rows);
        mustBeReached(owner, where, rows, KL, this.#radius);
        this.#reached = true;
      }
      return measured;
    });
  }

  state(): AutoTemperatureState {
    return { temperature: this.#temperature, radius: this.#radius };
  }

  load({ temperature, radius }: AutoTemperatureState): void {
    this.#temperature = mustBeNumber('AutoTemperature', 'temperature', temperature, TEMPERATURE);
    this.#radius = radius === null ? null : mustBeNumber('AutoTemperature', 'radius', radius, { above: 0 });
  }
}

/** What {@link AutoGaussian} remembers: null before the first sample. */
export interface AutoGaussianState {
  easy: number | null;
  border: number | null;
}

/**
 * ADNCE's μ and σ between the easy negatives and what looks like a positive, as `suggest` places them, with quantiles that are
 * averaged over steps.
 */
export class AutoGaussian {
  readonly #rate: number;
  #easy: number | null = null;
  #border: number | null = null;

  /** @param options.rate share of the newest step in the averages. Default 0.05 @throws E_OPTION */
  constructor(options: { rate?: number } = {}) {
    mustKnowKeys('AutoGaussian', options, ['rate']);
    this.#rate = mustBeNumber('AutoGaussian', 'rate', options.rate ?? 0.05, { above: 0, max: 1 });
  }

  /**
   * Takes one step's scores.
   * @param temperature τ of the next step
   * @returns μ and σ for it
   * @throws E_SHAPE, E_VALUE
   */
  update(sample: ScoreSample, temperature: number): Gaussian {
    const newest = landmarksOf('AutoGaussian', sample);
    const follow = (before: number | null, now: number) =>
      before === null ? now : before + this.#rate * (now - before);
    this.#easy = follow(this.#easy, newest.easy);
    this.#border = follow(this.#border, newest.border);
    return gaussianOf({ easy: this.#easy, border: this.#border }, temperature);
  }

  state(): AutoGaussianState {
    return { easy: this.#easy, border: this.#border };
  }

  load({ easy, border }: AutoGaussianState): void {
    const number = (key: string, value: number | null) =>
      value === null ? null : mustBeNumber('AutoGaussian', key, value);
    this.#easy = number('easy', easy);
    this.#border = number('border', border);
  }
}
