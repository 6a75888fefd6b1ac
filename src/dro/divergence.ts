/**
 * The divergences D_φ(Q‖Q0) = E φ(w), w = M·Q, that measure how far an adversary may move the negatives (paper eq. 3, maths §2). Four
 * words of the literature are one family, the power divergences φ_k(t) = (t^k − kt + k − 1)/(k(k − 1)); CVaR and what a user writes stand
 * beside it.
 */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustBeOneOf, mustKnowKeys, type NumberRange } from '../options.js';

/** Divergences by name. */
export const DIVERGENCES = ['kl', 'chi2', 'reverse_kl', 'cressie_read', 'cvar'] as const;
export type DivergenceName = (typeof DIVERGENCES)[number];

/** A divergence of the user's own, for exploration: φ convex with φ(1) = 0 = φ′(1), in TypeScript. */
export interface CustomDivergence {
  /** For messages and tables. Default `custom`. */
  name?: string;
  /** φ(t) for t ≥ 0. */
  phi: (t: number) => number;
  /** φ*(x) = sup_{t ≥ 0} (xt − φ(t)); +Infinity beyond its domain. */
  conjugate: (x: number) => number;
  /** φ*′(x), the weight of a negative: rises, 1 at x = 0, never negative; +Infinity beyond the domain. */
  conjugateDerivative: (x: number) => number;
}

/** Which divergence an instrument uses. */
export interface DivergenceOptions {
  /** Default `kl`, whose worst case is InfoNCE's own weighting. */
  divergence?: DivergenceName | CustomDivergence;
  /** Order k of `cressie_read`, −20 … 20: 2 is χ², 1 is KL, 0 is reverse KL. */
  order?: number;
  /** Level α of `cvar`: its worst case is uniform on the top share α, 0 < α ≤ 1. */
  level?: number;
}

/** A divergence, checked. */
export type Divergence =
  | { kind: 'power'; name: string; order: number }
  | { kind: 'tail'; name: string; level: number }
  | { kind: 'custom'; name: string; custom: CustomDivergence; curvature: number };

export const DIVERGENCE_KEYS = ['divergence', 'order', 'level'] as const;
/** Beyond these a weight's power could leave float64. */
export const ORDER: NumberRange = { min: -20, max: 20 };
export const TEMPERATURE: NumberRange = { min: 1e-3, max: 1e3 };

/** The divergence of InfoNCE (Theorem 3.2). */
export const KL: Divergence = { kind: 'power', name: 'kl', order: 1 };

const POWERS: Partial<Record<DivergenceName, number>> = { kl: 1, chi2: 2, reverse_kl: 0 };

/** Checks the divergence of some options. @throws E_OPTION */
export function checkDivergence(where: string, options: DivergenceOptions): Divergence {
  const { divergence = 'kl' } = options;
  if (typeof divergence === 'object' && divergence !== null) {
    refuseUnused(where, options, 'a divergence of your own', []);
    return checkCustom(where, divergence);
  }
  const name = mustBeOneOf(where, 'divergence', divergence, DIVERGENCES);
  if (name === 'cvar') {
    refuseUnused(where, options, '"cvar"', ['level']);
    return { kind: 'tail', name, level: mustBeNumber(where, 'level', options.level, { above: 0, max: 1 }) };
  }
  if (name === 'cressie_read') {
    refuseUnused(where, options, '"cressie_read"', ['order']);
    return { kind: 'power', name, order: mustBeNumber(where, 'order', options.order, ORDER) };
  }
  refuseUnused(where, options, JSON.stringify(name), []);
  return { kind: 'power', name, order: POWERS[name] as number };
}

/** An order or a level that the divergence does not have is a mistake, not a wish to be passed over. */
function refuseUnused(where: string, options: DivergenceOptions, what: string, used: readonly string[]): void {
  for (const key of ['order', 'level'] as const) {
    if (options[key] === undefined || used.includes(key)) continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"${key}" does not go with ${what}`,
      hint: key === 'order' ? 'set divergence: "cressie_read"' : 'set divergence: "cvar"',
    });
  }
}

function checkCustom(where: string, custom: CustomDivergence): Divergence {
  mustKnowKeys(where, custom, ['name', 'phi', 'conjugate', 'conjugateDerivative']);
  const values = {
    'phi(1)': [0, custom.phi(1)],
    'conjugate(0)': [0, custom.conjugate(0)],
    'conjugateDerivative(0)': [1, custom.conjugateDerivative(0)],
  } as const;
  for (const [key, [expected, got]] of Object.entries(values)) {
    if (Math.abs(got - expected) <= 1e-9) continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"divergence" must have ${key} = ${expected}, got ${got}`,
      hint: 'subtract φ(1) + φ′(1)·(t − 1) from φ; it changes no worst case',
    });
  }
  // φ*″(0) = 1/φ″(1), by a difference that is good to about 1e-8.
  const h = 1e-4;
  const curvature = (2 * h) / (custom.conjugateDerivative(h) - custom.conjugateDerivative(-h));
  return { kind: 'custom', name: custom.name ?? 'custom', custom, curvature };
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
