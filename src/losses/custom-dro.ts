/**
 * CL-DRO with a divergence that is given as two functions, for exploration: the whole score matrix, one row at a time in
 * JavaScript and float64. With gaps g_j = (max s − s_j)/τ and ν = max s − τu, the weights are w_j = φ*'(u − g_j) and u ∈ [0, g_max]
 * solves E w = 1, because φ*'(0) = 1 and φ*' rises.
 */
import type { Engine, Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustKnowKeys } from '../options.js';
import { output, record, scalarGrad, type Tensor, wantsGrad } from '../tensor/index.js';
import { type Cast, castOf } from './cast.js';
import { addScalarGradients, copyQueue, normalizeInputs, sendBack, type Units } from './contrast.js';
import { unitRowBytes } from './plan.js';
import type { RowProblem } from './problem.js';

/** A divergence of the user's own: φ convex with φ(1) = 0 = φ'(1). */
export interface CustomDivergence {
  /** For messages and tables. Default `custom`. */
  name?: string;
  /** φ(t) for t ≥ 0; instruments want it, the objective does without. */
  phi?: (t: number) => number;
  /** φ*(x) = sup_{t ≥ 0} (xt − φ(t)); +Infinity beyond its domain. */
  conjugate: (x: number) => number;
  /** φ*'(x), the weight of a negative: rises, 1 at x = 0, never negative; +Infinity beyond the domain. */
  conjugateDerivative: (x: number) => number;
}

type Problem = Omit<RowProblem, 'objective'>;

/** Halvings of a bracket: more than the digits of a double. */
const HALVINGS = 100;

/** Checks the functions where their values are known. @throws E_OPTION */
export function checkCustomDivergence(where: string, divergence: CustomDivergence): CustomDivergence {
  mustKnowKeys(where, divergence, ['name', 'phi', 'conjugate', 'conjugateDerivative']);
  for (const [key, expected] of [
    ['conjugate', 0],
    ['conjugateDerivative', 1],
  ] as const) {
    const got = typeof divergence[key] === 'function' ? divergence[key](0) : divergence[key];
    if (typeof got === 'number' && Math.abs(got - expected) <= 1e-9) continue;
    throw new AdnceError('E_OPTION', {
      where,
      what: `"divergence" must have a function ${key} with ${key}(0) = ${expected}, got ${got}`,
      hint: "subtract φ(1) + φ'(1)·(t − 1) from φ; it changes no worst case",
    });
  }
  return divergence;
}

/** Runs the objective. @throws E_SHAPE, E_VALUE */
export function customDro(
  a: Tensor,
  b: Tensor,
  problem: Problem,
  divergence: CustomDivergence,
  radius: number,
): Tensor {
  const cast = castOf(a, b, problem);
  const tensors = cast.placements.map(({ tensor }) => tensor);
  const learnt = problem.learnt.filter((tensor) => tensor !== undefined);
  const loss = output([...tensors, ...learnt], [], problem.where);
  const { engine } = loss;
  const explored = explore(engine, cast, problem, divergence, radius);
  engine.f32[loss.pointer >>> 2] = explored.loss;
  record(loss, () => {
    const upstream = scalarGrad(loss);
    addScalarGradients(problem.learnt, [explored.temperature], upstream);
    if (wantsGrad(...tensors)) sendBack(cast, explored, upstream);
  });
  return loss;
}

/** Unit rows, the scores S = U·Vᵀ, G = ∂L/∂S, and back: G·V and Gᵀ·U. */
function explore(engine: Engine, cast: Cast, problem: Problem, divergence: CustomDivergence, radius: number) {
  const { core } = engine;
  const depth = cast.placements[0]?.tensor.shape[1] as number;
  const width = unitRowBytes(depth) / 4;
  const zeros = (count: number) => engine.stackZeros(count, problem.where);
  const { rows, front } = cast;
  const columns = front + cast.columns;
  const unitU = zeros(rows * width);
  const gradU = zeros(rows * width);
  const start = front * width * 4;
  const units: Units = {
    depth,
    rowBytes: width * 4,
    unitU,
    gradU,
    unitV: cast.half ? unitU : zeros(columns * width) + start,
    gradV: cast.half ? gradU : zeros(columns * width) + start,
  };
  const inverseNorms = normalizeInputs(engine, units, cast, problem.where);
  copyQueue(problem.candidates.queue, units, cast);
  const [firstV, firstGradV] = [units.unitV - start, units.gradV - start];
  const scores = zeros(rows * columns);
  const slopes = zeros(rows * columns);
  const bytes = Math.max(
    core.gemmWorkBytes(rows, columns, width),
    core.gemmWorkBytes(rows, width, columns),
    core.gemmWorkBytes(columns, width, rows),
  );
  const work = engine.arena.stack(bytes, problem.where);
  core.gemm(0, 1, rows, columns, width, unitU, width, firstV, width, scores, columns, 0, work);
  const totals = scoreRows(engine, { scores, slopes, rows, columns }, cast, problem, divergence, radius);
  core.gemm(0, 0, rows, width, columns, slopes, columns, firstV, width, gradU, width, 1, work);
  core.gemm(1, 0, columns, width, rows, slopes, columns, unitU, width, firstGradV, width, 1, work);
  return { walk: units, inverseNorms, ...totals };
}

