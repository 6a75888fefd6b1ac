/** One loss with all its gradients through the core, and its comparison with the reference. */
import { engine } from '../../src/engine/index.js';
import { adnce, infoNCE } from '../../src/losses/index.js';
import { type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from './core.js';
import { condition, type Embeddings, type ReferenceProblem, reference } from './reference.js';

export interface LossResult {
  loss: number;
  a: Float32Array;
  b: Float32Array;
  c: Float32Array;
  temperature: number;
  mu: number;
  sigma: number;
}

/** The loss of a problem as the library's user would call it, on the engine in use. */
export function lossOf(
  a: Tensor,
  b: Tensor,
  c: Tensor | undefined,
  problem: ReferenceProblem,
  scalars: Scalars,
): Tensor {
  const { layout, symmetric = false } = problem;
  const common = {
    temperature: scalars.temperature,
    layout,
    symmetric,
    ...(c === undefined ? {} : { hardNegatives: c }),
  };
  if (problem.objective === 'adnce') {
    return adnce(a, b, { ...common, mu: scalars.mu, sigma: scalars.sigma, detach: problem.detach ?? true });
  }
  const { positive = 'in', denominator = 'sum', hardNegativeWeight = 0 } = problem;
  return infoNCE(a, b, { ...common, positive, denominator, hardNegativeWeight });
}

export type Scalars = Record<'temperature' | 'mu' | 'sigma', Tensor>;

/** Runs a problem on the engine in use, with gradients to everything. */
export function runLoss(e: Embeddings, problem: ReferenceProblem): LossResult {
  return engine().step(() => {
    const matrix = (values: ArrayLike<number>) => tensor(values, [e.n, e.d], { requiresGrad: true });
    const scalar = (value: number) => tensor([value], [], { requiresGrad: true });
    const { temperature, mu = 0, sigma = 1 } = problem;
    const scalars = { temperature: scalar(temperature), mu: scalar(mu), sigma: scalar(sigma) };
    const [a, b, c] = [matrix(e.a), matrix(e.b), e.c === undefined ? undefined : matrix(e.c)];
    const loss = lossOf(a, b, c, problem, scalars);
    loss.backward();
    const copy = (x: Tensor | undefined) => x?.grad?.slice() ?? new Float32Array(0);
    return {
      loss: loss.item(),
      a: copy(a),
      b: copy(b),
      c: copy(c),
      temperature: scalars.temperature.grad?.[0] ?? 0,
      mu: scalars.mu.grad?.[0] ?? 0,
      sigma: scalars.sigma.grad?.[0] ?? 0,
    };
  });
}

/** Views of a batch: b is a with noise, c is drawn apart. Float32, not of unit length. */
export function drawEmbeddings(n: number, d: number, hard: boolean, seed: number, noise = 0.7): Embeddings {
  const next = uniform(seed);
  const a = randomFloats(n * d, next);
  const b = a.map((x) => x * 1.5 + noise * next());
  return { n, d, a, b, ...(hard ? { c: randomFloats(n * d, next) } : {}) };
}

/**
 * Every error of the core over what it may be: at most 1 each. A float32 score is wrong by about 1e-7, which the objective
 * multiplies by its condition c; values may differ by 1e-6·max(1, |x*|) + 1.5e-7·c, gradients by 1e-5 + 5e-7·c of the largest.
 */
export function errorsOf(e: Embeddings, problem: ReferenceProblem): Record<string, number> {
  // What the core sees: scalars as float32.
  const rounded = { ...problem };
  for (const key of ['temperature', 'mu', 'sigma'] as const) {
    if (rounded[key] !== undefined) rounded[key] = Math.fround(rounded[key] as number);
  }
  const expected = reference(e, rounded);
  const got = runLoss(e, problem);
  const c = condition(rounded);
  const relative = 1e-5 + 5e-7 * c;
  const { temperature: t, mu = 0, sigma = 1 } = rounded;
  const errors: Record<string, number> = {
    loss: Math.abs(got.loss - expected.loss) / (1e-6 * Math.max(1, Math.abs(expected.loss)) + 1.5e-7 * c),
  };
  const scalar = (key: 'temperature' | 'mu' | 'sigma', scale: number) => {
    errors[key] = Math.abs(got[key] - expected[key]) / (relative * Math.max(Math.abs(expected[key]), scale));
  };
  // One dimension or a satisfied anchor leave little of a gradient: terms of size 1/τ cancel, in float32. Then their size
  // is the yardstick, a hundredth of it at least.
  const whole = Math.max(...inverseNorms(e)) / (t * e.n);
  const floor = Math.max(0.01 * whole, e.d === 1 ? expected.unprojected : 0);
  for (const key of ['a', 'b', 'c'] as const) {
    const largest = expected[key].reduce((most, x) => Math.max(most, Math.abs(x)), floor);
    const worst = expected[key].reduce((most, x, i) => larger(most, Math.abs((got[key][i] as number) - x)), 0);
    errors[key] = worst === 0 ? 0 : worst / (relative * largest);
    if (got[key].length !== expected[key].length) errors[key] = Number.NaN;
  }
  // These are differences of means of s, of size 1, over τ² and σ²: that is what their rounding is relative to.
  scalar('temperature', 0.1 / t ** 2);
  if (problem.objective === 'adnce' && problem.detach === false) {
    scalar('mu', 0.1 / sigma ** 2);
    scalar('sigma', (0.1 * (1 + Math.abs(mu))) / sigma ** 3);
  }
  return errors;
}

function inverseNorms({ n, d, a, b, c }: Embeddings): number[] {
  const row = (values: ArrayLike<number>, i: number) =>
    Array.from({ length: d }, (_, k) => values[i * d + k] as number);
  const norms = [a, b, ...(c === undefined ? [] : [c])].flatMap((values) =>
    Array.from({ length: n }, (_, i) => Math.hypot(...row(values, i))),
  );
  return norms.map((norm) => (norm < 1e-12 ? 0 : 1 / norm));
}

function larger(a: number, b: number): number {
  return b > a || Number.isNaN(b) ? b : a;
}
