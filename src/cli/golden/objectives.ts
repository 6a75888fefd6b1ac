/** Golden cases of objectives: the loss, its gradients to embeddings and scalars, and the weights of the negatives. */
import { adnceWeights } from '../../dro/index.js';
import { engine } from '../../engine/index.js';
import {
  adnce,
  alphaCL,
  clDro,
  type DroDivergence,
  dcl,
  hcl,
  infoNCE,
  type Layout,
  meanVariance,
  sigLIP,
  supCon,
} from '../../losses/index.js';
import { type Tensor, tensor } from '../../tensor/index.js';
import { compareTensor, compareValue, type GoldenCase, type GoldenResult, type Matrix } from './bar.js';

/** A case of kind `objective`. */
interface ObjectiveCase extends GoldenCase {
  objective: string;
  layout: Layout;
  params: Record<string, unknown>;
  a: Matrix;
  b?: Matrix;
  c?: Matrix;
  loss: number;
  weights?: Matrix;
}

/** Runs a case of kind `objective`; false when there is no such objective here. */
export function runObjective(plain: GoldenCase, result: GoldenResult): boolean {
  const golden = plain as ObjectiveCase;
  const compute = Object.hasOwn(OBJECTIVES, golden.objective) ? OBJECTIVES[golden.objective] : undefined;
  if (compute === undefined) return false;
  const condition = conditionOf(golden.params, golden.objective === 'adnce');
  engine().step(() => {
    const inputs = new Inputs(golden);
    const loss = compute(inputs, golden);
    loss.backward();
    compareValue(result, 'loss', loss.item(), golden.loss, condition);
    for (const [key, value] of inputs.gradients()) {
      const expected = golden[key];
      if (expected !== undefined) compareTensor(result, key, value, [expected].flat(2) as number[], condition);
    }
  });
  if (golden.objective === 'adnce' && golden.weights !== undefined) compareWeights(result, golden, condition);
  return true;
}

type Objective = (inputs: Inputs, golden: ObjectiveCase) => Tensor;

/** The batch options of a case. */
function batchOf({ layout, params = {} }: ObjectiveCase): { layout: Layout; symmetric: boolean } {
  return { layout, symmetric: params.symmetric === true };
}

const OBJECTIVES: Record<string, Objective> = {
  infonce: ({ a, b, c, temperature }, golden) => {
    const { positive, reduction, hard_negative_weight: weight } = golden.params;
    return infoNCE(a, b, {
      temperature,
      ...batchOf(golden),
      positive: positive as 'in' | 'out',
      ...(reduction === undefined ? {} : { denominator: reduction as 'sum' | 'mean' }),
      ...(c === undefined ? {} : { hardNegatives: c }),
      ...(weight === undefined ? {} : { hardNegativeWeight: weight as number }),
    });
  },
  adnce: ({ a, b, temperature, mu, sigma }, golden) =>
    adnce(a, b, { temperature, mu, sigma, ...batchOf(golden), detach: golden.params.detach !== false }),
  dcl: ({ a, b, temperature }, golden) =>
    dcl(a, b, { temperature, ...batchOf(golden), tauPlus: golden.params.tau_plus as number }),
  hcl: ({ a, b, temperature }, golden) => {
    const { tau_plus: tauPlus, beta } = golden.params;
    return hcl(a, b, { temperature, ...batchOf(golden), tauPlus: tauPlus as number, beta: beta as number });
  },
  alpha_cl: ({ a, b }, golden) => {
    const { temperature, alpha, normalized } = golden.params;
    return alphaCL(a, b, {
      temperature: temperature as number,
      ...batchOf(golden),
      alpha: alpha as number,
      normalized: normalized as boolean,
    });
  },
  mean_variance: ({ a, b, temperature }, golden) => meanVariance(a, b, { temperature, ...batchOf(golden) }),
  cl_dro: ({ a, b, temperature }, golden) => {
    const { divergence, order, level, radius } = golden.params;
    return clDro(a, b, {
      ...batchOf(golden),
      divergence: divergence as DroDivergence,
      ...(divergence === 'cvar' ? { level: level as number } : { temperature }),
      ...(order === undefined ? {} : { order: order as number }),
      ...(radius === undefined ? {} : { radius: radius as number }),
    });
  },
  supcon: ({ a, temperature }, golden) => supCon(a, { temperature, labels: golden.params.labels as number[] }),
  siglip: ({ a, b, temperature }, golden) => sigLIP(a, b, { temperature, bias: golden.params.bias as number }),
};

/** The tensors of a case, all of which want gradients. */
class Inputs {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor | undefined;
  readonly temperature: Tensor;
  readonly mu: Tensor;
  readonly sigma: Tensor;

  constructor(golden: ObjectiveCase) {
    const matrix = (rows: Matrix, name: string) =>
      tensor(rows.flat(), [rows.length, rows[0]?.length ?? 0], { requiresGrad: true, name });
    const scalar = (name: string, fallback: number) =>
      tensor([Number(golden.params[name] ?? fallback)], [], { requiresGrad: true, name });
    this.a = matrix(golden.a, 'a');
    this.b = matrix(golden.b ?? [], 'b');
    this.c = golden.c === undefined ? undefined : matrix(golden.c, 'c');
    this.temperature = scalar('temperature', 1);
    this.mu = scalar('mu', 0);
    this.sigma = scalar('sigma', 1);
  }

  /** Gradients by their names in a case; zeros where nothing flowed, because the objective does not depend on it. */
  gradients(): [string, ArrayLike<number>][] {
    const named: [string, Tensor | undefined][] = [
      ['grad_a', this.a],
      ['grad_b', this.b],
      ['grad_c', this.c],
      ['grad_temperature', this.temperature],
      ['grad_mu', this.mu],
      ['grad_sigma', this.sigma],
    ];
    return named.map(([key, value]) => [key, value?.grad ?? new Float32Array(value?.length ?? 0)]);
  }
}

/** (1 + β)/τ, and (1 + |μ|)/σ² more for ADNCE. */
function conditionOf(params: Record<string, unknown>, gaussian: boolean): number {
  const number = (key: string, fallback: number) => Number(params[key] ?? fallback);
  const softmax = (1 + number('beta', 0)) / number('temperature', 1);
  return gaussian ? softmax + (1 + Math.abs(number('mu', 0))) / number('sigma', 1) ** 2 : softmax;
}

/** ADNCE's weights, row by row, from cosines of the core. */
function compareWeights(result: GoldenResult, golden: ObjectiveCase, condition: number): void {
  const { layout, params = {} } = golden;
  const { a } = golden;
  const n = a.length;
  const rows = layout === 'image' ? [...a, ...(golden.b as Matrix)] : a;
  const columns = layout === 'image' ? rows : (golden.b as Matrix);
  const cosines = cosineMatrix(rows, columns);
  const got = rows.flatMap((_, i) => {
    const candidates = columns.map((_, j) => j).filter((j) => isCandidate(layout, i, j, n));
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
