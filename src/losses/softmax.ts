/** The fields of the core's SoftmaxRule, which InfoNCE, ADNCE and SupCon share. */
import type { Engine } from '../engine/index.js';
import type { Counts, RuleFields } from './problem.js';

/** What a softmax objective adds to the parameters of all. */
export interface Softmax {
  mu?: number;
  sigma?: number;
  /** The positive has a term of its own in the denominator. */
  positiveIn: boolean;
  /** It is one of the weighted candidates there. */
  positiveWeighted?: boolean;
  /** The loss takes the mean over negatives, not their sum. */
  meanOfNegatives: boolean;
  /** Constant logit of an anchor's own hard negative. */
  extraLogit?: number;
}

/** SoftmaxRule, field by field (assembly/contrast/softmax.ts). */
export function softmaxFields(softmax: Softmax, { candidates }: Counts, engine: Engine): RuleFields {
  const { mu = 0, sigma = 1, positiveIn, positiveWeighted = false, meanOfNegatives, extraLogit = 0 } = softmax;
  // By the core, so that the bits are the same everywhere.
  const logWeighted = engine.core.logScalar(candidates);
  return {
    doubles: [
      mu,
      sigma,
      logWeighted,
      meanOfNegatives ? logWeighted : 0,
      extraLogit,
      Number(positiveIn),
      Number(positiveWeighted),
    ],
    lanes: [mu, 1 / (2 * sigma * sigma), 1 / (sigma * sigma)],
  };
}
