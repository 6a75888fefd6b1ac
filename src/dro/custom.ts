/** Divergences of the user's own: what instruments ask of them beyond what the objective does, and their worst case. */
import { AdnceError } from '../errors.js';
import { type CustomDivergence, checkCustomDivergence, worstRow } from '../losses/custom-dro.js';

/** A divergence of the user's own, with φ, whose mean over weights is the radius. */
export type InstrumentDivergence = CustomDivergence & Required<Pick<CustomDivergence, 'phi'>>;

/** Checks the functions where their values are known. @throws E_OPTION */
export function checkInstrumentDivergence(where: string, divergence: CustomDivergence): InstrumentDivergence {
  checkCustomDivergence(where, divergence);
  const got = typeof divergence.phi === 'function' ? divergence.phi(1) : divergence.phi;
  if (typeof got === 'number' && Math.abs(got) <= 1e-9) return divergence as InstrumentDivergence;
  throw new AdnceError('E_OPTION', {
    where,
    what: `"divergence" must have a function phi with phi(1) = 0, got ${got}`,
    hint: 'instruments need φ itself for the radius, the objective does without',
  });
}

/** φ″(1) = 1/φ*″(0), by a difference that is good to about 1e-8. */
export function curvatureAtOne({ conjugateDerivative }: CustomDivergence): number {
  const h = 1e-4;
  return (2 * h) / (conjugateDerivative(h) - conjugateDerivative(-h));
}

/** Weights and summary under a user's divergence. @throws E_VALUE when its functions are no divergence's */
export function worstCaseCustom(
  where: string,
  scores: ArrayLike<number>,
  divergence: InstrumentDivergence,
  temperature: number,
): { weights: Float64Array; nu: number; value: number; radius: number } {
  const { weights, nu, value } = worstRow(where, Array.from(scores), temperature, divergence);
  const radius = weights.reduce((sum, w) => sum + divergence.phi(w), 0) / weights.length;
  if (!Number.isFinite(radius)) {
    throw new AdnceError('E_VALUE', {
      where,
      what: `φ of the divergence must be finite at its worst-case weights, got a radius of ${radius}`,
      hint: 'weights may be 0: φ(0) is the limit of φ there',
    });
  }
  return { weights: Float64Array.from(weights), nu, value, radius };
}
