/** All instruments on one score matrix, as a plain object: what `adnce dro` prints. */
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { type Anchor, Anchors } from './anchors.js';
import {
  type DeviationBound,
  deviationBound,
  relative,
  TIGHTNESS_TEMPERATURES,
  type Tightness,
  tightness,
} from './bound.js';
import { checkDivergence, DIVERGENCE_KEYS, type DivergenceOptions, TEMPERATURE } from './divergence.js';
import { radiusOfTemperature } from './radius.js';
import { scoreMoments } from './scores.js';
import { SUSPECT_KEYS, type SuspectOptions, SuspectSearch, type Suspects } from './suspects.js';
import { type WorstCase, type WorstCaseOptions, weightedCase, worstCase } from './worst-case.js';

/** Options of {@link analyse}. */
export interface AnalyseOptions extends DivergenceOptions, SuspectOptions {
  /** τ of the run, 0.001 … 1000; `cvar` has none. */
  temperature?: number;
  /** Negatives of an anchor in training, for the bound: batch size less one in layouts `sentence` and `graph`. Default: those of a row. */
  batchNegatives?: number;
  /** H of {@link deviationBound}. Default 1. */
  hypotheses?: number;
  /** 1 − ρ of {@link deviationBound}. Default 0.95. */
  confidence?: number;
  /** Temperatures of the tightness table. */
  temperatures?: readonly number[];
  /**
   * Weights of one anchor's negatives, f32[M] → [M], for an objective that is no CL-DRO. Radius (KL), sample size, mass and suspects are
   * then theirs; the approximation, the limit, the bound and the tightness are those of the divergence at the temperature.
   */
  weights?: (negatives: Float32Array) => ArrayLike<number>;
}

/** Mean, smallest and largest over anchors. */
export interface Spread {
  mean: number;
  smallest: number;
  largest: number;
}

/** What {@link analyse} finds. Every number is a mean over anchors unless it says otherwise; null where the divergence has none. */
export interface DroAnalysis {
  anchors: number;
  /** Negatives of an anchor. */
  negatives: Spread;
  divergence: string;
  temperature: number | null;
  /** Moments over anchors of the positives' scores, and means of the moments of each anchor's negatives. */
  scores: {
    positive: { mean: number; variance: number };
    negative: { mean: number; variance: number; smallest: number; largest: number };
  };
  /**
   * Radius of the weights; and of the divergence at the temperature: exact (the same but for weights of one's own), by Corollary 3.4, and
   * what it tends to as τ → 0 (null: without limit).
   */
  radius: Spread & { ofTemperature: number | null; approximation: number | null; limit: number | null };
  /** max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0), null for weights of one's own; and with τη at the radius: the worst-case mean score. */
  value: number | null;
  dual: number;
  effectiveSampleSize: Spread;
  /** Share of the worst case on the hardest 1 % and 10 % of an anchor's negatives. */
  hardest: { percent1: number; percent10: number };
  /** Theorem 3.3 for the batch in use, with the interval that the scores were seen in. */
  bound: (DeviationBound & { negatives: number; range: number }) | null;
  /** Theorem 3.5 on up to 64 evenly spaced anchors. */
  tightness: Tightness[];
  suspects: Suspects;
}

const TIGHTNESS_ANCHORS = 64;

/**
 * Radius, worst-case mass, bound, tightness and suspected false negatives of a score matrix, all of it deterministic.
 * @param scores f32[n, m], row-major: n anchors with m candidates each
 * @param positives i32[n], the column of each anchor's positive; it is no negative of this anchor
 * @throws E_OPTION, E_SHAPE, E_VALUE
 *
 * Cost: about ten passes over the scores. Memory: that of a row, and of the pairs listed.
 */
