/** Options of the softmax objectives, InfoNCE and ADNCE, and their checks. */

import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeNumber, mustBeOneOf, mustKnowKeys, type NumberRange } from '../options.js';
import { shapeText, Tensor } from '../tensor/index.js';
import { LAYOUTS, type Layout, type Scalar, type SoftmaxProblem, softmaxLoss } from './contrast.js';

const TEMPERATURE: NumberRange = { min: 1e-3, max: 1e3 };
const MU: NumberRange = { min: -100, max: 100 };
const SIGMA: NumberRange = { min: 1e-3, max: 1e6 };

/** Options of {@link infoNCE}. */
export interface InfoNceOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. */
  temperature: Scalar;
  /** Which rows are anchors and which their negatives (default `sentence`). */
  layout?: Layout;
  /** Whether the positive stands in the denominator: `in` (default) or `out`, the decoupled form. */
  positive?: 'in' | 'out';
  /** With `positive: 'out'`: the log of the sum of the negatives' exponentials (default) or of their mean. */
  denominator?: 'sum' | 'mean';
  /** Mean of the directions a → b and b → a; `image` always has both. Default false. */
  symmetric?: boolean;
  /** Layout `sentence`: one more candidate for each pair, f32[n, d], a negative of every anchor. */
  hardNegatives?: Tensor;
  /** Constant added to the logit of an anchor's own hard negative (supervised SimCSE). Default 0. */
  hardNegativeWeight?: number;
}

/** Options of {@link adnce}. */
export interface AdnceOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. */
  temperature: Scalar;
  /** Centre of the Gaussian weight, a cosine, −100 … 100. Scalar tensors are learnt when `detach` is false. */
  mu: Scalar;
  /** Width of the Gaussian weight, 0.001 … 1e6. */
  sigma: Scalar;
  /** Which of the paper's three programs is followed (default `sentence`). */
  layout?: Layout;
  /** Whether the weights are constants for the gradient, as in the paper. Default true. */
  detach?: boolean;
  /** Mean of the directions a → b and b → a; `image` always has both. Default false. */
  symmetric?: boolean;
  /** Layout `sentence`: one more candidate for each pair, f32[n, d], a negative of every anchor. */
  hardNegatives?: Tensor;
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
  const where = 'infoNCE';
  mustKnowKeys(where, options, [
    'temperature',
    'layout',
    'positive',
    'denominator',
    'symmetric',
    'hardNegatives',
    'hardNegativeWeight',
  ]);
  const layout = mustBeOneOf(where, 'layout', options.layout ?? 'sentence', LAYOUTS);
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
  const hardNegatives = checkHardNegatives(where, layout, options);
  const logit = mustBeNumber(where, 'hardNegativeWeight', options.hardNegativeWeight ?? 0);
  return softmaxLoss(a, b, {
    where,
    objective: 'infoNce',
    layout,
    diagonal: false,
    positiveIn: positive === 'in',
    meanOfNegatives: denominator === 'mean',
    symmetric: checkSymmetric(where, options.symmetric, hardNegatives),
    temperature,
    mu: 0,
    sigma: 1,
    bounds: [{ largest: 1 / temperature, range: 2 / temperature }],
    ...(hardNegatives === undefined ? {} : { hardNegatives, ...(logit === 0 ? {} : { hardNegativeLogit: logit }) }),
    learnt: learnt({ temperature: options.temperature }),
  });
}

/**
 * ADNCE of two batches of embeddings (paper §5, maths §2): InfoNCE whose negatives are weighted by a Gaussian of their
 * cosine, normalised to mean 1, so that neither the too easy nor the too hard (often false) ones dominate.
 *
 * @param a f32[n, d], n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @returns mean loss over anchors, a scalar, nats
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function adnce(a: Tensor, b: Tensor, options: AdnceOptions): Tensor {
  const where = 'adnce';
  mustKnowKeys(where, options, ['temperature', 'mu', 'sigma', 'layout', 'detach', 'symmetric', 'hardNegatives']);
  const layout = mustBeOneOf(where, 'layout', options.layout ?? 'sentence', LAYOUTS);
  const detach = mustBeBoolean(where, 'detach', options.detach ?? true);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const mu = scalar(where, 'mu', options.mu, MU);
  const sigma = scalar(where, 'sigma', options.sigma, SIGMA);
  const hardNegatives = checkHardNegatives(where, layout, options);
  return softmaxLoss(a, b, {
    where,
    objective: detach ? 'adnce' : 'adnceAttached',
    layout,
    diagonal: layout === 'sentence',
    positiveIn: layout === 'image',
    meanOfNegatives: layout === 'graph',
    symmetric: checkSymmetric(where, options.symmetric, hardNegatives),
    temperature,
    mu,
    sigma,
    bounds: [concaveBounds(1 / temperature, mu, sigma), concaveBounds(0, mu, sigma)],
    ...(hardNegatives === undefined ? {} : { hardNegatives }),
    learnt: learnt({ temperature: options.temperature, ...(detach ? {} : { mu: options.mu, sigma: options.sigma }) }),
  });
}

/** Largest value and range of slope·s − (s − μ)²/(2σ²) for cosines. */
function concaveBounds(slope: number, mu: number, sigma: number): { largest: number; range: number } {
  const value = (s: number) => slope * s - (s - mu) ** 2 / (2 * sigma * sigma);
  const peak = Math.min(1, Math.max(-1, mu + slope * sigma * sigma));
  const largest = value(peak);
  return { largest, range: largest - Math.min(value(-1), value(1)) };
}

/** The number of a scalar option, a plain one or a tensor's. */
function scalar(where: string, key: string, value: Scalar, range: NumberRange): number {
  if (!(value instanceof Tensor)) return mustBeNumber(where, key, value, range);
  if (value.length !== 1) {
    throw new AdnceError('E_SHAPE', { where, what: `"${key}" must hold one number, got ${shapeText(value.shape)}` });
  }
  return mustBeNumber(where, key, value.item(), range);
}

function learnt(scalars: { temperature?: Scalar; mu?: Scalar; sigma?: Scalar }): SoftmaxProblem['learnt'] {
  const tensors: SoftmaxProblem['learnt'] = {};
  for (const key of ['temperature', 'mu', 'sigma'] as const) {
    const value = scalars[key];
    if (value instanceof Tensor && value.requiresGrad) tensors[key] = value;
  }
  return tensors;
}

function checkSymmetric(where: string, symmetric: boolean | undefined, hardNegatives: Tensor | undefined): boolean {
  const value = mustBeBoolean(where, 'symmetric', symmetric ?? false);
  if (value && hardNegatives !== undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"symmetric" can\'t be true with hard negatives',
      hint: 'hard negatives belong to anchors of a only; leave one of the two out',
    });
  }
  return value;
}

function checkHardNegatives(where: string, layout: Layout, options: { hardNegatives?: Tensor }): Tensor | undefined {
  if (options.hardNegatives !== undefined && layout !== 'sentence') {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"hardNegatives" go with layout "sentence", got "${layout}"`,
      hint: 'set layout: "sentence"',
    });
  }
  return options.hardNegatives;
}

/** NT-Xent of SimCLR: {@link infoNCE} in layout `image`, the positive in the denominator. */
export function ntXent(a: Tensor, b: Tensor, options: { temperature: Scalar }): Tensor {
  mustKnowKeys('ntXent', options, ['temperature']);
  return infoNCE(a, b, { ...options, layout: 'image' });
}
