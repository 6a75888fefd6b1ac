/**
 * Golden vectors: objectives evaluated in float64 with automatic derivatives, to be met by the float32 core of this machine.
 *
 * Bar: a float32 score carries an error of about 1e-7 and an objective multiplies it by its condition c, so a value may differ by
 * 1e-6·max(1, |x*|) + 1.5e-7·c, and each gradient tensor by (1e-5 + 5e-7·c) of its largest element.
 */
import { adnceWeights } from '../dro/index.js';
import { type Engine, engine } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { adnce, infoNCE, type Layout } from '../losses/index.js';
import { type Tensor, tensor } from '../tensor/index.js';

type Matrix = readonly (readonly number[])[];

/** One case of a golden-vector file. */
export interface GoldenCase {
  kind: string;
  name: string;
  objective?: string;
  layout?: Layout;
  params?: Record<string, unknown>;
  a?: Matrix;
  b?: Matrix;
  c?: Matrix;
  loss?: number;
  weights?: Matrix;
  [result: string]: unknown;
}

/** How one case went. */
export interface GoldenResult {
  name: string;
  /** `unknown`: no such objective here. */
  status: 'passed' | 'failed' | 'unknown';
  /** Largest error of values over the bar's unit max(1, |x*|), and of gradients and weights over their largest element. */
  valueError: number;
  gradientError: number;
  /** What went over the bar. */
  failures: string[];
}

/** The cases of a golden-vector file. @throws E_FORMAT when it is none */
export function parseGolden(text: string, path: string): GoldenCase[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new AdnceError('E_FORMAT', { where: path, what: `is not JSON: ${(cause as Error).message}`, cause });
  }
  const cases = (file as { cases?: unknown } | null)?.cases;
  const valid = Array.isArray(cases) && cases.every((c) => typeof c?.kind === 'string' && typeof c?.name === 'string');
  if (!valid) {
    throw new AdnceError('E_FORMAT', {
      where: path,
      what: 'must be {"cases": [{"kind", "name", …}, …]}',
      hint: 'test/golden/vectors.json is such a file',
    });
  }
  return cases as GoldenCase[];
}

/** Runs one case through the core and holds it against the bar. */
export function runGolden(golden: GoldenCase): GoldenResult {
  const result: GoldenResult = {
    name: golden.name,
    status: 'passed',
    valueError: 0,
    gradientError: 0,
    failures: [],
  };
  const compute = golden.kind === 'objective' ? OBJECTIVES[golden.objective ?? ''] : undefined;
  if (compute === undefined) return { ...result, status: 'unknown' };
  const condition = conditionOf(golden.params ?? {}, golden.objective === 'adnce');
  const owner = engine();
  owner.step(() => {
    const inputs = new Inputs(owner, golden);
    const loss = compute(inputs, golden);
    loss.backward();
    compareValue(result, 'loss', loss.item(), golden.loss as number, condition);
    for (const [key, value] of inputs.gradients()) {
      const expected = golden[key];
      if (expected !== undefined) compareTensor(result, key, value, [expected].flat(2) as number[], condition);
    }
  });
  if (golden.objective === 'adnce' && golden.weights !== undefined) compareWeights(result, golden, condition);
  if (result.failures.length > 0) result.status = 'failed';
  return result;
}

type Objective = (inputs: Inputs, golden: GoldenCase) => Tensor;

const OBJECTIVES: Record<string, Objective> = {
  infonce: (inputs, { layout, params = {} }) =>
    infoNCE(inputs.a, inputs.b, {
      temperature: inputs.temperature,
      layout: layout as Layout,
      positive: params.positive as 'in' | 'out',
      ...(params.reduction === undefined ? {} : { denominator: params.reduction as 'sum' | 'mean' }),
      symmetric: params.symmetric === true,
      ...(inputs.c === undefined ? {} : { hardNegatives: inputs.c }),
      ...(params.hard_negative_weight === undefined
        ? {}
        : { hardNegativeWeight: params.hard_negative_weight as number }),
    }),
  adnce: (inputs, { layout, params = {} }) =>
    adnce(inputs.a, inputs.b, {
      temperature: inputs.temperature,
      mu: inputs.mu,
      sigma: inputs.sigma,
      layout: layout as Layout,
      detach: params.detach !== false,
      symmetric: params.symmetric === true,
    }),
};

/** The tensors of a case, all of which want gradients. */
class Inputs {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor | undefined;
  readonly temperature: Tensor;
  readonly mu: Tensor;
  readonly sigma: Tensor;

