/**
 * Temperature and radius are two names of one thing (Theorem 3.2): τ is the Lagrange multiplier of the constraint D_φ(Q‖Q0) ≤ η. The
 * radius of a temperature falls in τ, from that of all weight on the largest score to 0.
 */
import { borrow, type Engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import {
  checkDivergence,
  curvatureOf,
  DIVERGENCE_KEYS,
  type Divergence,
  type DivergenceOptions,
  mustHaveTemperature,
  TEMPERATURE,
} from './divergence.js';
import { root } from './root.js';
import { momentsAt, place, type Scores } from './scores.js';
import { playAt } from './worst-case.js';

/** The radius of a temperature. */
export interface Radius {
  /** D_φ(Q*‖Q0), nats for `kl`. */
  radius: number;
  /** Var(s)/(2τ²φ″(1)), what Corollary 3.4 makes of it. */
  approximation: number;
  /** What the radius tends to as τ → 0: log(M/ties) for `kl`; Infinity for orders ≤ 0. */
  limit: number;
}

/**
 * η(τ) of scores, exactly and by the variance approximation.
 * @param scores f32[M]
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function radiusOfTemperature(scores: Scores, options: DivergenceOptions & { temperature: number }): Radius {
  const where = 'radiusOfTemperature';
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, 'temperature']);
  const divergence = checkDivergence(where, options);
  mustHaveTemperature(where, divergence);
  const temperature = mustBeNumber(where, 'temperature', options.temperature, TEMPERATURE);
  return borrow((owner) => {
    const pointer = place(owner, where, scores);
    const count = scores.length;
    return {
      radius: playAt(owner, where, pointer, count, divergence, temperature, false).radius,
      approximation: varianceRadius(momentsAt(owner, pointer, count).variance, temperature, divergence),
      limit: radiusLimit(owner, pointer, count, divergence).limit,
    };
  });
}

/** Var/(2τ²φ″(1)). */
export function varianceRadius(variance: number, temperature: number, divergence: Divergence): number {
  return variance / (2 * temperature * temperature * curvatureOf(divergence));
}

/** The temperature of a radius. */
export interface TemperatureForRadius {
  /** τ with η(τ) = η; any positive number, so look whether an objective takes it (0.001 … 1000). */
  temperature: number;
  /** sqrt(Var(s)/(2ηφ″(1))), Corollary 3.4. */
  approximation: number;
}

/** Largest share of the limit that is solved for: closer to it, τ is no longer determined by η in float64. */
const CLOSEST = 1 - 1e-12;
/** Smallest τ that is tried, so that gaps of scores over τ stay finite: orders near 0 and below reach their largest radii only beyond it. */
const COLDEST = 1e-250;

/**
 * The temperature at which the adversary goes exactly as far as the wanted radius: η(τ) = η in log τ, to 1e-12 of τ.
 * @param scores f32[M]
 * @param options.radius η > 0, nats for `kl`, below the limit log(M/ties at the maximum)
 * @throws E_OPTION when no temperature reaches the radius, with the allowed range and the nearest valid value; E_SHAPE, E_VALUE
 */
export function temperatureForRadius(
  scores: Scores,
  options: DivergenceOptions & { radius: number },
): TemperatureForRadius {
  const where = 'temperatureForRadius';
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, 'radius']);
  const divergence = checkDivergence(where, options);
  mustHaveTemperature(where, divergence);
  const radius = mustBeNumber(where, 'radius', options.radius, { above: 0 });
  return borrow((owner) => {
    const pointer = place(owner, where, scores);
    return solveRows(owner, where, [{ pointer, count: scores.length }], divergence, radius);
  });
}

/** Scores of one anchor that are in memory. */
export interface PlacedRow {
  pointer: Pointer;
  count: number;
}

/** The temperature at which the mean radius of some anchors is the wanted one; see {@link temperatureForRadius}. */
export function solveRows(
  owner: Engine,
  where: string,
  rows: readonly PlacedRow[],
  divergence: Divergence,
  radius: number,
): TemperatureForRadius {
  mustBeReached(owner, where, rows, divergence, radius);
  const variance = mean(rows, ({ pointer, count }) => momentsAt(owner, pointer, count).variance);
  const approximation = Math.sqrt(varianceRadius(variance, 1, divergence) / radius);
  const at = (temperature: number) => meanRadius(owner, where, rows, divergence, temperature);
  const temperature = solveTemperature(owner, at, radius, approximation);
  if (temperature < COLDEST) refuseRadius(where, radius, at(COLDEST), theseText(owner, rows, divergence));
  return { temperature, approximation };
}

/** Mean radius of some anchors at a temperature. */
export function meanRadius(
  owner: Engine,
  where: string,
  rows: readonly PlacedRow[],
  divergence: Divergence,
  temperature: number,
): number {
  const radiusOf = ({ pointer, count }: PlacedRow) =>
    playAt(owner, where, pointer, count, divergence, temperature, false).radius;
  return mean(rows, radiusOf);
}