export function analyse(scores: ArrayLike<number>, positives: ArrayLike<number>, options: AnalyseOptions): DroAnalysis {
  const where = 'analyse';
  const own = ['temperature', 'batchNegatives', 'hypotheses', 'confidence', 'temperatures', 'weights'];
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, ...SUSPECT_KEYS, ...own]);
  const divergence = checkDivergence(where, options);
  const anchors = new Anchors(where, scores, positives, options.exclude);
  const search = new SuspectSearch(where, anchors, options);
  const sums = new Sums();
  const hasTemperature = divergence.kind !== 'tail';
  if (hasTemperature) mustBeNumber(where, 'temperature', options.temperature, TEMPERATURE);
  const chosen = pick(options, [...DIVERGENCE_KEYS, 'temperature']);
  for (let i = 0; i < anchors.count; i++) {
    const anchor = anchors.row(where, i);
    const play = playOf(anchor.negatives, chosen, options.weights);
    search.add(anchor, play.weights);
    sums.addScores(anchor);
    const { dual, radius, effectiveSampleSize: size } = play;
    sums.add({ dual, radius, size, ...play.hardest });
    if (play.value !== null) sums.add({ value: play.value });
    if (!hasTemperature) continue;
    const own = radiusOfTemperature(anchor.negatives, chosen as { temperature: number });
    sums.add({ approximation: own.approximation, limit: own.limit, ofTemperature: own.radius });
  }
  const smallest = sums.spread('smallest').smallest;
  const largest = sums.spread('largest').largest;
  const limit = hasTemperature ? sums.mean('limit') : Number.POSITIVE_INFINITY;
  return {
    anchors: anchors.count,
    negatives: sums.spread('negatives'),
    divergence: divergence.name,
    temperature: hasTemperature ? (options.temperature as number) : null,
    scores: {
      positive: scoreMoments(sums.list('positive')),
      negative: { mean: sums.mean('mean'), variance: sums.mean('variance'), smallest, largest },
    },
    radius: {
      ...sums.spread('radius'),
      ofTemperature: hasTemperature ? sums.mean('ofTemperature') : null,
      approximation: hasTemperature ? sums.mean('approximation') : null,
      limit: Number.isFinite(limit) ? limit : null,
    },
    value: options.weights === undefined ? sums.mean('value') : null,
    dual: sums.mean('dual'),
    effectiveSampleSize: sums.spread('size'),
    hardest: { percent1: sums.mean('percent1'), percent10: sums.mean('percent10') },
    bound: hasTemperature ? boundOf(options, Math.round(sums.mean('negatives')), largest - smallest) : null,
    tightness: hasTemperature ? meanTightness(where, anchors, options) : [],
    suspects: search.result(),
  };
}

/** The worst case of an anchor, or what weights of one's own make of it. */
function playOf(
  negatives: Float32Array,
  options: WorstCaseOptions,
  weights: AnalyseOptions['weights'],
): Omit<WorstCase, 'nu' | 'value'> & { value: number | null } {
  if (weights === undefined) return worstCase(negatives, options);
  const { mean, ...rest } = weightedCase(negatives, weights(negatives));
  return { ...rest, dual: mean, value: null };
}

/** Numbers of every anchor, by name. */
class Sums {
  readonly #lists = new Map<string, number[]>();

  add(numbers: Record<string, number>): void {
    for (const [name, value] of Object.entries(numbers)) {
      const list = this.#lists.get(name);
      if (list === undefined) this.#lists.set(name, [value]);
      else list.push(value);
    }
  }

  addScores({ negatives, positive }: Anchor): void {
    let [smallest, largest] = [positive, positive];
    for (const s of negatives) {
      smallest = Math.min(smallest, s);
      largest = Math.max(largest, s);
    }
    this.add({ ...scoreMoments(negatives), smallest, largest, positive, negatives: negatives.length });
  }

  list(name: string): number[] {
    return this.#lists.get(name) ?? [];
  }

  mean(name: string): number {
    return this.list(name).reduce((sum, x) => sum + x, 0) / this.list(name).length;
  }

  spread(name: string): Spread {
    const smallest = this.list(name).reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
    const largest = this.list(name).reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    return { mean: this.mean(name), smallest, largest };
  }
}

function boundOf(options: AnalyseOptions, negatives: number, range: number): NonNullable<DroAnalysis['bound']> {
  const count = mustBeInteger('analyse', 'batchNegatives', options.batchNegatives ?? negatives, { min: 1 });
  const bound = deviationBound({
    ...pick(options, ['hypotheses', 'confidence']),
    temperature: options.temperature as number,
    negatives: count,
    range: mustBeNumber('analyse', 'range', range),
  });
  return { ...bound, negatives: count, range };
}

function meanTightness(where: string, anchors: Anchors, options: AnalyseOptions): Tightness[] {
  const temperatures = options.temperatures ?? TIGHTNESS_TEMPERATURES;
  const count = Math.min(anchors.count, TIGHTNESS_ANCHORS);
  const sums = temperatures.map(() => ({ exact: 0, approximation: 0, mean: 0 }));
  for (let k = 0; k < count; k++) {
    const { negatives } = anchors.row(where, Math.floor((k * anchors.count) / count));
    const { mean } = scoreMoments(negatives);
    tightness(negatives, { ...pick(options, DIVERGENCE_KEYS), temperatures }).forEach((row, at) => {
      const sum = sums[at] as (typeof sums)[number];
      sum.exact += row.exact / count;
      sum.approximation += row.approximation / count;
      sum.mean += mean / count;
    });
  }
  return sums.map(({ exact, approximation, mean }, at) => ({
    temperature: temperatures[at] as number,
    exact,
    approximation,
    relativeGap: relative(approximation - exact, exact - mean),
  }));
}

/** The named options that are set. */
function pick<T extends object, K extends keyof T>(options: T, keys: readonly K[]): Pick<T, K> {
  const set = keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  return Object.fromEntries(set) as Pick<T, K>;
}
