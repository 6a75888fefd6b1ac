/**
 * Variational bounds of mutual information from critic scores T f32[n, n], T_ij the score of x_i with y_j (maths §3): m is the mean over
 * the diagonal (pairs of the joint distribution), o the mean off it (pairs of the product of marginals). All are estimates in nats that a
 * critic is trained to raise; minimise `scale(estimate, -1)`.
 *
 * Every one is evaluated in the log domain and needs the whole matrix: O(n²) memory, which suits n up to a few thousand.
 */
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustBeOneOf, mustKnowKeys } from '../options.js';
import { output, record, scalarGrad, shapeText, type Tensor } from '../tensor/index.js';

/** An estimate in float64, and how its gradient reaches the scores. */
export interface Estimate {
  value: number;
  backward: (upstream: number) => void;
}

const NONE = Number.POSITIVE_INFINITY;
/** What leaves float32 becomes its lowest or largest number: NWJ, which falls with e^T, where T passes 88. */
const LOWEST = -3.4028234663852886e38;

/** Donsker and Varadhan (1983): m(T) − log o(e^T). Any value; its variance grows exponentially with the information. */
export function donskerVaradhan(scores: Tensor): Tensor {
  return bound('donskerVaradhan', scores, dvEstimate);
}

/** InfoNCE, the tight DV bound of a batch (van den Oord et al. 2018): log n + mean_i(T_ii − log Σ_j e^{T_ij}), at most log n. */
export function infoNceBound(scores: Tensor): Tensor {
  return bound('infoNceBound', scores, infoNceEstimate);
}

/** Nguyen, Wainwright and Jordan (2010): m(T) − e⁻¹·o(e^T). Below T = 1 + log density ratio it is loose, above it explodes. */
export function nwj(scores: Tensor): Tensor {
  return bound('nwj', scores, nwjEstimate);
}

/**
 * Jensen and Shannon (Hjelm et al. 2019): m(−softplus(−T)) − o(softplus(T)), at most 0. No estimate of the information itself, but the
 * steadiest way to train a critic, whose optimum is the log density ratio.
 */
export function jensenShannon(scores: Tensor): Tensor {
  return bound('jensenShannon', scores, jsEstimate);
}

/** χ² information (Theorem 4.2, mean-variance form): m(T) − o(T) − Var_o(T)/2, for φ(t) = (t − 1)²/2. */
export function chiSquare(scores: Tensor): Tensor {
  return bound('chiSquare', scores, chi2Estimate);
}

/** Options of {@link smile}. */
export interface SmileOptions {
  /** c: scores of the second term are clipped to [−c, c], 0.1 … 80. Default 5. */
  clip?: number;
  /** Whose gradient trains the critic: `js`, as in the authors' program (default), or the bound's own, 0 for clipped scores. */
  gradient?: 'js' | 'own';
}

/** SMILE (Song and Ermon 2020): m(T) − log o(clip(e^T, e^{−c}, e^c)), a DV bound whose variance c limits. @throws E_OPTION */
export function smile(scores: Tensor, options: SmileOptions = {}): Tensor {
  mustKnowKeys('smile', options, ['clip', 'gradient']);
  const clip = checkClip('smile', options.clip);
  const gradient = mustBeOneOf('smile', 'gradient', options.gradient ?? 'js', ['js', 'own']);
  return bound('smile', scores, (t) => {
    const own = dvEstimate(t, clip);
    return gradient === 'own' ? own : { value: own.value, backward: jsEstimate(t).backward };
  });
}

export function checkClip(where: string, clip: number | undefined): number {
  return mustBeNumber(where, 'clip', clip ?? 5, { min: 0.1, max: 80 });
}

/** m(T) − log o(e^T), with scores of the second term within ±clip. */
export function dvEstimate(t: Tensor, clip = NONE): Estimate {
  const { core } = t.engine;
  const n = t.shape[0] as number;
  const logMean = core.pairLogMeanExp(t.pointer, n, -clip, clip);
  const shift = logMean + core.logScalar(n * (n - 1));
  return {
    value: momentsOf(t).joint - logMean,
    backward: (upstream) => {
      const g = t.gradPointer;
      core.addToDiagonal(g, n, upstream / n);
      core.addPairExp(g, t.pointer, n, shift, -upstream, -clip, clip);
    },
  };
}

