/**
 * The sweeps of a row rule over a walk, group by group of row blocks: the search for shifts where the rule needs one,
 * statistics, finishing, gradients.
 */
import type { Engine, Pointer, SweepName } from '../engine/index.js';
import type { Walk } from './plan.js';
import type { Counts, RowObjective, RowProblem, ShiftSearch } from './problem.js';

/** Beyond this range e^{q − shift} would leave the normal numbers, so each row gets a shift of its own. */
const BOUNDED_RANGE = 64;
/** Turns after which a search takes what it has: bisection alone needs fewer. */
const LONGEST_SEARCH = 80;
/** Bytes of the core's RowRule before the fields of the rule itself. */
const RULE_BYTES = 32;
/** Words of the core's Outcome. */
const OUTCOME_WORDS = 14;

/** Addresses of the core's Outcome and of its arrays that are read afterwards. */
export interface Outcome {
  pointer: Pointer;
  positiveGradients: Pointer;
  extraGradients: Pointer;
}

/** One objective at work. */
export interface Run {
  engine: Engine;
  objective: RowObjective;
  walk: Walk;
  rule: Pointer;
  outcome: Outcome;
}

/** Whether one constant shift serves all rows. */
export function isBounded(objective: RowObjective): boolean {
  return objective.search === undefined && objective.bounds.every(({ range }) => range <= BOUNDED_RANGE);
}

/** Writes the core's RowRule and, behind it, the fields of the rule itself. */
export function writeRule(engine: Engine, problem: RowProblem, counts: Counts): Pointer {
  const { temperature, objective } = problem;
  const { doubles, floats } = objective.fields(counts, engine);
  const pointer = engine.arena.stack(RULE_BYTES + doubles.length * 8 + floats.length * 4, problem.where);
  engine.f64.set([temperature, 1 / counts.anchors, counts.candidates], pointer / 8);
  engine.f32.set([1 / temperature, 0], pointer / 4 + 6);
  engine.f64.set(doubles, (pointer + RULE_BYTES) / 8);
  engine.f32.set(floats, (pointer + RULE_BYTES) / 4 + doubles.length * 2);
  return pointer;
}

/** Writes the core's Outcome: four sums, then the addresses of its arrays. */
export function writeOutcome(
  engine: Engine,
  rows: number,
  given: { positives: Pointer; extras: Pointer; shares: Pointer },
): Outcome {
  const losses = engine.stackZeros(rows, 'contrastive loss');
  const positiveGradients = engine.stackZeros(rows, 'contrastive loss');
  const extraGradients = engine.stackZeros(rows, 'contrastive loss');
  const pointer = engine.stackZeros(OUTCOME_WORDS, 'contrastive loss');
  const arrays = [given.positives, given.extras, losses, positiveGradients, extraGradients, given.shares];
  engine.i32.set(arrays, pointer / 4 + 8);
  return { pointer, positiveGradients, extraGradients };
}

/** Both sweeps. */
export function sweep(run: Run, gradients: boolean): void {
  const { engine, objective, walk, rule, outcome } = run;
  const { core } = engine;
  reset(run);
  const search = searchOf(run);
  for (let from = 0; from < walk.blocks; from += walk.group) {
    const to = Math.min(walk.blocks, from + walk.group);
    search?.(from, to);
    gather(run, objective.statistics, from, to);
    eachSide(run, from, to, (side, first, last) =>
      core[objective.finish](rule, outcome.pointer, side.stats, side.coefficients, side.count, first, last),
    );
    if (gradients) core[objective.gradients](rule, walk.pointer, from, to);
    engine.i32[walk.scoredWord / 4] = 0;
  }
}