  constructor(_owner: Engine, golden: GoldenCase) {
    const matrix = (rows: Matrix, name: string) =>
      tensor(rows.flat(), [rows.length, rows[0]?.length ?? 0], { requiresGrad: true, name });
    const scalar = (name: string, fallback: number) =>
      tensor([Number(golden.params?.[name] ?? fallback)], [], { requiresGrad: true, name });
    this.a = matrix(golden.a ?? [], 'a');
    this.b = matrix(golden.b ?? [], 'b');
    this.c = golden.c === undefined ? undefined : matrix(golden.c, 'c');
    this.temperature = scalar('temperature', 1);
    this.mu = scalar('mu', 0);
    this.sigma = scalar('sigma', 1);
  }

  gradients(): [string, ArrayLike<number>][] {
    const named: [string, Tensor | undefined][] = [
      ['grad_a', this.a],
      ['grad_b', this.b],
      ['grad_c', this.c],
      ['grad_temperature', this.temperature],
      ['grad_mu', this.mu],
      ['grad_sigma', this.sigma],
    ];
    return named.map(([key, value]) => [key, value?.grad ?? []]);
  }
}

/** (1 + β)/τ, and (1 + |μ|)/σ² more for ADNCE. */
function conditionOf(params: Record<string, unknown>, gaussian: boolean): number {
  const number = (key: string, fallback: number) => Number(params[key] ?? fallback);
  const softmax = (1 + number('beta', 0)) / number('temperature', 1);
  return gaussian ? softmax + (1 + Math.abs(number('mu', 0))) / number('sigma', 1) ** 2 : softmax;
}

function compareValue(result: GoldenResult, key: string, got: number, expected: number, condition: number): void {
  const error = Math.abs(got - expected);
  const unit = Math.max(1, Math.abs(expected));
  result.valueError = worse(result.valueError, error / unit);
  if (!(error <= 1e-6 * unit + 1.5e-7 * condition)) {
    result.failures.push(`${key}: expected ${expected}, got ${got}`);
  }
}

function compareTensor(
  result: GoldenResult,
  key: string,
  got: ArrayLike<number>,
  expected: readonly number[],
  condition: number,
): void {
  if (got.length !== expected.length) {
    result.failures.push(`${key}: expected ${expected.length} numbers, got ${got.length}`);
    return;
  }
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = worse(worst, Math.abs((got[i] as number) - (expected[i] as number)));
  }
  const relative = worst === 0 ? 0 : worst / largest;
  result.gradientError = worse(result.gradientError, relative);
  if (!(relative <= 1e-5 + 5e-7 * condition)) {
    result.failures.push(`${key}: largest error ${relative.toExponential(2)} of the largest element`);
  }
}

/** The larger of two errors; NaN is the largest of all. */
function worse(a: number, b: number): number {
  return Number.isNaN(b) || b > a ? b : a;
}

/** ADNCE's weights, row by row, from cosines of the core. */
function compareWeights(result: GoldenResult, golden: GoldenCase, condition: number): void {
  const { layout, params = {} } = golden;
  const a = golden.a as Matrix;
  const n = a.length;
  const rows = layout === 'image' ? [...a, ...(golden.b as Matrix)] : a;
  const columns = layout === 'image' ? rows : (golden.b as Matrix);
  const cosines = cosineMatrix(rows, columns);
  const got = rows.flatMap((_, i) => {
    const candidates = columns.map((_, j) => j).filter((j) => isCandidate(layout as Layout, i, j, n));
    const scores = Float32Array.from(candidates, (j) => cosines[i * columns.length + j] as number);
    return [...adnceWeights(scores, { mu: Number(params.mu), sigma: Number(params.sigma) })];
  });
  compareTensor(result, 'weights', got, (golden.weights as Matrix).flat(), condition);
}

/** Whether column j is weighted in row i: all but the anchor and its positive, in `sentence` all. */
function isCandidate(layout: Layout, i: number, j: number, n: number): boolean {
  if (layout === 'sentence') return true;
  return layout === 'graph' ? j !== i : j !== i && j % n !== i % n;
}

function cosineMatrix(rows: Matrix, columns: Matrix): Float32Array {
  const owner = engine();
  const d = rows[0]?.length ?? 0;
  return owner.step(() => {
    const { core } = owner;
    const unit = (matrix: Matrix) => {
      const source = tensor(matrix.flat(), [matrix.length, d]);
      const target = owner.stackF32(matrix.length * d + 8, 'unit rows');
      const inverse = owner.arena.stack(matrix.length * 8, 'norms');
      core.l2NormalizeForward(source.pointer, matrix.length, d, target, d * 4, inverse);
      return target;
    };
    const u = unit(rows);
    const v = unit(columns);
    const count = rows.length * columns.length;
    const out = owner.stackF32(count, 'cosines');
    const work = owner.arena.stack(core.similarityWorkBytes(rows.length, columns.length, d), 'cosines');
    core.similarities(u, v, rows.length, columns.length, d, out, work);
    return owner.f32.slice(out >>> 2, (out >>> 2) + count);
  });
}
