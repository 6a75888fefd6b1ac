/**
 * The adversary of contrastive learning: among all weightings Q of an anchor's negatives, the one that makes them hardest when
 * moving away from the uniform Q0 costs τ·D_φ(Q‖Q0) (paper §3, maths §3).
 */
import { borrow, type Engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { worstCaseCustom } from './custom.js';
import {
  checkDivergence,
  DIVERGENCE_KEYS,
  type Divergence,
  type DivergenceOptions,
  mustHaveTemperature,
  TEMPERATURE,
} from './divergence.js';
import { place, type Scores, scoreOfRank } from './scores.js';

/** Options of {@link worstCase}. */
export interface WorstCaseOptions extends DivergenceOptions {
  /** τ, 0.001 … 1000: the price of a unit of divergence. All divergences but `cvar` need it. */
  temperature?: number;
  /** Radius η of the dual bound. Default: the radius of the worst case itself, where the bound is met. */
  radius?: number;
}

/** What the adversary does to the negatives of one anchor. */
export interface WorstCase {
  /** f64[M], w = M·Q, mean 1. */
  weights: Float64Array;
  /** Multiplier of the constraint ΣQ = 1; for `cvar` the score at the border. */
  nu: number;
  /** max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0), without τη. */
  value: number;
  /** value + τη, which bounds max {⟨s⟩_Q : D_φ(Q‖Q0) ≤ η} from above, and equals it when η is the radius (strong duality). */
  dual: number;
  /** D_φ(Q*‖Q0) = E φ(w), nats for `kl`; 0 for `cvar`. */
  radius: number;
  /** (Σw)²/Σw²: how many negatives the worst case amounts to, 1 … M. */
  effectiveSampleSize: number;
  /** Share of Q* on the hardest 1 % and on the hardest 10 % of the negatives. */
  hardest: { percent1: number; percent10: number };
}

/** What {@link weightedCase} finds. */
export interface WeightedCase extends Pick<WorstCase, 'weights' | 'radius' | 'effectiveSampleSize' | 'hardest'> {
  /** Mean score under the weights. */
  mean: number;
}

/**
 * The worst case of the given scores.
 * @param scores f32[M], scores of one anchor's negatives, M ≥ 1
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function worstCase(scores: Scores, options: WorstCaseOptions): WorstCase {
  const where = 'worstCase';
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, 'temperature', 'radius']);
  const divergence = checkDivergence(where, options);
  const temperature = checkTemperature(where, divergence, options.temperature);
  if (options.radius !== undefined) mustBeNumber(where, 'radius', options.radius, { min: 0 });
  return borrow((owner) => {
    const pointer = place(owner, where, scores);
    const play = playAt(owner, where, pointer, scores.length, divergence, temperature, true);
    const { nu, value, radius, weights } = play;
    return {
      weights,
      nu,
      value,
      dual: value + (divergence.kind === 'tail' ? 0 : temperature * (options.radius ?? radius)),
      radius,
      effectiveSampleSize: effectiveSampleSize(weights),
      hardest: hardestAt(owner, pointer, weights),
    };
  });
}

/**
 * What weights of one's own do to the negatives of one anchor: those of an objective that is no CL-DRO, such as ADNCE. Their radius is their
 * KL divergence from equal ones, E w·log w, and they are the worst case of no temperature, so that there is neither ν nor a dual value.
 * @param scores f32[M]
 * @param weights [M], not negative, of any sum above 0; given back with mean 1
 * @throws E_SHAPE, E_VALUE
 */
export function weightedCase(scores: Scores, weights: ArrayLike<number>): WeightedCase {
  const where = 'weightedCase';
  return borrow((owner) => {
    const pointer = place(owner, where, scores);
    const normal = meanOne(where, weights, scores.length);
    let [mean, radius] = [0, 0];
    for (let j = 0; j < normal.length; j++) {
      const w = normal[j] as number;
      mean += (w * (owner.f32[(pointer >>> 2) + j] as number)) / normal.length;
      if (w > 0) radius += (w * owner.core.logScalar(w)) / normal.length;
    }
    return {
      weights: normal,
      mean,
      radius: Math.max(0, radius),
      effectiveSampleSize: effectiveSampleSize(normal),
      hardest: hardestAt(owner, pointer, normal),
    };
  });
}

function mustBeOneEach(where: string, weights: ArrayLike<number>, count: number): void {
  if (weights.length === count) return;
  throw new AdnceError('E_SHAPE', {
    where,
    what: `"weights" must be one for each of ${count} scores, got ${weights.length}`,
  });
}

function meanOne(where: string, weights: ArrayLike<number>, count: number): Float64Array {
  mustBeOneEach(where, weights, count);
  const normal = Float64Array.from(weights);
  const bad = normal.findIndex((w) => !(w >= 0 && Number.isFinite(w)));
  const sum = normal.reduce((total, w) => total + w, 0);
  if (bad >= 0 || !(sum > 0)) {
    const got = bad >= 0 ? `weight ${bad} is ${weights[bad]}` : 'all are 0';
    throw new AdnceError('E_VALUE', { where, what: `"weights" must be finite, >= 0 and not all 0, ${got}` });
  }
  return normal.map((w) => (w / sum) * count);
}

function checkTemperature(where: string, divergence: Divergence, temperature: unknown): number {
  if (divergence.kind !== 'tail') return mustBeNumber(where, 'temperature', temperature, TEMPERATURE);
  if (temperature !== undefined) mustHaveTemperature(where, divergence);
  return 0;
}

/** What a play of the adversary came to; `weights` is empty when they were not wanted. */
export interface Play {
  nu: number;
  value: number;
  radius: number;
  weights: Float64Array;
}

/** The worst case of scores that are in memory, for any temperature > 0. */
export function playAt(
  owner: Engine,
  where: string,
  pointer: Pointer,
  count: number,
  divergence: Divergence,
  temperature: number,
  wantsWeights: boolean,
): Play {
  if (divergence.kind === 'custom') {
    const scores = owner.f32.subarray(pointer >>> 2, (pointer >>> 2) + count);
    return worstCaseCustom(where, scores, divergence.custom, temperature);
  }
  const { core, arena } = owner;
  const weights = wantsWeights ? arena.stack(count * 8, where) : 0;
  const summary = arena.stack(24, where);
  if (divergence.kind === 'tail') {
    const work = arena.stack(core.selectWorkBytes(), where);
    core.worstCaseTail(pointer, count, divergence.level, weights, summary, work);
  } else {
    core.worstCasePower(pointer, count, divergence.order, temperature, weights, summary);
  }
  const [nu = 0, value = 0, radius = 0] = owner.f64.subarray(summary / 8, summary / 8 + 3);
  return {
    nu,
    value,
    radius,
    weights: wantsWeights ? owner.f64.slice(weights / 8, weights / 8 + count) : new Float64Array(0),
  };
}

/** (Σw)²/Σw² of non-negative weights (Kish), 1 … M. */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let j = 0; j < weights.length; j++) {
    const w = weights[j] as number;
    sum += w;
    squares += w * w;
  }
  return (sum * sum) / squares;
}

