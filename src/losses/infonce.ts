/** InfoNCE and the losses that are InfoNCE under the name of their paper: NT-Xent, SimCSE. */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustBeOneOf, mustKnowKeys, type NumberRange } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { checkBatch, learnable, scalar, TEMPERATURE, type TemperatureOptions } from './common.js';
import { contrastiveLoss } from './contrast.js';
import type { Scalar } from './problem.js';
import { softmaxFields } from './softmax.js';

const HARD_NEGATIVE_WEIGHT: NumberRange = { min: -1e4, max: 1e4 };

/** Options of {@link infoNCE}. */
export interface InfoNceOptions extends TemperatureOptions {
  /** Whether the positive stands in the denominator: `in` (default) or `out`, the decoupled form. */
  positive?: 'in' | 'out';
  /** With `positive: 'out'`: the log of the sum of the negatives' exponentials (default) or of their mean. */
  denominator?: 'sum' | 'mean';
  /** Constant added to the logit of an anchor's own hard negative (supervised SimCSE), −10⁴ … 10⁴. Default 0. */
  hardNegativeWeight?: number;
}

/** Options of {@link simCSE}. */
export interface SimCseOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. The paper's: 0.05. */
  temperature: Scalar;
  /** Supervised SimCSE: the contradiction of each premise, f32[n, d]. */
  hardNegatives?: Tensor;
  /** Constant added to the logit of an anchor's own hard negative, −10⁴ … 10⁴. Default 0. */
  hardNegativeWeight?: number;
}

/**
 * InfoNCE of two batches of embeddings (paper eq. 1, maths §2): NT-Xent in layout `image`, SimCSE in `sentence`.
 * Embeddings need not be normalised: the loss works on cosines.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar, nats
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function infoNCE(a: Tensor, b: Tensor, options: InfoNceOptions): Tensor {
  return infoNceAs('infoNCE', a, b, options);
}

/** NT-Xent of SimCLR: {@link infoNCE} in layout `image`, the positive in the denominator. */
export function ntXent(a: Tensor, b: Tensor, options: { temperature: Scalar }): Tensor {
  mustKnowKeys('ntXent', options, ['temperature']);
  return infoNceAs('ntXent', a, b, { ...options, layout: 'image' });
}

/**
 * SimCSE (Gao et al. 2021): {@link infoNCE} in layout `sentence`. Unsupervised, a and b are the same sentences under two
 * dropout masks; supervised, b holds entailments and `hardNegatives` contradictions.
 */
export function simCSE(a: Tensor, b: Tensor, options: SimCseOptions): Tensor {
  mustKnowKeys('simCSE', options, ['temperature', 'hardNegatives', 'hardNegativeWeight']);
  return infoNceAs('simCSE', a, b, { ...options, layout: 'sentence' });
}

function infoNceAs(where: string, a: Tensor, b: Tensor, options: InfoNceOptions): Tensor {
  const own = ['temperature', 'positive', 'denominator', 'hardNegativeWeight'];
  const { layout, symmetric, candidates } = checkBatch(where, options, own);
  const positive = mustBeOneOf(where, 'positive', options.positive ?? 'in', ['in', 'out']);
  const denominator = mustBeOneOf(where, 'denominator', options.denominator ?? 'sum', ['sum', 'mean']);
  if (denominator === 'mean' && positive === 'in') {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"denominator" can be "mean" only with positive: "out"',
      hint: 'leave it out, or take the positive out of the denominator',
    });
  }
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const logit = mustBeNumber(where, 'hardNegativeWeight', options.hardNegativeWeight ?? 0, HARD_NEGATIVE_WEIGHT);
  if (logit !== 0 && candidates.hardNegatives === undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"hardNegativeWeight" goes with "hardNegatives", got ${logit} without them`,
      hint: 'leave it out, or pass one hard negative for each pair',
    });
  }
  const softmax = {
    positiveIn: positive === 'in',
    meanOfNegatives: denominator === 'mean',
    extraLogit: logit,
  };
  return contrastiveLoss(a, b, {
    where,
    layout,
    objective: {
      statistics: 'infoNceStatistics',
      finish: 'infoNceFinish',
      gradients: 'infoNceGradients',
      bounds: [{ largest: 1 / temperature, range: 2 / temperature }],
      fields: (counts, engine) => softmaxFields(softmax, counts, engine),
    },
    positiveWeighted: false,
    symmetric,
    temperature,
    candidates:
      logit === 0 || candidates.hardNegatives === undefined ? candidates : { ...candidates, hardNegativeLogit: logit },
    learnt: [learnable(options.temperature)],
  });
}
