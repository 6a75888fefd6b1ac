/** Options that objectives share, and their checks. */
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeNumber, mustBeOneOf, mustKnowKeys, type NumberRange } from '../options.js';
import { shapeText, Tensor } from '../tensor/index.js';
import { type Candidates, LAYOUTS, type Layout, type Scalar } from './problem.js';
import { MemoryQueue } from './queue.js';

export const TEMPERATURE: NumberRange = { min: 1e-3, max: 1e3 };

/** Which rows are compared with which. */
export interface BatchOptions {
  /** Which rows are anchors and which their negatives (default `sentence`). */
  layout?: Layout;
  /** Mean of the directions a → b and b → a; `image` always has both. Default false. */
  symmetric?: boolean;
  /** Layout `sentence`: one more candidate for each pair, f32[n, d], a negative of every anchor. */
  hardNegatives?: Tensor;
  /** More negatives of every anchor, f32[k, d], not in layout `image`. */
  negatives?: Tensor;
  /** Rows of earlier batches as negatives of every anchor, without gradients (MoCo, XBM); not in layout `image`. */
  queue?: MemoryQueue;
  /** Whether the other pairs of the batch are negatives; false needs `negatives` or a `queue`. Default true. */
  inBatch?: boolean;
}

/** Options of an objective with a temperature. */
export interface TemperatureOptions extends BatchOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. */
  temperature: Scalar;
}

const BATCH_KEYS = ['layout', 'symmetric', 'hardNegatives', 'negatives', 'queue', 'inBatch'];

/** The checked options of the batch. */
export interface CheckedBatch {
  layout: Layout;
  symmetric: boolean;
  candidates: Candidates;
}

/** Checks the options of the batch and that there are no others but `own`. @throws E_OPTION */
export function checkBatch(where: string, options: BatchOptions, own: readonly string[]): CheckedBatch {
  mustKnowKeys(where, options, [...own, ...BATCH_KEYS]);
  const layout = mustBeOneOf(where, 'layout', options.layout ?? 'sentence', LAYOUTS);
  const symmetric = mustBeBoolean(where, 'symmetric', options.symmetric ?? false);
  return { layout, symmetric, candidates: checkCandidates(where, layout, symmetric, options) };
}

function checkCandidates(where: string, layout: Layout, symmetric: boolean, options: BatchOptions): Candidates {
  const { hardNegatives, negatives, queue } = options;
  const inBatch = mustBeBoolean(where, 'inBatch', options.inBatch ?? true);
  if (hardNegatives !== undefined && layout !== 'sentence') {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"hardNegatives" go with layout "sentence", got "${layout}"`,
      hint: 'set layout: "sentence"',
    });
  }
  const more = { negatives, queue, inBatch: inBatch ? undefined : false };
  for (const [key, value] of Object.entries(more)) {
    if (value === undefined || layout !== 'image') continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"${key}" goes with layout "sentence" or "graph", got "image"`,
      hint: 'in layout "image" all rows of both views are anchors and negatives of each other',
    });
  }
  if (symmetric && (hardNegatives !== undefined || negatives !== undefined || queue !== undefined)) {
    const what = hardNegatives !== undefined ? 'hard negatives' : negatives !== undefined ? '"negatives"' : 'a "queue"';
    throw new AdnceError('E_OPTION', {
      where,
      what: `"symmetric" can't be true with ${what}`,
      hint: `${hardNegatives !== undefined ? 'hard negatives' : 'they'} belong to anchors of a only; leave one of the two out`,
    });
  }
  if (!inBatch && negatives === undefined && queue === undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"inBatch" can be false only with "negatives" or a "queue", got neither',
      hint: 'leave it true, or pass the negatives',
    });
  }
  if (!inBatch && hardNegatives !== undefined) {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"inBatch" can\'t be false with hard negatives',
      hint: 'pass them as "negatives"',
    });
  }
  if (queue !== undefined && !(queue instanceof MemoryQueue)) {
    throw new AdnceError('E_OPTION', { where, what: '"queue" must be a MemoryQueue' });
  }
  return {
    inBatch,
    ...(hardNegatives === undefined ? {} : { hardNegatives }),
    ...(negatives === undefined ? {} : { negatives }),
    ...(queue === undefined ? {} : { queue }),
  };
}

/** The number of a scalar option, a plain one or a tensor's. */
export function scalar(where: string, key: string, value: Scalar, range: NumberRange): number {
  if (!(value instanceof Tensor)) return mustBeNumber(where, key, value, range);
  if (value.length !== 1) {
    throw new AdnceError('E_SHAPE', { where, what: `"${key}" must hold one number, got ${shapeText(value.shape)}` });
  }
  return mustBeNumber(where, key, value.item(), range);
}

/** The tensor of a scalar that is learnt. */
export function learnable(value: Scalar): Tensor | undefined {
  return value instanceof Tensor && value.requiresGrad ? value : undefined;
}

/** Refuses a temperature that would be learnt where the objective has no gradient for it. */
export function mustNotLearn(where: string, key: string, value: Scalar, why: string): void {
  if (learnable(value) === undefined) return;
  throw new AdnceError('E_OPTION', {
    where,
    what: `"${key}" can't be learnt, got a tensor that requires a gradient`,
    hint: why,
  });
}
