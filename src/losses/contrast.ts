/**
 * The one way every objective runs: unit rows and panels, positives, the sweeps of its row rule; then, when `backward()` comes,
 * through the normalisation into the gradients of the embeddings.
 */
import { along, COUNT, type Engine, FROM, type Pointer, TO } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { output, record, scalarGrad, type Tensor, wantsGrad } from '../tensor/index.js';
import { type Cast, castOf, type Placement } from './cast.js';
import { layOutWalk, type Walk } from './plan.js';
import type { Learnt, RowProblem } from './problem.js';
import type { MemoryQueue } from './queue.js';
import { isBounded, type Outcome, sumOutcomes, sweep, writeOutcome, writeRule } from './sweeps.js';

/** Rows, and pairs, that a thread takes at a time: some tens of microseconds of work. */
const ROW_GRAIN = 256;

/** What the positives of the anchors are, where they are more than one row each (SupCon). */
export interface Positives {
  /** f64[rows], mean scores; called once the unit rows stand. */
  scores(engine: Engine, walk: Walk, out: Pointer): void;
  /** Sends ∂L/∂p f32[rows] to the gradients of the unit rows. */
  gradients(engine: Engine, walk: Walk, slopes: Pointer): void;
  /** Weight of each anchor in the loss. */
  shares: Float64Array;
}

/** Unit rows of both sides and the gradients by them. */
export type Units = Pick<Walk, 'depth' | 'rowBytes' | 'unitU' | 'unitV' | 'gradU' | 'gradV'> & {
  /** Their float64 digits; 0: not wanted. */
  exactU?: Pointer;
  exactV?: Pointer;
};

/** Everything the sweeps left behind for `backward()`. */
interface Result {
  walk: Units;
  inverseNorms: readonly Pointer[];
  /** dτ, dμ, dσ. */
  scalars: readonly number[];
}

/**
 * Runs an objective on embeddings a, b f32[n, d], not normalised.
 * @returns the mean loss over anchors, a scalar
 * @throws E_SHAPE when shapes differ or n is too small, E_VALUE when an embedding is not finite
 */
export function contrastiveLoss(a: Tensor, b: Tensor, problem: RowProblem): Tensor {
  return runProblem(castOf(a, b, problem), problem);
}

/** The same for a cast that is known already. */
export function runProblem(cast: Cast, problem: RowProblem, positives?: Positives): Tensor {
  const tensors = cast.placements.map(({ tensor }) => tensor);
  const learnt = problem.learnt.filter((tensor) => tensor !== undefined);
  const loss = output([...tensors, ...learnt], [], problem.where);
  const result = run(cast, problem, loss, wantsGrad(...tensors), positives);
  record(loss, () => {
    const upstream = scalarGrad(loss);
    addScalarGradients(problem.learnt, result.scalars, upstream);
    if (result.walk.gradU !== 0) sendBack(cast, result, upstream);
  });
  return loss;
}

function run(
  cast: Cast,
  problem: RowProblem,
  loss: Tensor,
  gradients: boolean,
  positives: Positives | undefined,
): Result {
  const { engine } = loss;
  const { where, objective } = problem;
  const depth = (cast.placements[0] as Placement).tensor.shape[1] as number;
  const walk = layOutWalk(engine, {
    rows: cast.rows,
    columns: cast.columns,
    depth,
    half: cast.half,
    twoSided: cast.half || problem.symmetric,
    bounded: isBounded(objective),
    exclusions: cast.exclusions,
    front: cast.front,
    gradColumns: cast.gradColumns,
    gradients,
    repeated: objective.search !== undefined,
    learns: problem.learnt.some((tensor) => tensor !== undefined),
  });
  const inverseNorms = normalizeInputs(engine, walk, cast, where);
  copyQueue(problem.candidates.queue, walk, cast);
  packUnits(engine, walk, gradients);

  const outcome = scorePairs(engine, walk, cast, positives);
  const rule = writeRule(engine, problem, {
    candidates: cast.candidates,
    anchors: cast.half || !problem.symmetric ? cast.rows : 2 * cast.rows,
    exact: walk.exact === 1,
  });
  sweep({ engine, objective, walk, rule, outcome }, gradients);
  if (gradients) sendToPairs(engine, walk, cast, outcome, positives);

  const [value, ...scalars] = sumOutcomes(engine, outcome);
  if (!Number.isFinite(value)) refuseNotFinite(where, cast);
  engine.f32[loss.pointer >>> 2] = value;
  return { walk, inverseNorms, scalars };
}

/** Fills the unit rows; returns where 1/‖·‖ of each input stands. */
export function normalizeInputs(engine: Engine, walk: Units, cast: Cast, where: string): Pointer[] {
  return cast.placements.map(({ tensor, side, row }) => {
    const n = tensor.shape[0] as number;
    const inverse = engine.arena.stack(n * 8, 'contrastive loss');
    const unit = walk[`unit${side}`] + row * walk.rowBytes;
    const { depth, rowBytes } = walk;
    const [x, out] = [along(tensor.pointer, depth * 4), along(unit, rowBytes)];
    const bad = engine.run('l2NormalizeForward', n, ROW_GRAIN, [x, COUNT, depth, out, rowBytes, along(inverse, 8)]);
    if (bad > 0) refuseNotFinite(where, cast);
    const exact = walk[`exact${side}`];
    if (exact) {
      const rows = exact + row * depth * 8;
      engine.core.l2NormalizeDoubles(tensor.pointer, depth * 4, n, depth, inverse, rows);
    }
    return inverse;
  });
}

