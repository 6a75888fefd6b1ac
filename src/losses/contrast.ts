/**
 * The one way every softmax objective runs: unit rows and panels, positives, sweep 1, finishing, sweep 2; then, when
 * `backward()` comes, through the normalisation into the gradients of the embeddings.
 */
import type { Core, Engine, Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustHaveShape, output, record, scalarGrad, type Tensor, wantsGrad } from '../tensor/index.js';
import { layOutWalk, type Walk } from './plan.js';

/** Which rows are anchors, which candidates are their negatives (maths §1). */
export const LAYOUTS = ['image', 'sentence', 'graph'] as const;
export type Layout = (typeof LAYOUTS)[number];

type Objective = 'infoNce' | 'adnce' | 'adnceAttached';

/** A scalar that may be learnt. */
export type Scalar = number | Tensor;

/** A softmax objective, checked and in numbers. */
export interface SoftmaxProblem {
  /** The function the user called, for messages. */
  where: string;
  objective: Objective;
  layout: Layout;
  /** The candidates of an anchor include its own positive (ADNCE in layout `sentence`). */
  diagonal: boolean;
  /** The positive has a term of its own in the denominator. */
  positiveIn: boolean;
  /** The loss takes the mean over negatives, not their sum. */
  meanOfNegatives: boolean;
  symmetric: boolean;
  temperature: number;
  mu: number;
  sigma: number;
  /** Log-weight families on [−1, 1]: largest value and range of each. */
  bounds: readonly { largest: number; range: number }[];
  hardNegatives?: Tensor;
  /** Logit added to an anchor's own hard negative; none means that it is like any other candidate. */
  hardNegativeLogit?: number;
  /** Tensors that take ∂L/∂τ, ∂L/∂μ, ∂L/∂σ. */
  learnt: { temperature?: Tensor; mu?: Tensor; sigma?: Tensor };
}

/** The embeddings of a problem in their order, as the caller knows them. */
const INPUT_NAMES = ['a', 'b', 'hardNegatives'];

/** Beyond this range e^{q − shift} would leave the normal numbers, so each row gets a shift of its own. */
const BOUNDED_RANGE = 64;
/** Bytes of the core's SoftmaxRule and Outcome. */
const RULE_WORDS = 20;
const OUTCOME_WORDS = 14;

/** Everything sweep 2 left behind for `backward()`. */
interface Outcome {
  walk: Walk;
  inverseNorms: readonly Pointer[];
  /** dτ, dμ, dσ. */
  scalars: readonly [number, number, number];
}

/**
 * Runs a softmax objective on embeddings a, b f32[n, d], not normalised.
 * @returns the mean loss over anchors, a scalar in nats
 * @throws E_SHAPE when shapes differ or n < 2, E_VALUE when an embedding is not finite
 */
export function softmaxLoss(a: Tensor, b: Tensor, problem: SoftmaxProblem): Tensor {
  const { where } = problem;
  mustHaveShape(where, 'a', a, [null, null], 'pass one embedding a row');
  const [n, d] = a.shape as [number, number];
  mustHaveShape(where, 'b', b, [n, d], 'both views need the same encoder output size');
  if (n < 2 || d < 1) {
    throw new AdnceError('E_SHAPE', { where, what: `at least 2 pairs of length >= 1 are needed, got f32[${n},${d}]` });
  }
  const c = problem.hardNegatives;
  if (c !== undefined) mustHaveShape(where, 'hardNegatives', c, [n, d], 'pass one hard negative for each pair');

  const learnt = Object.values(problem.learnt);
  const inputs = c === undefined ? [a, b] : [a, b, c];
  const loss = output([...inputs, ...learnt], [], where);
  const outcome = run(inputs, problem, loss, wantsGrad(...inputs));
  record(loss, () => {
    const upstream = scalarGrad(loss);
    addScalarGradients(problem.learnt, outcome.scalars, upstream);
    if (outcome.walk.gradU !== 0) sendBack(inputs, problem, outcome, upstream);
  });
  return loss;
}

