/** How a golden case becomes a call of the library. */
import { engine } from '../../engine/index.js';
import {
  adnce,
  alphaCL,
  type BatchOptions,
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
import type { GoldenCase, Matrix } from './bar.js';

/** A case of kind `objective`. */
export interface ObjectiveCase extends GoldenCase {
  objective: string;
  layout: Layout;
  params: Record<string, unknown>;
  a: Matrix;
  b?: Matrix;
  c?: Matrix;
  loss: number;
  weights?: Matrix;
}

/** The tensors an objective takes. */
interface Batch {
  a: Tensor;
  b: Tensor;
  c?: Tensor | undefined;
  /** The only negatives, in place of those of the batch. */
  negatives?: Tensor;
  temperature: Tensor;
  mu: Tensor;
  sigma: Tensor;
}

type Objective = (batch: Batch, golden: ObjectiveCase) => Tensor;

/** The batch options of a case. */
function batchOf({ negatives }: Batch, { layout, params }: ObjectiveCase): BatchOptions {
  return {
    layout,
    symmetric: params.symmetric === true,
    ...(negatives === undefined ? {} : { negatives, inBatch: false }),
  };
}

/** What calls the objective of a case, by its name there. */
export const OBJECTIVES: Record<string, Objective> = {
  infonce: (batch, golden) => {
    const { positive, reduction, hard_negative_weight: weight } = golden.params;
    const { a, b, c, temperature } = batch;
    return infoNCE(a, b, {
      temperature,
      ...batchOf(batch, golden),
      positive: positive as 'in' | 'out',
      ...(reduction === undefined ? {} : { denominator: reduction as 'sum' | 'mean' }),
      ...(c === undefined ? {} : { hardNegatives: c }),
      ...(weight === undefined ? {} : { hardNegativeWeight: weight as number }),
    });
  },
  adnce: (batch, golden) => {
    const { a, b, temperature, mu, sigma } = batch;
    const detach = golden.params.detach !== false;
    return adnce(a, b, { temperature, mu, sigma, ...batchOf(batch, golden), detach });
  },
  dcl: (batch, golden) => {
    const { a, b, temperature } = batch;
    return dcl(a, b, { temperature, ...batchOf(batch, golden), tauPlus: golden.params.tau_plus as number });
  },
  hcl: (batch, golden) => {
    const { tau_plus: tauPlus, beta } = golden.params;
    const { a, b, temperature } = batch;
    const own = { tauPlus: tauPlus as number, beta: beta as number };
    return hcl(a, b, { temperature, ...batchOf(batch, golden), ...own });
  },
  alpha_cl: (batch, golden) => {
    const { temperature, alpha, normalized } = golden.params;
    return alphaCL(batch.a, batch.b, {
      temperature: temperature as number,
      ...batchOf(batch, golden),
      alpha: alpha as number,
      normalized: normalized as boolean,
    });
  },
  mean_variance: (batch, golden) =>
    meanVariance(batch.a, batch.b, { temperature: batch.temperature, ...batchOf(batch, golden) }),
  cl_dro: (batch, golden) => {
    const { divergence, order, level, radius } = golden.params;
    return clDro(batch.a, batch.b, {
      ...batchOf(batch, golden),
      divergence: divergence as DroDivergence,
      ...(divergence === 'cvar' ? { level: level as number } : { temperature: batch.temperature }),
      ...(order === undefined ? {} : { order: order as number }),
      ...(radius === undefined ? {} : { radius: radius as number }),
    });
  },
  supcon: ({ a, temperature }, golden) => supCon(a, { temperature, labels: golden.params.labels as number[] }),
  siglip: ({ a, b, temperature }, golden) => sigLIP(a, b, { temperature, bias: golden.params.bias as number }),
};

/** The tensors of a case, all of which want gradients. */
export class Inputs implements Batch {
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

/**
 * The gradients of an objective by the scores of some negatives, which are its weights: negatives in a plane, at the angles that
 * have these cosines with their only anchor u, so that ∂L/∂v_j = G_j·(u − s_j·v_j).
 */
export function scoreGradients(scores: ArrayLike<number>, golden: ObjectiveCase): number[] {
  const compute = OBJECTIVES[golden.objective] as Objective;
  return engine().step(() => {
    const rows = Array.from(scores, (s) => [s, Math.sqrt(Math.max(0, 1 - s * s))]);
    const negatives = tensor(rows.flat(), [rows.length, 2], { requiresGrad: true });
    const anchor = { ...golden, layout: 'graph' as const, a: [[1, 0]], b: [[1, 0]] };
    compute(Object.assign(new Inputs(anchor), { negatives }), anchor).backward();
    const gradients = negatives.grad as Float32Array;
    return Array.from(scores, (s, j) => (gradients[2 * j] as number) / (1 - s * s));
  });
}