/** Rows of a queue stand behind all candidates that take gradients. */
export function copyQueue(queue: MemoryQueue | undefined, walk: Units, cast: Cast): void {
  if (queue === undefined) return;
  const { depth, rowBytes, exactV } = walk;
  const rows = walk.unitV + cast.gradColumns * rowBytes;
  queue.copyTo(rows);
  if (!exactV) return;
  const exact = exactV + cast.gradColumns * depth * 8;
  queue.engine.core.l2NormalizeDoubles(rows, rowBytes, queue.length, depth, 0, exact);
}

function packUnits(engine: Engine, walk: Walk, gradients: boolean): void {
  const { rowBytes, depth } = walk;
  const [rows, panels] = [along(walk.unitV, rowBytes), along(walk.transposedV, depth * 4)];
  engine.run('packTransposed', walk.columns, ROW_GRAIN, [rows, rowBytes, COUNT, depth, panels]);
  if (!gradients || walk.rightV === walk.unitV) return;
  packRight(engine, walk, walk.unitV, walk.columns, walk.rightV);
  if (!walk.half) packRight(engine, walk, walk.unitU, walk.rows, walk.rightU);
}

/** Unit rows as panels of eight dimensions. */
function packRight(engine: Engine, { depth, rowBytes }: Walk, unit: Pointer, rows: number, panels: Pointer): void {
  // A unit of work is a panel.
  const dimensions = [0, -8, 8] as const;
  const eights = Math.ceil(depth / 8);
  engine.run('packRows', eights, 2, [along(unit, 32), rowBytes, dimensions, rows, along(panels, rows * 32)]);
}

/** The scores that stand apart from the walk: of positives and of own hard negatives. */
function scorePairs(engine: Engine, walk: Walk, cast: Cast, positives: Positives | undefined): Outcome {
  const { arena } = engine;
  const { rows, pairs } = cast;
  const score = (offset: number, out: Pointer) => {
    engine.run('pairScores', pairs, ROW_GRAIN, [walk.pointer, offset, FROM, TO, out]);
  };
  const scores = arena.stack(rows * 8, 'contrastive loss');
  if (positives === undefined) {
    score(cast.positiveOffset, scores);
    if (pairs < rows) engine.f64.copyWithin(scores / 8 + pairs, scores / 8, scores / 8 + pairs);
  } else positives.scores(engine, walk, scores);
  const extras = cast.extraOffset === undefined ? 0 : arena.stack(rows * 8, 'contrastive loss');
  if (cast.extraOffset !== undefined) score(cast.extraOffset, extras);
  let shares = 0;
  if (positives !== undefined) {
    shares = arena.stack(rows * 8, 'contrastive loss');
    engine.f64.set(positives.shares, shares / 8);
  }
  return writeOutcome(engine, rows, { positives: scores, extras, shares, exact: walk.exact });
}

/** Gradients of the scores that stand apart from the walk. */
function sendToPairs(engine: Engine, walk: Walk, cast: Cast, outcome: Outcome, positives: Positives | undefined): void {
  const { rows, pairs } = cast;
  const send = (offset: number, gradients: Pointer) => {
    engine.run('pairGradients', pairs, ROW_GRAIN, [walk.pointer, offset, FROM, TO, gradients]);
  };
  const slopes = outcome.positiveGradients;
  if (positives !== undefined) positives.gradients(engine, walk, slopes);
  else {
    // In `image` the pair (i, i + n) is the positive of two anchors.
    if (pairs < rows) engine.core.addArray(slopes, slopes + pairs * 4, pairs);
    send(cast.positiveOffset, slopes);
  }
  if (cast.extraOffset !== undefined) send(cast.extraOffset, outcome.extraGradients);
}

/** Through the normalisation into the gradients of the embeddings. */
export function sendBack(
  cast: Cast,
  { walk, inverseNorms }: Pick<Result, 'walk' | 'inverseNorms'>,
  upstream: number,
): void {
  const { rowBytes } = walk;
  cast.placements.forEach(({ tensor, side, row }, k) => {
    if (!tensor.requiresGrad) return;
    const [n, d] = tensor.shape as [number, number];
    const offset = row * rowBytes;
    const target = along(tensor.gradPointer, d * 4);
    const gradient = along(walk[`grad${side}`] + offset, rowBytes);
    const unit = along(walk[`unit${side}`] + offset, rowBytes);
    const inverse = along(inverseNorms[k] as Pointer, 8);
    const rows = [gradient, rowBytes, unit, rowBytes, inverse, COUNT] as const;
    tensor.engine.run('l2NormalizeBackward', n, ROW_GRAIN, [target, ...rows, d, upstream]);
  });
}

export function addScalarGradients(learnt: Learnt, slopes: readonly number[], upstream: number): void {
  learnt.forEach((target, k) => {
    if (target === undefined) return;
    const index = target.gradPointer >>> 2;
    target.engine.f32[index] = (target.engine.f32[index] as number) + (slopes[k] as number) * upstream;
  });
}

/** Names the first number that is not finite. */
function refuseNotFinite(where: string, cast: Cast): never {
  for (const { name, tensor } of cast.placements) {
    const d = tensor.shape[1] as number;
    const at = tensor.data.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) {
      throw new AdnceError('E_VALUE', {
        where,
        what: `"${name}" must be finite, row ${Math.floor(at / d)} column ${at % d} is ${tensor.data[at]}`,
        hint: 'check the data and lower the learning rate',
      });
    }
  }
  throw new Error(`internal: ${where} is not finite for finite embeddings. This is a bug in adnce, please report it.`);
}
