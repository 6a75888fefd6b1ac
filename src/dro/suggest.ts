/** Parameters chosen from data: τ, μ, σ and a batch size for the scores at hand, each with its reason (docs/maths/adaptive.md). */
import { borrow, type Engine } from '../engine/index.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { deviationBound } from './bound.js';
import { KL } from './divergence.js';
import { gaussianOf, landmarksOf, mustHaveAnchors, NARROWEST, type ScoreSample } from './landmarks.js';
import { meanLimit, type PlacedRow, solveRows } from './radius.js';
import { place } from './scores.js';
import { effectiveSampleSize, playAt } from './worst-case.js';

/** A parameter and why. */
export interface Suggestion {
  value: number;
  /** One line. */
  reason: string;
}

export interface Suggestions {
  temperature: Suggestion;
  mu: Suggestion;
  sigma: Suggestion;
  batchSize: Suggestion;
}

/** Options of {@link suggest}. */
export interface SuggestOptions {
  /**
   * η, nats: how far the worst case may go from the uniform negatives. Default: six tenths of the largest radius on some anchors, and no
   * farther than the uniform distribution on what looks like a positive.
   */
  radius?: number;
  /** Pairs of the data set: a quarter of them is the largest batch. Default: no limit. */
  pairs?: number;
  /** Noise of a row's loss that a batch may leave, as a share of the distance from easy negatives to the border. Default 0.1. */
  noise?: number;
}

/** Temperatures that trainings are known to stand. */
const SENSIBLE = { min: 0.01, max: 1 };
const BATCHES = [32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Share of the largest radius that is usual, and the fewest batches of an epoch. */
const USUAL_SHARE = 0.6;
const FEWEST = 4;

/** Suggested parameters of a sample. @throws E_OPTION for a radius no temperature reaches, E_SHAPE, E_VALUE */
export function suggest(sample: ScoreSample, options: SuggestOptions = {}): Suggestions {
  const where = 'suggest';
  mustKnowKeys(where, options, ['radius', 'pairs', 'noise']);
  const noise = mustBeNumber(where, 'noise', options.noise ?? 0.1, { above: 0 });
  if (options.radius !== undefined) mustBeNumber(where, 'radius', options.radius, { above: 0 });
  const pairs =
    options.pairs === undefined ? Number.POSITIVE_INFINITY : mustBeInteger(where, 'pairs', options.pairs, { min: 1 });
  mustHaveAnchors(where, sample);
  return borrow((owner) => {
    const rows = sample.negatives.map((list) => ({ pointer: place(owner, where, list), count: list.length }));
    const landmarks = landmarksOf(where, sample);
    const { easy, border, suspected } = landmarks;
    const radius = options.radius ?? Math.min(usualRadius(owner, rows), owner.core.logScalar(1 / suspected));
    const temperature = suggestTemperature(owner, where, rows, radius);
    const { mu, sigma } = gaussianOf(landmarks);
    return {
      temperature,
      mu: {
        value: short(mu),
        reason: `where negatives begin to look like positives: ${short(100 * suspected)} % of them lie beyond (easy ones at ${short(easy)})`,
      },
      sigma: {
        value: short(sigma),
        reason: `${sigma > NARROWEST ? '' : 'the narrowest of the paper; '}a negative of score 1 keeps ${percentAt(owner, mu, sigma)} % of the weight of one at μ, for hard ones may be true`,
      },
      batchSize: suggestBatch(owner, where, rows, {
        temperature: temperature.value,
        radius,
        noise: noise * (border - easy),
        pairs,
      }),
    };
  });
}

/** Six tenths of the largest radius on some anchors: the worst case then amounts to about M^0.4 of M negatives, 16 of 1,023. */
export function usualRadius(owner: Engine, rows: readonly PlacedRow[]): number {
  return meanLimit(owner, rows, KL) * USUAL_SHARE;
}

/** Weight of a score of 1 beside that of μ. */
function percentAt(owner: Engine, mu: number, sigma: number): number {
  return Math.round(100 * owner.core.expScalar(-((1 - mu) ** 2) / (2 * sigma * sigma)));
}

function suggestTemperature(owner: Engine, where: string, rows: readonly PlacedRow[], radius: number): Suggestion {
  if (radius === 0) {
    return {
      value: SENSIBLE.max,
      reason: 'all negatives have the same score, so that every temperature does the same',
    };
  }
  const { temperature, approximation } = solveRows(owner, where, rows, KL, radius);
  const share = short(100 * owner.core.expScalar(-radius));
  const exact = `the worst case then has radius ${short(radius)} nats, that of the hardest ${share} % (mean and variance alone say ${short(approximation)})`;
  const value = Math.min(SENSIBLE.max, Math.max(SENSIBLE.min, short(temperature)));
  if (value === short(temperature)) return { value, reason: exact };
  return {
    value,
    reason: `radius ${short(radius)} nats needs ${short(temperature)}, which is beyond what trainings stand`,
  };
}

/** What a batch is for. */
interface BatchWishes {
  temperature: number;
  radius: number;
  /** Deviation of a row's loss that may be left. */
  noise: number;
  /** Of the data set. */
  pairs: number;
}

/** The smallest batch whose noise is small enough: by Theorem 3.3 where it says something, else by the delta method. */
function suggestBatch(owner: Engine, where: string, rows: readonly PlacedRow[], wishes: BatchWishes): Suggestion {
  const { temperature, radius, noise, pairs } = wishes;
  const allowed = BATCHES.filter((batch, k) => k === 0 || batch * FEWEST <= pairs);
  const largest = allowed.at(-1) as number;
  // A radius beyond its usual share would lean on a handful of negatives.
  const wide = allowed.filter((batch) => owner.core.logScalar(batch - 1) * USUAL_SHARE >= radius);
  const batches = wide.length === 0 ? [largest] : wide;
  const range = rangeOf(owner, rows);
  const bounded = batches.find((batch) => deviationBound({ negatives: batch - 1, temperature, range }).bound <= noise);
  if (bounded !== undefined) {
    const reason = `with it the negatives of an anchor are within ${short(noise)} of all of them 95 times in 100 (Theorem 3.3)`;
    return { value: bounded, reason };
  }
  // τ·log E e^{s/τ} over M draws has a deviation of τ·sqrt(Var(w)/M), w the worst-case weights of mean 1.
  let variance = 0;
  for (const { pointer, count } of rows) {
    const { weights } = playAt(owner, where, pointer, count, KL, temperature, true);
    variance += (count / effectiveSampleSize(weights) - 1) / rows.length;
  }
  const deviation = (batch: number) => temperature * Math.sqrt(variance / (batch - 1));
  const value = batches.find((batch) => deviation(batch) <= noise) ?? largest;
  const what = `the noise of a row's loss is about ${short(deviation(value))} with it (wanted: ${short(noise)})`;
  const limited = value === largest && deviation(value) > noise && largest < (BATCHES.at(-1) as number);
  if (limited) return { value, reason: `${what}; a larger one would leave an epoch fewer than ${FEWEST} batches` };
  return { value, reason: `${what}; Theorem 3.3 guarantees it for no batch up to ${largest}` };
}

function rangeOf(owner: Engine, rows: readonly PlacedRow[]): number {
  let [smallest, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { pointer, count } of rows) {
    for (const s of owner.f32.subarray(pointer >>> 2, (pointer >>> 2) + count)) {
      smallest = Math.min(smallest, s);
      largest = Math.max(largest, s);
    }
  }
  return largest - smallest;
}

/** Three digits: what one would type. */
function short(x: number): number {
  return Number(x.toPrecision(3));
}
