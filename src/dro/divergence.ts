/**
 * The divergences D_φ(Q‖Q0) = E φ(w), w = M·Q, that measure how far an adversary may move the negatives (paper eq. 3, maths §2). Four
 * words of the literature are one family, the power divergences φ_k(t) = (t^k − kt + k − 1)/(k(k − 1)); CVaR and what a user writes stand
 * beside it.
 */
import { AdnceError } from '../errors.js';
import { type CustomDivergence, DRO_DIVERGENCES, type DroDivergence } from '../losses/index.js';
import { mustBeNumber, mustBeOneOf, type NumberRange } from '../options.js';
import { checkInstrumentDivergence, curvatureAtOne, type InstrumentDivergence } from './custom.js';

/** Which divergence an instrument uses. */
export interface DivergenceOptions {
  /** Default `kl`, whose worst case is InfoNCE's own weighting. */
  divergence?: DroDivergence | CustomDivergence;
  /** Order k of `cressie_read`, −20 … 20: 2 is χ², 1 is KL, 0 is reverse KL. */
  order?: number;
  /** α of `alpha`, −20 … 20: the α-divergence is Cressie–Read's of order α. */
  alpha?: number;
  /** Level α of `cvar`: its worst case is uniform on the top share α, 0 < α ≤ 1. */
  level?: number;
}

/** A divergence, checked. */
export type Divergence =
  | { kind: 'power'; name: string; order: number }
  | { kind: 'tail'; name: string; level: number }
  | { kind: 'custom'; name: string; custom: InstrumentDivergence; curvature: number };

export const DIVERGENCE_KEYS = ['divergence', 'order', 'alpha', 'level'] as const;
/** Beyond these a weight's power could leave float64. */
export const ORDER: NumberRange = { min: -20, max: 20 };
export const TEMPERATURE: NumberRange = { min: 1e-3, max: 1e3 };

/** The divergence of InfoNCE (Theorem 3.2). */
export const KL: Divergence = { kind: 'power', name: 'kl', order: 1 };

const ORDERS: Partial<Record<DroDivergence, number>> = { kl: 1, chi2: 2, reverse_kl: 0 };
/** The divergence that each option belongs to. */
const OWNERS = { order: 'cressie_read', alpha: 'alpha', level: 'cvar' } as const;

/** Checks the divergence of some options. @throws E_OPTION */
export function checkDivergence(where: string, options: DivergenceOptions): Divergence {
  const { divergence = 'kl' } = options;
  if (typeof divergence === 'object' && divergence !== null) {
    refuseUnused(where, options, 'custom');
    const custom = checkInstrumentDivergence(where, divergence);
    return { kind: 'custom', name: custom.name ?? 'custom', custom, curvature: curvatureAtOne(custom) };
  }
  const name = mustBeOneOf(where, 'divergence', divergence, DRO_DIVERGENCES);
  refuseUnused(where, options, name);
  if (name === 'cvar') {
    return { kind: 'tail', name, level: mustBeNumber(where, 'level', options.level, { above: 0, max: 1 }) };
  }
  const key = name === 'alpha' ? 'alpha' : 'order';
  return { kind: 'power', name, order: ORDERS[name] ?? mustBeNumber(where, key, options[key], ORDER) };
}

/** An option that the divergence does not have is a mistake, not a wish to be passed over. */
function refuseUnused(where: string, options: DivergenceOptions, divergence: string): void {
  for (const key of ['order', 'alpha', 'level'] as const) {
    if (options[key] === undefined || divergence === OWNERS[key]) continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"${key}" does not go with divergence "${divergence}"`,
      hint: `set divergence: "${OWNERS[key]}"`,
    });
  }
}

/** φ″(1), which prices the variance (Theorem 3.5): 1 in the power family. CVaR has none. */
export function curvatureOf(divergence: Divergence): number {
  if (divergence.kind === 'tail') return Number.NaN;
  return divergence.kind === 'custom' ? divergence.curvature : 1;
}

/** Refuses CVaR, which has a level and no temperature. */
export function mustHaveTemperature(where: string, divergence: Divergence): void {
  if (divergence.kind !== 'tail') return;
  throw new AdnceError('E_OPTION', {
    where,
    what: '"divergence" must be one with a temperature, got "cvar"',
    hint: 'its worst case is fixed by "level" alone',
  });
}
