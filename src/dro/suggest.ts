/** Parameters chosen from data: τ, μ, σ and a batch size for the scores at hand, each with its reason (docs/maths/adaptive.md). */
import { borrow, type Engine } from '../engine/index.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { deviationBound } from './bound.js';
import { KL } from './divergence.js';
import { gaussianOf, landmarksOf, mustHaveAnchors, type ScoreSample } from './landmarks.js';
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
   * η, nats: how far the worst case may go from the uniform negatives. Default {@link usualRadius}: as far as the uniform distribution on
   * the hardest tenth, log 10, and no farther than half of what the sample allows.
   */
  radius?: number;
  /** Noise of a row's loss that a batch may leave, as a share of the distance from easy negatives to the border. Default 0.05. */
  noise?: number;
}

/** Temperatures that trainings are known to stand. */
const SENSIBLE = { min: 0.01, max: 1 };
const BATCHES = [32, 64, 128, 256, 512, 1024, 2048, 4096];

/** Suggested parameters of a sample. @throws E_OPTION for a radius no temperature reaches, E_SHAPE, E_VALUE */
export function suggest(sample: ScoreSample, options: SuggestOptions = {}): Suggestions {
  const where = 'suggest';
  mustKnowKeys(where, options, ['radius', 'noise']);
  const noise = mustBeNumber(where, 'noise', options.noise ?? 0.05, { above: 0 });
  if (options.radius !== undefined) mustBeNumber(where, 'radius', options.radius, { above: 0 });
  mustHaveAnchors(where, sample);
  return borrow((owner) => {
    const rows = sample.negatives.map((list) => ({ pointer: place(owner, where, list), count: list.length }));
    const landmarks = landmarksOf(where, sample);
    const radius = options.radius ?? usualRadius(owner, rows);
    const temperature = suggestTemperature(owner, where, rows, radius);
    const { mu, sigma } = gaussianOf(landmarks, temperature.value);
    const { easy, border, suspected } = landmarks;
    return {
      temperature,
      mu: {
        value: short(mu),
        reason: `half-way between the easy negatives (median ${short(easy)}) and what looks like a positive (from ${short(border)}, ${short(100 * suspected)} % of the negatives)`,
      },
      sigma: {
        value: short(sigma),
        reason: `with this temperature the pull on a negative rises up to ${short(border)} and falls beyond it`,
      },
      batchSize: suggestBatch(owner, where, rows, temperature.value, radius, noise * (border - easy)),
    };
  });
}

/** log 10, or half of the largest radius the anchors allow if that is less. */
export function usualRadius(owner: Engine, rows: readonly PlacedRow[]): number {
  return Math.min(owner.core.logScalar(10), meanLimit(owner, rows, KL) / 2);
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

/** The smallest batch whose noise is small enough: by Theorem 3.3 where it says something, else by the delta method. */
function suggestBatch(
  owner: Engine,
  where: string,
  rows: readonly PlacedRow[],
  temperature: number,
  radius: number,
  yardstick: number,
): Suggestion {
  // A radius of more than half of log M would lean on a handful of negatives.
  const wide = BATCHES.filter((batch) => owner.core.logScalar(batch - 1) >= 2 * radius);
  const batches = wide.length === 0 ? BATCHES.slice(-1) : wide;
  const bounded = batches.find(
    (batch) => deviationBound({ negatives: batch - 1, temperature, range: rangeOf(owner, rows) }).bound <= yardstick,
  );
  if (bounded !== undefined) {
    const reason = `with it the negatives of an anchor are within ${short(yardstick)} of all of them 95 times in 100 (Theorem 3.3)`;
    return { value: bounded, reason };
  }
  // τ·log E e^{s/τ} over M draws has a deviation of τ·sqrt(Var(w)/M), w the worst-case weights of mean 1.
  let variance = 0;
  for (const { pointer, count } of rows) {
    const { weights } = playAt(owner, where, pointer, count, KL, temperature, true);
    variance += (count / effectiveSampleSize(weights) - 1) / rows.length;
  }
  const deviation = (batch: number) => temperature * Math.sqrt(variance / (batch - 1));
  const value = batches.find((batch) => deviation(batch) <= yardstick) ?? (batches.at(-1) as number);
  const what = `the noise of a row's loss is about ${short(deviation(value))} with it (wanted: ${short(yardstick)})`;
  return { value, reason: `${what}; Theorem 3.3 guarantees it for no batch up to ${BATCHES.at(-1)}` };
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
