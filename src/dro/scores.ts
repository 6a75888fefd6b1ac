/** Scores on their way into the core: checked, rounded to float32, and gone when the work is done. */
import { borrow, type Engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';

/** Scores of one anchor with its negatives; kept as float32, the precision of the core. */
export type Scores = ArrayLike<number>;

/**
 * Copies scores into the memory of the running step.
 * @throws E_SHAPE without a score, E_VALUE when one is not finite
 */
export function place(owner: Engine, where: string, scores: Scores): Pointer {
  if (scores.length === 0) {
    throw new AdnceError('E_SHAPE', { where, what: '"scores" must hold at least one score, got none' });
  }
  const pointer = owner.stackF32(scores.length, where);
  const view = owner.f32.subarray(pointer >>> 2, (pointer >>> 2) + scores.length);
  view.set(scores);
  const bad = view.findIndex((s) => !Number.isFinite(s));
  if (bad >= 0) {
    throw new AdnceError('E_VALUE', { where, what: `"scores" must be finite, score ${bad} is ${scores[bad]}` });
  }
  return pointer;
}

/** Mean and biased variance. */
export interface Moments {
  mean: number;
  variance: number;
}

/** Mean and biased variance of scores, in float64. @throws E_SHAPE, E_VALUE */
export function scoreMoments(scores: Scores): Moments {
  return borrow((owner) => momentsAt(owner, place(owner, 'scoreMoments', scores), scores.length));
}

/** {@link scoreMoments} of scores that are in memory. */
export function momentsAt(owner: Engine, pointer: Pointer, count: number): Moments {
  const out = owner.arena.stack(16, 'scoreMoments');
  owner.core.scoreMoments(pointer, count, out);
  const [mean = 0, variance = 0] = owner.f64.subarray(out / 8, out / 8 + 2);
  return { mean, variance };
}

/**
 * The smallest score that has at least the share `q` of all scores at or below it, exactly and in O(n).
 * @param q 0 (the smallest) … 1 (the largest)
 */
export function scoreQuantile(scores: Scores, q: number): number {
  return borrow((owner) => quantileAt(owner, place(owner, 'scoreQuantile', scores), scores.length, q));
}

/** {@link scoreQuantile} of scores that are in memory. */
export function quantileAt(owner: Engine, pointer: Pointer, count: number, q: number): number {
  const fromBelow = Math.min(count, Math.max(1, Math.ceil(q * count)));
  return scoreOfRank(owner, pointer, count, count + 1 - fromBelow);
}

/** The score at `rank`, 1 … count, the largest first. */
export function scoreOfRank(owner: Engine, pointer: Pointer, count: number, rank: number): number {
  const work = owner.arena.stack(owner.core.selectWorkBytes(), 'order statistic');
  return owner.core.largestOfRank(pointer, count, rank, work);
}