function run(inputs: readonly Tensor[], problem: SoftmaxProblem, loss: Tensor, gradients: boolean): Outcome {
  const { engine } = loss;
  const { core } = engine;
  const [n, d] = (inputs[0] as Tensor).shape as [number, number];
  const c = problem.hardNegatives;
  const half = problem.layout === 'image';
  const rows = half ? 2 * n : n;
  const columns = half ? rows : c === undefined ? n : 2 * n;
  const extra = problem.hardNegativeLogit !== undefined;
  const walk = layOutWalk(engine, {
    rows,
    columns,
    depth: d,
    half,
    twoSided: half || problem.symmetric,
    bounded: problem.bounds.every(({ range }) => range <= BOUNDED_RANGE),
    exclusions: exclusions(problem, n, extra),
    gradients,
  });
  const inverseNorms = normalizeInputs(engine, walk, inputs, half, problem.where);
  packUnits(core, walk, gradients);

  const positives = engine.arena.stack(rows * 8, problem.where);
  core.pairScores(walk.pointer, half ? n : 0, n, positives);
  if (half) engine.f64.copyWithin(positives / 8 + n, positives / 8, positives / 8 + n);
  const extras = extra ? engine.arena.stack(rows * 8, problem.where) : 0;
  if (extra) core.pairScores(walk.pointer, n, n, extras);

  const rule = writeRule(engine, problem, walk, n);
  const result = writeOutcome(engine, rows, positives, extras);
  sweep(core, problem, walk, rule, result.pointer, gradients);
  if (gradients) sendToPairs(engine, problem, walk, result, n, half);

  const totals = engine.f64.subarray(result.pointer / 8, result.pointer / 8 + 4);
  const value = totals[0] as number;
  if (!Number.isFinite(value)) refuseNotFinite(problem.where, inputs);
  engine.f32[loss.pointer >>> 2] = value;
  return { walk, inverseNorms, scalars: [totals[1] as number, totals[2] as number, totals[3] as number] };
}

/** Offsets of excluded columns: an anchor itself, its positive (both ways round in `image`), its own hard negative. */
function exclusions(problem: SoftmaxProblem, n: number, extra: boolean): number[] {
  if (problem.layout === 'image') return [0, n, -n];
  const offsets = problem.diagonal ? [] : [0];
  return extra ? [...offsets, n] : offsets;
}

/** Fills the unit rows; returns where 1/‖·‖ of each input stands. */
function normalizeInputs(
  engine: Engine,
  walk: Walk,
  inputs: readonly Tensor[],
  half: boolean,
  where: string,
): Pointer[] {
  const n = (inputs[0] as Tensor).shape[0] as number;
  return inputs.map((input, k) => {
    const inverse = engine.arena.stack(n * 8, 'contrastive loss');
    const unit = half ? walk.unitU + k * n * walk.rowBytes : unitRows(walk, k, n);
    const bad = engine.core.l2NormalizeForward(input.pointer, n, walk.depth, unit, walk.rowBytes, inverse);
    if (bad > 0) refuseNotFinite(where, inputs);
    return inverse;
  });
}

/** Where the unit rows of input k stand when the two sides differ: a; then b and c as one list of candidates. */
function unitRows(walk: Walk, k: number, n: number): Pointer {
  return k === 0 ? walk.unitU : walk.unitV + (k - 1) * n * walk.rowBytes;
}

function packUnits(core: Core, walk: Walk, gradients: boolean): void {
  const width = walk.rowBytes / 4;
  core.packTransposed(walk.unitV, walk.rowBytes, walk.columns, walk.depth, walk.transposedV);
  if (!gradients) return;
  core.packRows(walk.unitV, walk.rowBytes, width, walk.columns, walk.panelsV);
  if (walk.panelsU !== walk.panelsV) core.packRows(walk.unitU, walk.rowBytes, width, walk.rows, walk.panelsU);
}

/** Writes the core's SoftmaxRule: seven doubles, an integer, four floats. */
function writeRule(engine: Engine, problem: SoftmaxProblem, walk: Walk, n: number): Pointer {
  const { temperature, mu, sigma } = problem;
  const pointer = engine.arena.stack(RULE_WORDS * 4, problem.where);
  const weighted = walk.half ? walk.rows - 2 : problem.diagonal ? walk.columns : walk.columns - 1;
  const anchors = walk.half || !problem.symmetric ? walk.rows : 2 * n;
  const doubles = [
    temperature,
    mu,
    sigma,
    logOf(engine, weighted),
    problem.meanOfNegatives ? logOf(engine, weighted) : 0,
    problem.hardNegativeLogit ?? 0,
    1 / anchors,
  ];
  engine.f64.set(doubles, pointer / 8);
  const after = pointer / 4 + doubles.length * 2;
  engine.i32[after] = Number(problem.positiveIn);
  engine.f32.set([1 / temperature, mu, 1 / (2 * sigma * sigma), 1 / (sigma * sigma)], after + 1);
  return pointer;
}

/** log of a whole number by the core, so that its bits are the same everywhere. */
function logOf(engine: Engine, value: number): number {
  return engine.core.logScalar(value);
}