/**
 * The share of all weight that lies on the hardest negatives: on the given share of those with the largest scores, a negative at the
 * border counting in part, and those that tie there alike.
 * @param scores f32[M]
 * @param weights [M], mean 1
 * @param share 0 < share ≤ 1
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function hardestMass(scores: Scores, weights: ArrayLike<number>, share: number): number {
  const where = 'hardestMass';
  mustBeNumber(where, 'share', share, { above: 0, max: 1 });
  mustBeOneEach(where, weights, scores.length);
  return borrow((owner) => massAt(owner, place(owner, where, scores), weights, share));
}

function hardestAt(owner: Engine, pointer: Pointer, weights: ArrayLike<number>): WorstCase['hardest'] {
  return { percent1: massAt(owner, pointer, weights, 0.01), percent10: massAt(owner, pointer, weights, 0.1) };
}

function massAt(owner: Engine, pointer: Pointer, weights: ArrayLike<number>, share: number): number {
  const count = weights.length;
  const border = scoreOfRank(owner, pointer, count, Math.min(count, Math.ceil(share * count)));
  // One view for the loop: to ask for it at each score took most of the time of a worst case.
  const scores = owner.f32.subarray(pointer >>> 2, (pointer >>> 2) + count);
  let [above, beyond, ties, tied, all] = [0, 0, 0, 0, 0];
  for (let j = 0; j < count; j++) {
    const [s, w] = [scores[j] as number, weights[j] as number];
    all += w;
    if (s > border) {
      above++;
      beyond += w;
    } else if (s === border) {
      ties++;
      tied += w;
    }
  }
  return (beyond + (tied * (share * count - above)) / ties) / all;
}