interface Matrices {
  scores: Pointer;
  slopes: Pointer;
  rows: number;
  columns: number;
}

/** The loss and its derivatives by every score and by τ. */
function scoreRows(
  engine: Engine,
  { scores, slopes, rows, columns }: Matrices,
  cast: Cast,
  { where, temperature, symmetric }: Problem,
  divergence: CustomDivergence,
  radius: number,
): { loss: number; temperature: number } {
  const directions = symmetric && !cast.half ? [false, true] : [false];
  const share = 1 / (rows * directions.length);
  const total = { loss: 0, temperature: 0 };
  const { f32 } = engine;
  for (const turned of directions) {
    for (let i = 0; i < rows; i++) {
      const place = (j: number) => (turned ? j * columns + i : i * columns + j);
      const positive = cast.front + (cast.half ? (i + cast.pairs) % rows : i + cast.positiveOffset);
      const negatives = candidatesOf(cast, i);
      const s = negatives.map((j) => f32[scores / 4 + place(j)] as number);
      const row = worstRow(where, s, temperature, divergence);
      total.loss += (row.value + temperature * radius - (f32[scores / 4 + place(positive)] as number)) * share;
      total.temperature += (radius - (row.mean - row.value) / temperature) * share;
      const add = (j: number, slope: number) => {
        const at = slopes / 4 + place(j);
        f32[at] = (f32[at] as number) + slope * share;
      };
      add(positive, -1);
      negatives.forEach((j, k) => {
        add(j, (row.weights[k] as number) / s.length);
      });
    }
  }
  return total;
}

/** Columns of the negatives of anchor i, rows in front counted. */
function candidatesOf({ columns, front, exclusions }: Cast, i: number): number[] {
  const all = Array.from({ length: columns }, (_, j) => j);
  return all.filter((j) => !exclusions.includes(j - i)).map((j) => front + j);
}

/** The worst case of one row under a user's divergence. */
export interface WorstRow {
  /** w, mean 1. */
  weights: number[];
  /** ⟨s⟩_w. */
  mean: number;
  /** max_Q ⟨s⟩_Q − τ·D_φ(Q‖Q0). */
  value: number;
  nu: number;
}

/** Weights and value of one row. @throws E_VALUE when the functions are no divergence's */
export function worstRow(
  where: string,
  scores: readonly number[],
  temperature: number,
  divergence: CustomDivergence,
): WorstRow {
  const top = scores.reduce((most, s) => Math.max(most, s), Number.NEGATIVE_INFINITY);
  const gaps = scores.map((s) => (top - s) / temperature);
  // Beyond the domain of φ* the plain formula of a weight may be negative or NaN: both mean that u is too large.
  const weight = (x: number) => {
    const w = divergence.conjugateDerivative(x);
    return w >= 0 ? w : Number.POSITIVE_INFINITY;
  };
  const heaviness = (u: number) => gaps.reduce((sum, gap) => sum + weight(u - gap), 0) / gaps.length;
  let [low, high] = [0, gaps.reduce((most, gap) => Math.max(most, gap), 0)];
  for (let turn = 0; turn < HALVINGS && low < high; turn++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (heaviness(middle) > 1) high = middle;
    else low = middle;
  }
  const weights = gaps.map((gap) => weight(low - gap));
  const sum = weights.reduce((total, w) => total + w, 0);
  const conjugates = gaps.reduce((total, gap) => total + divergence.conjugate(low - gap), 0) / gaps.length;
  const value = top - temperature * (low - conjugates);
  if (!(Math.abs(sum / gaps.length - 1) < 1e-6) || !Number.isFinite(value)) {
    throw new AdnceError('E_VALUE', {
      where,
      what: `the weights of the divergence must have a mean of 1 and a finite φ*, got a mean of ${sum / gaps.length} and a value of ${value}`,
      hint: "φ*' must rise without jumps, be 1 at 0, and be +Infinity beyond the domain of φ*",
    });
  }
  const mean = weights.reduce((total, w, j) => total + w * (scores[j] as number), 0) / sum;
  return { weights, mean, value, nu: top - temperature * low };
}
