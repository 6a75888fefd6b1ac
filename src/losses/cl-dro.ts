/** CL-DRO: the contrastive loss against the worst weighting of the negatives within a divergence of the uniform one. */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustBeOneOf, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';
import { type CustomDivergence, checkCustomDivergence, customDro } from './custom-dro.js';
import type { RowObjective, Scalar } from './problem.js';

/** Divergences by name. */
export const DRO_DIVERGENCES = ['kl', 'chi2', 'reverse_kl', 'cressie_read', 'alpha', 'cvar'] as const;
export type DroDivergence = (typeof DRO_DIVERGENCES)[number];

/** Beyond these a weight's power could leave float32. */
export const ORDER: NumberRange = { min: -4, max: 20 };
export const LEVEL: NumberRange = { above: 0, max: 1 };
/** Error of log E w at which the search for ν ends: what weights of float32, or of float64, can tell. */
const TOLERANCE = 3e-7;
const EXACT_TOLERANCE = 1e-13;

/** Options of {@link clDro}. */
export interface ClDroOptions extends Omit<TemperatureOptions, 'temperature'> {
  /** Default `kl`, whose objective is τ·InfoNCE (decoupled, mean) + τη. */
  divergence?: DroDivergence | CustomDivergence;
  /** τ, 0.001 … 1000, the price of a unit of divergence; a scalar tensor is learnt. All but `cvar` need it. */
  temperature?: Scalar;
  /** Order k of `cressie_read`, −4 … 20: 2 is χ², 1 is KL, 0 is reverse KL. */
  order?: number;
  /** α of `alpha`, −4 … 20: the α-divergence is Cressie–Read's of order α (Amari's parameter is 2α − 1). */
  alpha?: number;
  /** Level α of `cvar`, 0 < α ≤ 1: the loss is the mean of the top share α. */
  level?: number;
  /** η, the radius that τ is the multiplier of: adds τη, so that a learnt τ holds it. Default 0. */
  radius?: number;
}

/**
 * CL-DRO of two batches of embeddings (paper eq. 3–5, maths §2): ℓ = −p + τη + max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0).
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function clDro(a: Tensor, b: Tensor, options: ClDroOptions): Tensor {
  const where = 'clDro';
  const own = ['divergence', 'temperature', 'order', 'alpha', 'level', 'radius'];
  const { layout, symmetric, candidates } = checkBatch(where, options, own);
  const { divergence: given = 'kl' } = options;
  const custom = typeof given === 'object' && given !== null ? checkCustomDivergence(where, given) : undefined;
  const divergence = custom === undefined ? mustBeOneOf(where, 'divergence', given, DRO_DIVERGENCES) : 'custom';
  refuseUnused(where, options, divergence);
  const batch = { where, layout, symmetric, candidates, positiveWeighted: false };
  if (divergence === 'cvar') {
    const level = mustBeNumber(where, 'level', options.level, LEVEL);
    return contrastiveLoss(a, b, { ...batch, objective: tailObjective(level), temperature: 1, learnt: [] });
  }
  const temperature = scalar(where, 'temperature', options.temperature as Scalar, TEMPERATURE);
  const radius = mustBeNumber(where, 'radius', options.radius ?? 0, { min: 0 });
  const learnt = [learnable(options.temperature as Scalar)];
  if (custom !== undefined) return customDro(a, b, { ...batch, temperature, learnt }, custom, radius);
  const order = orderOf(where, divergence, options);
  const objective = order === 1 ? klObjective(where, temperature, radius) : powerObjective(where, order, radius);
  return contrastiveLoss(a, b, { ...batch, objective, temperature, learnt });
}

/** An option that the divergence does not have is a mistake, not a wish to be passed over. */
function refuseUnused(where: string, options: ClDroOptions, divergence: string): void {
  const owners = { order: 'cressie_read', alpha: 'alpha', level: 'cvar' } as const;
  for (const [key, owner] of Object.entries(owners)) {
    if (options[key as keyof typeof owners] === undefined || divergence === owner) continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"${key}" does not go with divergence "${divergence}"`,
      hint: `set divergence: "${owner}"`,
    });
  }
  if (divergence !== 'cvar') return;
  if (options.radius !== undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"radius" does not go with divergence "cvar"',
      hint: 'its "level" says how far the worst case goes',
    });
  }
  if (options.temperature !== undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"temperature" does not go with divergence "cvar"',
      hint: 'its "level" says how far the worst case goes',
    });
  }
}

function orderOf(where: string, divergence: string, options: ClDroOptions): number {
  if (divergence === 'cressie_read') return mustBeNumber(where, 'order', options.order, ORDER);
  if (divergence === 'alpha') return mustBeNumber(where, 'alpha', options.alpha, ORDER);
  return divergence === 'kl' ? 1 : divergence === 'chi2' ? 2 : 0;
}

/** The worst case of KL is InfoNCE's softmax, so are its sweeps. */
function klObjective(where: string, temperature: number, radius: number): RowObjective {
  return {
    statistics: 'infoNceStatistics',
    finish: 'klFinish',
    gradients: 'infoNceGradients',
    bounds: [{ largest: 1 / temperature, range: 2 / temperature }],
    fields: ({ candidates }) => {
      mustBeReachable(where, radius, 1, candidates);
      return { doubles: [radius, 1, 0], lanes: [1, 0] };
    },
  };
}

function powerObjective(where: string, order: number, radius: number): RowObjective {
  return {
    statistics: 'droValueStatistics',
    finish: 'droFinish',
    gradients: 'droGradients',
    bounds: [],
    search: { kind: 'dro', statistics: 'droSearchStatistics', doublesPerAnchor: 3 },
    fields: ({ candidates, exact }) => {
      mustBeReachable(where, radius, order, candidates);
      const tolerance = exact ? EXACT_TOLERANCE : TOLERANCE;
      return { doubles: [radius, order, tolerance], lanes: [order, 1 / (order - 1)] };
    },
  };
}

function tailObjective(level: number): RowObjective {
  return {
    statistics: 'quantileStatistics',
    finish: 'quantileFinish',
    gradients: 'quantileGradients',
    bounds: [],
    search: { kind: 'quantile', statistics: 'quantileStatistics', doublesPerAnchor: 2 },
    fields: ({ candidates }) => ({ doubles: [level * candidates], lanes: [] }),
  };
}

/**
 * The divergence of all mass on one of `count` negatives: the radius of temperature 0, which no other reaches. It only refuses options:
 * nothing that it is computed with reaches a loss or a weight, so that the runtime's own log and powers will do.
 */
function largestRadius(order: number, count: number): number {
  if (order === 1) return Math.log(count);
  if (order <= 0) return count === 1 ? 0 : Number.POSITIVE_INFINITY;
  const all = (count ** order - order * count + order - 1) / (order * (order - 1));
  return (all + (count - 1) / order) / count;
}

function mustBeReachable(where: string, radius: number, order: number, count: number): void {
  const limit = largestRadius(order, count);
  if (radius === 0 || radius < limit) return;
  throw new AdnceError('E_OPTION', {
    where,
    what: `"radius" must be a finite number >= 0 and < ${limit} for ${count} negatives, which no temperature reaches, got ${radius}`,
    hint: `the nearest valid radius is just below ${limit}; a larger batch allows more`,
  });
}
