/** One loss with all its gradients through the core, and its comparison with the reference. */
import { createHash } from 'node:crypto';
import { engine } from '../../src/engine/index.js';
import {
  adnce,
  alphaCL,
  clDro,
  dcl,
  hcl,
  infoNCE,
  MemoryQueue,
  meanVariance,
  sigLIP,
  supCon,
  triplet,
} from '../../src/losses/index.js';
import { type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from './core.js';
import { condition, type Embeddings, type ReferenceProblem, reference } from './reference.js';
import { cressieRead } from './reference-rows.js';

export interface LossResult {
  loss: number;
  a: Float32Array;
  b: Float32Array;
  c: Float32Array;
  negatives: Float32Array;
  temperature: number;
  mu: number;
  sigma: number;
}

/** SHA-256 of all the bits of a result. */
export function digest({ loss, a, b, c, negatives, temperature, mu, sigma }: LossResult): string {
  const hash = createHash('sha256');
  for (const values of [a, b, c, negatives, Float64Array.of(loss, temperature, mu, sigma)]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** The embeddings of a batch as tensors, under the names of the options. */
export interface Batch {
  a: Tensor;
  b?: Tensor | undefined;
  c?: Tensor | undefined;
  negatives?: Tensor | undefined;
  queue?: MemoryQueue | undefined;
}

export type Scalars = Record<'temperature' | 'mu' | 'sigma', Tensor>;

/** Options that are set; those that are undefined are left out. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The loss of a problem as the library's user would call it, on the engine in use. */
export function lossOf(batch: Batch, p: ReferenceProblem, { temperature, mu, sigma }: Scalars): Tensor {
  const { a } = batch;
  if (p.objective === 'supCon') {
    return supCon(batch.b === undefined ? a : [a, batch.b], { temperature, labels: p.labels ?? [] });
  }
  const b = batch.b as Tensor;
  const { negatives, queue } = batch;
  if (p.objective === 'sigLIP') return sigLIP(a, b, given({ temperature, bias: mu, negatives, queue }));
  const { layout, symmetric = false, inBatch } = p;
  const candidates = given({ layout, symmetric, inBatch, hardNegatives: batch.c, negatives, queue });
  const common = { ...candidates, temperature };
  switch (p.objective) {
    case 'infonce': {
      const hardNegativeWeight = batch.c === undefined ? undefined : p.hardNegativeWeight;
      const { positive, denominator } = p;
      return infoNCE(a, b, { ...common, ...given({ positive, denominator, hardNegativeWeight }) });
    }
    case 'adnce':
      return adnce(a, b, { ...common, mu, sigma, detach: p.detach ?? true });
    case 'dcl':
      return dcl(a, b, { ...common, ...given({ tauPlus: p.tauPlus }) });
    case 'hcl':
      return hcl(a, b, { ...common, ...given({ tauPlus: p.tauPlus, beta: p.beta }) });
    case 'alphaCL':
      return alphaCL(a, b, {
        ...common,
        temperature: p.temperature,
        ...given({ alpha: p.alpha, normalized: p.normalized }),
      });
    case 'meanVariance':
      return meanVariance(a, b, { ...common, ...given({ curvature: p.curvature }) });
    case 'triplet':
      return triplet(a, b, { ...candidates, ...given({ margin: p.margin }) });
  }
  if (p.level !== undefined) return clDro(a, b, { ...candidates, divergence: 'cvar', level: p.level });
  const order = p.order ?? 1;
  const divergence = p.custom === true ? cressieRead(order) : 'cressie_read';
  return clDro(a, b, {
    ...common,
    divergence,
    ...given({ order: p.custom === true ? undefined : order, radius: p.radius }),
  });
}

/** Runs a problem on the engine in use, with gradients to everything. */
export function runLoss(e: Embeddings, problem: ReferenceProblem): LossResult {
  const queue = e.queue === undefined ? undefined : queueOf(e.queue, e);
  const result = engine().step(() => {
    const matrix = (values: ArrayLike<number> | undefined) =>
      values === undefined || values.length === 0
        ? undefined
        : tensor(values, [values.length / e.d, e.d], { requiresGrad: true });
    const scalar = (value: number) => tensor([value], [], { requiresGrad: true });
    const { temperature, mu = problem.bias ?? 0, sigma = 1 } = problem;
    const scalars = { temperature: scalar(temperature), mu: scalar(mu), sigma: scalar(sigma) };
    const batch = { a: matrix(e.a) as Tensor, b: matrix(e.b), c: matrix(e.c), negatives: matrix(e.negatives) };
    const loss = lossOf({ ...batch, queue }, problem, scalars);
    loss.backward();
    const copy = (x: Tensor | undefined) => x?.grad?.slice() ?? new Float32Array(0);
    return {
      loss: loss.item(),
      a: copy(batch.a),
      b: copy(batch.b),
      c: copy(batch.c),
      negatives: copy(batch.negatives),
      temperature: scalars.temperature.grad?.[0] ?? 0,
      mu: scalars.mu.grad?.[0] ?? 0,
      sigma: scalars.sigma.grad?.[0] ?? 0,
    };
  });
  queue?.free();
  return result;
}

function queueOf(rows: ArrayLike<number>, { n, d }: Embeddings): MemoryQueue {
  const count = rows.length / d;
  const queue = new MemoryQueue({ size: Math.max(count, n), dimension: d });
  engine().step(() => queue.enqueue(tensor(rows, [count, d])));
  return queue;
}

/** Views of a batch: b is a with noise, c is drawn apart. Float32, not of unit length. */
export function drawEmbeddings(n: number, d: number, hard: boolean, seed: number, noise = 0.7): Embeddings {
  const next = uniform(seed);
  const a = randomFloats(n * d, next);
  const b = a.map((x) => x * 1.5 + noise * next());
  return { n, d, a, b, ...(hard ? { c: randomFloats(n * d, next) } : {}) };
}

const INPUTS = ['a', 'b', 'c', 'negatives'] as const;

/**
 * Every error of the core over what it may be: at most 1 each. A float32 score is wrong by about 1e-7, which the objective
 * multiplies by its condition c; values may differ by 1e-6·max(1, |x*|) + 1.5e-7·c, gradients by 1e-5 + 5e-7·c of the largest.
 */
export function errorsOf(e: Embeddings, problem: ReferenceProblem): Record<string, number> {
  const rounded = roundedProblem(problem);
  return compare(e, rounded, runLoss(e, problem), reference(e, rounded));
}

/** What the core sees: scalars that are tensors as float32. */
export function roundedProblem(problem: ReferenceProblem): ReferenceProblem {
  const rounded = { ...problem };
  for (const key of ['temperature', 'mu', 'sigma', 'bias'] as const) {
    const value = rounded[key];
    if (value !== undefined && !(key === 'temperature' && problem.objective === 'alphaCL')) {
      rounded[key] = Math.fround(value);
    }
  }
  return rounded;
}

/** What a loss may be off by. */
export function lossBound(problem: ReferenceProblem, expected: number): number {
  return 1e-6 * Math.max(1, Math.abs(expected)) + 1.5e-7 * condition(problem);
}

/** What a gradient may be off by, over its largest element. */
export function gradientBound(problem: ReferenceProblem, { steepness }: { steepness: number }): number {
  return 1e-5 + 5e-7 * condition(problem) * steepness;
}

/** Errors over bounds, from both results. */
export function compare(
  e: Embeddings,
  rounded: ReferenceProblem,
  got: LossResult,
  expected: ReturnType<typeof reference>,
): Record<string, number> {
  const relative = gradientBound(rounded, expected);
  const { temperature: t, mu = 0, sigma = 1 } = rounded;
  const errors: Record<string, number> = {
    loss: Math.abs(got.loss - expected.loss) / lossBound(rounded, expected.loss),
  };
  const scalar = (key: 'temperature' | 'mu' | 'sigma', scale: number) => {
    errors[key] = Math.abs(got[key] - expected[key]) / (relative * Math.max(Math.abs(expected[key]), scale));
  };
  // One dimension or a satisfied anchor leave little of a gradient: terms of size 1/τ cancel, in float32. Then their size
  // is the yardstick, a hundredth of it at least.
  const slope = hasLogits(rounded) ? 1 / t : 1;
  const whole = (Math.max(...inverseNorms(e)) * slope) / e.n;
  // SupCon's positives are told by sums of classes: two roundings cancel, not one.
  const part = rounded.objective === 'supCon' ? 0.02 : 0.01;
  const floor = Math.max(part * whole, e.d === 1 ? expected.unprojected : 0);
  for (const key of INPUTS) {
    const largest = expected[key].reduce((most, x) => Math.max(most, Math.abs(x)), floor);
    const worst = expected[key].reduce((most, x, i) => larger(most, Math.abs((got[key][i] as number) - x)), 0);
    errors[key] = worst === 0 ? 0 : worst / (relative * largest);
    if (got[key].length !== expected[key].length) errors[key] = Number.NaN;
  }
  // These are differences of means of s, of size 1, over τ² and σ²: that is what their rounding is relative to.
  scalar('temperature', hasLogits(rounded) ? 0.1 / t ** 2 : 0.1 / t);
  if (rounded.objective === 'sigLIP') scalar('mu', 0.1);
  if (rounded.objective === 'adnce' && rounded.detach === false) {
    scalar('mu', 0.1 / sigma ** 2);
    scalar('sigma', (0.1 * (1 + Math.abs(mu))) / sigma ** 3);
  }
  return errors;
}

/** Whether the loss is one of logits s/τ, whose slope is 1/τ; others are of the scores themselves. */
function hasLogits({ objective }: ReferenceProblem): boolean {
  return !['alphaCL', 'meanVariance', 'clDro', 'triplet'].includes(objective);
}

function inverseNorms({ d, a, b, c, negatives }: Embeddings): number[] {
  const norms = [a, b, c ?? [], negatives ?? []].flatMap((values) =>
    Array.from({ length: values.length / d }, (_, i) =>
      Math.hypot(...Array.from({ length: d }, (_, k) => values[i * d + k] as number)),
    ),
  );
  return norms.map((norm) => (norm < 1e-12 ? 0 : 1 / norm));
}

function larger(a: number, b: number): number {
  return b > a || Number.isNaN(b) ? b : a;
}
