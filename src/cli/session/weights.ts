/**
 * How hard each objective pushes a negative away, against its score (the paper's Figure 3), on negatives of the run itself. The
 * weight of a negative is its share of the gradient, −∂ℓ/∂s relative to the mean: for a CL-DRO the worst case itself.
 */
import { adnceWeights, klWeights, worstCase } from '../../dro/index.js';
import type { Histogram } from '../../evaluate/index.js';
import { percent, plain } from '../../report/format.js';
import type { ReportWeightCurve, ReportWeights } from '../../report/types.js';
import type { StepParameters, TrainOptions } from '../../train/index.js';
import { alphaPull, gaussianPull, sigmoidPull } from './pull.js';
import type { Answers } from './retrieval.js';
import { adversaryOf } from './robust.js';

/** Scores the weights are normalised over. */
const POOL = 2 ** 18;
/** Temperatures that the instruments take. */
const [COLDEST, HOTTEST] = [1e-3, 1e3];

/** One objective: its weights of some scores, null where it has none at these parameters. */
interface Rule {
  name: string;
  own: boolean;
  weights(scores: Float32Array): ArrayLike<number> | null;
}

/**
 * The curves of a run, every one with mean 1 over a sample of its negatives; what a curve says between two of them no run ever felt, so
 * that they are drawn at scores that occur, one for each bin of the histogram.
 * @param now τ, μ and σ of the weights that are kept
 */
export function weightCurves(options: TrainOptions, now: StepParameters, answers: Answers): ReportWeights | null {
  const pool = poolOf(answers.sample.negatives);
  if (pool.length < 2) return null;
  const { places, density } = placesOf(pool, answers.negatives);
  const at = (weights: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i] as number;
    const scale = weights.length / sum;
    return places.map((place) => (weights[place] as number) * scale);
  };
  const drawn = rulesOf(options, now).flatMap(({ name, own, weights }) => {
    const all = weights(pool);
    return all === null ? [] : [{ name, own, weight: at(all) }];
  });
  const { mu, sigma } = now;
  return {
    layout: options.layout,
    temperature: now.temperature,
    score: places.map((place) => pool[place] as number),
    curves: withRoles(drawn),
    ...(options.loss === 'adnce' ? { bell: { mu, sigma, weight: at(adnceWeights(pool, { mu, sigma })) } } : {}),
    scoreDensity: density,
  };
}

/** f32[at most POOL], scores of all lists, ascending. */
function poolOf(negatives: readonly Float32Array[]): Float32Array {
  const total = negatives.reduce((sum, { length }) => sum + length, 0);
  const stride = Math.max(1, total / POOL);
  const pool = new Float32Array(Math.floor(total / stride));
  let [list, before] = [0, 0];
  for (let k = 0; k < pool.length; k++) {
    const place = Math.floor(k * stride);
    while (place - before >= (negatives[list] as Float32Array).length)
      before += (negatives[list++] as Float32Array).length;
    pool[k] = (negatives[list] as Float32Array)[place - before] as number;
  }
  return pool.sort();
}

/** For each bin that holds scores of the pool the place of its middle one, and the density of the bin. */
function placesOf(pool: Float32Array, histogram: Histogram): { places: number[]; density: number[] } {
  const { edges } = histogram;
  const all = histogram.density();
  const [places, density]: [number[], number[]] = [[], []];
  let start = 0;
  for (let bin = 0; bin < all.length; bin++) {
    let end = start;
    const isLast = bin === all.length - 1;
    while (end < pool.length && (isLast || (pool[end] as number) < (edges[bin + 1] as number))) end++;
    const middle = (start + end) >>> 1;
    const isNew = places.length === 0 || (pool[middle] as number) > (pool[places.at(-1) as number] as number);
    if (end > start && isNew) {
      places.push(middle);
      density.push(all[bin] as number);
    }
    start = end;
  }
  return { places, density };
}

/** The run's own is held against InfoNCE, and InfoNCE against ADNCE. */
function withRoles(drawn: readonly { name: string; own: boolean; weight: number[] }[]): ReportWeightCurve[] {
  const own = drawn.findIndex((curve) => curve.own);
  const compared = own === 0 ? 1 : 0;
  return drawn.map(({ name, weight }, i) => ({
    name,
    role: i === own ? 'own' : i === compared ? 'compared' : 'other',
    weight,
  }));
}

/** InfoNCE first, ADNCE second. */
function rulesOf(options: TrainOptions, now: StepParameters): Rule[] {
  const { temperature, mu, sigma } = now;
  const { loss, divergence, alpha, beta, bias } = options;
  const own = adversaryOf(options, now);
  const trainsOn = (name: string) => loss === 'cl-dro' && own?.divergence === name;
  const kl = (scores: Float32Array) => klWeights(scores, { temperature });
  const level = trainsOn('cvar') ? options.level : 0.1;
  const rules: Rule[] = [
    { name: 'InfoNCE (KL)', own: loss === 'infonce' || loss === 'dcl' || trainsOn('kl'), weights: kl },
    {
      name: `ADNCE, μ = ${plain(mu)}, σ = ${plain(sigma)}`,
      own: loss === 'adnce',
      weights: gaussianPull(temperature, mu, sigma),
    },
    {
      name: 'χ², mean and variance',
      own: loss === 'mean-variance' || trainsOn('chi2'),
      weights: (scores) => worstCase(scores, { divergence: 'chi2', temperature }).weights,
    },
    {
      name: 'reverse KL',
      own: trainsOn('reverse_kl'),
      weights: (scores) => worstCase(scores, { divergence: 'reverse_kl', temperature }).weights,
    },
    {
      name: `CVaR, hardest ${percent(level).replace('.0%', '%')}`,
      own: trainsOn('cvar'),
      weights: (scores) => worstCase(scores, { divergence: 'cvar', level }).weights,
    },
    {
      name: `HCL, β = ${plain(beta)}`,
      own: loss === 'hcl',
      weights: (scores) => hclWeights(scores, temperature, beta),
    },
    {
      name: `α-CL, α = ${plain(alpha)}`,
      own: loss === 'alpha-cl',
      weights: alphaPull(temperature, alpha),
    },
  ];
  if (own !== null && (trainsOn('cressie_read') || trainsOn('alpha'))) {
    const name =
      divergence === 'alpha' ? `α-divergence, α = ${plain(own.alpha)}` : `Cressie–Read, order ${plain(own.order)}`;
    rules.push({ name, own: true, weights: (scores) => worstCase(scores, own).weights });
  }
  if (loss === 'siglip') {
    rules.push({ name: 'SigLIP', own: true, weights: sigmoidPull(temperature, bias) });
  }
  return rules;
}

/** (1 + β)·r − β·ρ, r and ρ the softmaxes of (1 + β)s/τ and βs/τ: HCL's importance weights are not detached (maths §2). */
function hclWeights(scores: Float32Array, temperature: number, beta: number): Float64Array | null {
  if (beta === 0) return Float64Array.from(klWeights(scores, { temperature }));
  const [cold, hot] = [temperature / (1 + beta), temperature / beta];
  if (!(beta > 0) || cold < COLDEST || hot > HOTTEST) return null;
  const [r, rho] = [klWeights(scores, { temperature: cold }), klWeights(scores, { temperature: hot })];
  return Float64Array.from(r, (x, i) => (1 + beta) * x - beta * (rho[i] as number));
}