export function infoNceEstimate(t: Tensor): Estimate {
  const { core, arena } = t.engine;
  const n = t.shape[0] as number;
  const lse = arena.stack(n * 8, 'infoNceBound');
  const mean = core.rowLogSumExp(t.pointer, n, lse);
  return {
    value: core.logScalar(n) + momentsOf(t).joint - mean,
    backward: (upstream) => {
      const g = t.gradPointer;
      core.addToDiagonal(g, n, upstream / n);
      core.addRowSoftmax(g, t.pointer, n, lse, -upstream / n);
    },
  };
}

export function nwjEstimate(t: Tensor): Estimate {
  const { core } = t.engine;
  const n = t.shape[0] as number;
  const logMean = core.pairLogMeanExp(t.pointer, n, -NONE, NONE);
  return {
    value: Math.max(momentsOf(t).joint - core.expScalar(logMean - 1), LOWEST),
    backward: (upstream) => {
      const g = t.gradPointer;
      core.addToDiagonal(g, n, upstream / n);
      core.addPairExp(g, t.pointer, n, 1, -upstream / (n * (n - 1)), -NONE, NONE);
    },
  };
}

export function jsEstimate(t: Tensor): Estimate {
  const { core, arena } = t.engine;
  const n = t.shape[0] as number;
  const means = arena.stack(16, 'jensenShannon');
  core.softplusMeans(t.pointer, n, means);
  const [joint = 0, product = 0] = t.engine.f64.subarray(means / 8, means / 8 + 2);
  return {
    value: -joint - product,
    backward: (upstream) => {
      core.addSigmoids(t.gradPointer, t.pointer, n, upstream / n, -upstream / (n * (n - 1)));
    },
  };
}

export function chi2Estimate(t: Tensor): Estimate {
  const { core } = t.engine;
  const n = t.shape[0] as number;
  const { joint, product, variance } = momentsOf(t);
  return {
    value: joint - product - variance / 2,
    backward: (upstream) => {
      const g = t.gradPointer;
      const share = upstream / (n * (n - 1));
      core.addToDiagonal(g, n, upstream / n);
      core.addPairLine(g, t.pointer, n, -share, share * (product - 1));
    },
  };
}

/** m(T), o(T) and Var_o(T). */
export function momentsOf(t: Tensor): { joint: number; product: number; variance: number } {
  const { core, arena } = t.engine;
  const out = arena.stack(24, 'moments');
  core.pairMoments(t.pointer, t.shape[0] as number, out);
  const [joint = 0, product = 0, variance = 0] = t.engine.f64.subarray(out / 8, out / 8 + 3);
  return { joint, product, variance };
}

/** Makes an estimator an op. @throws E_SHAPE, E_VALUE */
export function bound(where: string, scores: Tensor, estimate: (t: Tensor) => Estimate): Tensor {
  mustBeScores(where, scores);
  const y = output([scores], [], where);
  const { value, backward } = estimate(scores);
  y.engine.f32[y.pointer >>> 2] = Math.min(-LOWEST, Math.max(LOWEST, value));
  record(y, () => backward(scalarGrad(y)));
  return y;
}

/** Refuses what is no finite square matrix of at least two pairs. */
export function mustBeScores(where: string, scores: Tensor): void {
  const [n = 0, m = 0] = scores.shape;
  if (scores.shape.length !== 2 || n !== m || n < 2) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `"scores" must be f32[n,n] with n >= 2, got ${shapeText(scores.shape)}`,
      hint: 'row i and column i belong to the same pair; criticScores() makes such a matrix',
    });
  }
  // One sum shows whether anything is NaN or infinite: float64 can't overflow on float32 numbers.
  if (Number.isFinite(scores.engine.core.sumArray(scores.pointer, scores.length))) return;
  const at = scores.data.findIndex((x) => !Number.isFinite(x));
  throw new AdnceError('E_VALUE', {
    where,
    what: `"scores" must be finite, row ${Math.floor(at / n)} column ${at % n} is ${scores.data[at]}`,
    hint: 'lower the learning rate of the critic',
  });
}