function mean(rows: readonly PlacedRow[], of: (row: PlacedRow) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
}

/** What the mean radius of some anchors tends to as τ → 0. */
export function meanLimit(owner: Engine, rows: readonly PlacedRow[], divergence: Divergence): number {
  return mean(rows, ({ pointer, count }) => radiusLimit(owner, pointer, count, divergence).limit);
}

/** Refuses a radius that no temperature has on these anchors. */
export function mustBeReached(
  owner: Engine,
  where: string,
  rows: readonly PlacedRow[],
  divergence: Divergence,
  radius: number,
): void {
  const limit = meanLimit(owner, rows, divergence);
  if (radius <= limit * CLOSEST) return;
  refuseRadius(where, radius, limit, theseText(owner, rows, divergence));
}

function theseText(owner: Engine, rows: readonly PlacedRow[], divergence: Divergence): string {
  const [only] = rows as [PlacedRow];
  const { ties } = radiusLimit(owner, only.pointer, only.count, divergence);
  return rows.length > 1 ? `these ${rows.length} anchors` : tiesText(only.count, ties);
}

/**
 * Refuses a radius that no scores of so many negatives have, before there are any: log M is the largest, where one takes all weight.
 * Only options are refused by it, so that the runtime's own logarithm will do.
 */
export function mustBePossible(where: string, radius: number, negatives: number): void {
  const limit = Math.log(negatives);
  if (radius <= limit * CLOSEST) return;
  if (negatives > 1) refuseRadius(where, radius, limit, `the ${negatives} negatives of an anchor`);
  throw new AdnceError('E_OPTION', {
    where,
    what: `"radius" must be 0 for a single negative, got ${radius}`,
    hint: 'an adversary can choose only among several; raise the batch size',
  });
}

/**
 * τ with at(τ) = radius, from a guess: log η is nearly −2·log τ + constant, so that in logarithms few steps are needed. 0 where it lies
 * below {@link COLDEST}.
 */
function solveTemperature(owner: Engine, at: (temperature: number) => number, radius: number, guess: number): number {
  const { core } = owner;
  const wanted = core.logScalar(radius);
  const excess = (logTemperature: number) => core.logScalar(at(core.expScalar(logTemperature))) - wanted;
  const start = core.logScalar(guess);
  const coldest = core.logScalar(COLDEST);
  // The guess may be off by any factor; bracket the root by ever longer steps towards it.
  const high = excess(start) > 0;
  let [inner, outer, step] = [start, start, 0.25];
  do {
    inner = outer;
    outer += high ? step : -step;
    step *= 2;
    if (inner === coldest) return 0;
    outer = Math.max(outer, coldest);
  } while (excess(outer) > 0 === high);
  return core.expScalar(root(excess, Math.min(inner, outer), Math.max(inner, outer), 1e-15));
}

interface Reach {
  /** Radius of all weight on the largest score. */
  limit: number;
  /** How many scores are the largest. */
  ties: number;
}

function radiusLimit(owner: Engine, pointer: Pointer, count: number, divergence: Divergence): Reach {
  const scores = owner.f32.subarray(pointer >>> 2, (pointer >>> 2) + count);
  let top = Number.NEGATIVE_INFINITY;
  for (const s of scores) top = Math.max(top, s);
  const ties = scores.reduce((sum, s) => sum + Number(s === top), 0);
  const phi = (w: number) => {
    if (divergence.kind === 'custom') return divergence.custom.phi(w);
    const order = divergence.kind === 'power' ? divergence.order : 0;
    if (w === 0) return order > 0 ? 1 / order : Number.POSITIVE_INFINITY;
    return owner.core.powerDivergence(owner.core.logScalar(w), order);
  };
  if (ties === count) return { limit: 0, ties };
  const share = ties / count;
  return { limit: share * phi(1 / share) + (1 - share) * phi(0), ties };
}

function tiesText(count: number, ties: number): string {
  return `these ${count} scores${ties === 1 ? '' : ` of which ${ties} tie at the maximum`}`;
}

function refuseRadius(where: string, radius: number, limit: number, these: string): never {
  if (limit === 0) {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"radius" must be 0 for scores that are all equal, got ${radius}`,
      hint: 'every temperature has radius 0 here; look whether the encoder has collapsed',
    });
  }
  throw new AdnceError('E_OPTION', {
    where,
    what: `"radius" must be > 0 and < ${limit} for ${these}, got ${radius}`,
    hint: `no temperature moves the worst case farther; the nearest valid value is ${roundedDown(limit * CLOSEST)}`,
  });
}

/** A number a little below x > 0 that is short to write: six digits. */
function roundedDown(x: number): number {
  const [digits, exponent] = x.toExponential(5).split('e') as [string, string];
  const short = Number(`${digits}e${exponent}`);
  return short <= x ? short : Number(`${(Number(digits) - 1e-5).toFixed(5)}e${exponent}`);
}