/** Empty statistics: at the constant shift of a bounded rule, else below every score. */
function reset({ engine, objective, walk }: Run): void {
  const { core } = engine;
  // As a float32, which is what the kernels subtract: the finish must add back the same number.
  const bounded = isBounded(objective);
  const start = (k: number) => (bounded ? Math.fround(objective.bounds[k]?.largest ?? 0) : Number.NEGATIVE_INFINITY);
  core.resetStats(walk.rowStats, walk.rows, start(0), start(1));
  if (walk.twoSided) core.resetStats(walk.columnStats, walk.columns, start(0), start(1));
}

/** Sweep 1 over a group; in a half walk both roles of an anchor become one. */
function gather({ engine, walk, rule }: Run, statistics: SweepName, from: number, to: number): void {
  engine.core[statistics](rule, walk.pointer, from, to);
  if (walk.half) engine.core.mergeRoles(walk.pointer);
}

/** The anchors of one direction. */
interface Side {
  stats: Pointer;
  coefficients: Pointer;
  count: number;
  /** Anchors of the other directions before these. */
  before: number;
}

/** Calls `work` for the anchors of a group: its rows and, when candidates are anchors of the opposite direction, these. */
function eachSide(
  { walk }: Run,
  from: number,
  to: number,
  work: (side: Side, first: number, last: number) => void,
): void {
  const rows = { stats: walk.rowStats, coefficients: walk.rowCoefficients, count: walk.rows, before: 0 };
  work(rows, from * walk.block, Math.min(walk.rows, to * walk.block));
  if (!walk.twoSided || walk.half) return;
  const { columnStats: stats, columnCoefficients: coefficients, columns: count } = walk;
  work({ stats, coefficients, count, before: walk.rows }, 0, count);
}

/** In a half walk both roles of an anchor have the same shifts. */
function shareShifts({ engine, walk }: Run): void {
  if (walk.half) engine.core.clearSums(walk.columnStats, walk.rowStats, walk.columns);
}

/** What finds the shifts of a group of anchors, or nothing. */
function searchOf(run: Run): ((from: number, to: number) => void) | undefined {
  const { engine, objective, rule, outcome } = run;
  const { search } = objective;
  if (search === undefined) return undefined;
  if (search.kind !== 'hinge') return searchBySweeps(run, search);
  return (from, to) => {
    eachSide(run, from, to, ({ stats }, first, last) =>
      engine.core.hingeStart(rule, outcome.pointer, stats, first, last),
    );
    shareShifts(run);
  };
}

/** Sweeps until every anchor's shift is found. Scores that are kept are computed once. */
function searchBySweeps(
  run: Run,
  { kind, statistics, doublesPerAnchor }: Exclude<ShiftSearch, { kind: 'hinge' }>,
): (from: number, to: number) => void {
  const { engine, walk, rule } = run;
  const { core } = engine;
  const ranges = { ...run, rule: writeRangeRule(engine) };
  const bytes = doublesPerAnchor * 8;
  const states = engine.arena.stack((walk.rows + walk.columns) * bytes, 'contrastive loss');
  return (from, to) => {
    gather(ranges, 'slopesStatistics', from, to);
    if (walk.keptBlocks > 0) engine.i32[walk.scoredWord / 4] = 1;
    eachSide(run, from, to, ({ stats, before }, first, last) =>
      core[`${kind}Start`](rule, stats, states + before * bytes, first, last),
    );
    for (let turn = 0; turn < LONGEST_SEARCH; turn++) {
      shareShifts(run);
      gather(run, statistics, from, to);
      let open = 0;
      eachSide(run, from, to, ({ stats, before }, first, last) => {
        open += core[`${kind}Step`](rule, stats, states + before * bytes, first, last);
      });
      if (open === 0) break;
    }
    shareShifts(run);
  };
}

/** A rule whose log-weights are s and −s: the maxima of its families are the largest score and minus the smallest. */
function writeRangeRule(engine: Engine): Pointer {
  const pointer = engine.arena.stack(RULE_BYTES + 24, 'contrastive loss');
  engine.f32.set([1, -1], (pointer + RULE_BYTES) / 4 + 4);
  return pointer;
}
