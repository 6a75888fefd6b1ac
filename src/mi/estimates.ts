/** Every estimate of one score matrix side by side, with the ceiling of InfoNCE where it binds. */
import { borrow } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustKnowKeys } from '../options.js';
import { tensor } from '../tensor/index.js';
import {
  checkClip,
  chi2Estimate,
  dvEstimate,
  infoNceEstimate,
  jsEstimate,
  mustBeScores,
  nwjEstimate,
} from './estimators.js';

/** Estimates in nats, float64. */
export interface MiEstimates {
  /** Number of pairs, n. */
  pairs: number;
  dv: number;
  infonce: number;
  /** log n, which `infonce` can't exceed. */
  ceiling: number;
  /** Whether the ceiling binds: `infonce` has reached nine tenths of it, or `dv` is beyond it. Take more pairs then, or another bound. */
  ceilingBinds: boolean;
  nwj: number;
  /** At most 0, no estimate of the information itself. */
  js: number;
  smile: number;
  /** Of the χ² information, φ(t) = (t − 1)²/2, which is another quantity. */
  chi2: number;
}

const NEAR_CEILING = 0.9;

/**
 * All estimates of a score matrix.
 * @param scores f32[n, n], row-major, the joint on the diagonal, n ≥ 2
 * @param options.clip c of SMILE. Default 5
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function estimates(scores: ArrayLike<number>, options: { clip?: number } = {}): MiEstimates {
  const where = 'mi.estimates';
  mustKnowKeys(where, options, ['clip']);
  const clip = checkClip(where, options.clip);
  const n = Math.round(Math.sqrt(scores.length));
  if (n * n !== scores.length) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `"scores" must be f32[n,n] with n >= 2, got ${scores.length} scores`,
      hint: 'pass the square matrix row by row',
    });
  }
  return borrow((owner) => {
    const t = tensor(scores, [n, n], { name: 'scores' });
    mustBeScores(where, t);
    const dv = dvEstimate(t).value;
    const infonce = infoNceEstimate(t).value;
    const ceiling = owner.core.logScalar(n);
    return {
      pairs: n,
      dv,
      infonce,
      ceiling,
      ceilingBinds: infonce >= NEAR_CEILING * ceiling || dv > ceiling,
      nwj: nwjEstimate(t).value,
      js: jsEstimate(t).value,
      smile: dvEstimate(t, clip).value,
      chi2: chi2Estimate(t).value,
    };
  });
}