/** Writes the core's Outcome: four sums, then the addresses of its arrays. */
function writeOutcome(engine: Engine, rows: number, positives: Pointer, extras: Pointer) {
  const losses = engine.stackZeros(rows, 'contrastive loss');
  const positiveGradients = engine.stackZeros(rows, 'contrastive loss');
  const extraGradients = engine.stackZeros(rows, 'contrastive loss');
  const pointer = engine.stackZeros(OUTCOME_WORDS, 'contrastive loss');
  engine.i32.set([positives, extras, losses, positiveGradients, extraGradients], pointer / 4 + 8);
  return { pointer, positiveGradients, extraGradients };
}

/** Both sweeps, group by group of row blocks. */
function sweep(
  core: Core,
  problem: SoftmaxProblem,
  walk: Walk,
  rule: Pointer,
  outcome: Pointer,
  gradients: boolean,
): void {
  const statistics = core[`${problem.objective}Statistics`];
  const finish = core[`${problem.objective}Finish`];
  const gradient = core[`${problem.objective}Gradients`];
  // As a float32, which is what the kernels subtract: the finish must add back the same number.
  const start = (k: number) => (walk.bounded ? Math.fround(problem.bounds[k]?.largest ?? 0) : Number.NEGATIVE_INFINITY);
  core.resetStats(walk.rowStats, walk.rows, start(0), start(1));
  if (walk.twoSided) core.resetStats(walk.columnStats, walk.columns, start(0), start(1));
  for (let from = 0; from < walk.blocks; from += walk.group) {
    const to = Math.min(walk.blocks, from + walk.group);
    statistics(rule, walk.pointer, from, to);
    if (walk.half) core.mergeRoles(walk.pointer);
    const last = Math.min(walk.rows, to * walk.block);
    finish(rule, outcome, walk.rowStats, walk.rowCoefficients, walk.rows, from * walk.block, last);
    if (walk.twoSided && !walk.half) {
      finish(rule, outcome, walk.columnStats, walk.columnCoefficients, walk.columns, 0, walk.columns);
    }
    if (gradients) gradient(rule, walk.pointer, from, to);
  }
}

/** Gradients of the scores that stand apart from the walk. */
function sendToPairs(
  engine: Engine,
  problem: SoftmaxProblem,
  walk: Walk,
  outcome: { positiveGradients: Pointer; extraGradients: Pointer },
  n: number,
  half: boolean,
): void {
  const { core } = engine;
  // In `image` the pair (i, i + n) is the positive of two anchors.
  if (half) core.addArray(outcome.positiveGradients, outcome.positiveGradients + n * 4, n);
  core.pairGradients(walk.pointer, half ? n : 0, n, outcome.positiveGradients);
  if (problem.hardNegativeLogit !== undefined) core.pairGradients(walk.pointer, n, n, outcome.extraGradients);
  if (half) core.addArray(walk.gradU, walk.gradV, (walk.rows * walk.rowBytes) / 4);
}

/** Through the normalisation into the gradients of the embeddings. */
function sendBack(inputs: readonly Tensor[], problem: SoftmaxProblem, outcome: Outcome, upstream: number): void {
  const { walk } = outcome;
  const half = problem.layout === 'image';
  inputs.forEach((input, k) => {
    if (!input.requiresGrad) return;
    const [n, d] = input.shape as [number, number];
    const offset = (half ? k : Math.max(0, k - 1)) * n * walk.rowBytes;
    const gradient = (half || k === 0 ? walk.gradU : walk.gradV) + offset;
    const unit = (half || k === 0 ? walk.unitU : walk.unitV) + offset;
    const inverse = outcome.inverseNorms[k] as Pointer;
    const { rowBytes } = walk;
    input.engine.core.l2NormalizeBackward(
      input.gradPointer,
      gradient,
      rowBytes,
      unit,
      rowBytes,
      inverse,
      n,
      d,
      upstream,
    );
  });
}

function addScalarGradients(
  learnt: SoftmaxProblem['learnt'],
  [temperature, mu, sigma]: Outcome['scalars'],
  upstream: number,
): void {
  const add = (target: Tensor | undefined, value: number) => {
    if (target === undefined) return;
    const index = target.gradPointer >>> 2;
    target.engine.f32[index] = (target.engine.f32[index] as number) + value * upstream;
  };
  add(learnt.temperature, temperature);
  add(learnt.mu, mu);
  add(learnt.sigma, sigma);
}

/** Names the first number that is not finite. */
function refuseNotFinite(where: string, inputs: readonly Tensor[]): never {
  for (const [k, input] of inputs.entries()) {
    const d = input.shape[1] as number;
    const at = input.data.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) {
      throw new AdnceError('E_VALUE', {
        where,
        what: `"${INPUT_NAMES[k]}" must be finite, row ${Math.floor(at / d)} column ${at % d} is ${input.data[at]}`,
        hint: 'check the data and lower the learning rate',
      });
    }
  }
  throw new Error(`internal: ${where} is not finite for finite embeddings. This is a bug in adnce, please report it.`);
}
