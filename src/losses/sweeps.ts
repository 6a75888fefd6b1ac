/**
 * The sweeps of a row rule over a walk, group by group of row blocks: the search for shifts where the rule needs one,
 * statistics, finishing, gradients.
 */
import { along, COUNT, type Engine, FROM, type Pointer, type SweepName, TO } from '../engine/index.js';
import { STATS_BYTES, type Walk } from './plan.js';
import type { Counts, RowObjective, RowProblem, ShiftSearch } from './problem.js';

/** Beyond this range e^{q − shift} would leave the normal numbers, so each row gets a shift of its own. */
const BOUNDED_RANGE = 64;
/** Turns after which a search takes what it has: bisection alone needs fewer. */
const LONGEST_SEARCH = 80;
/** Bytes of the core's RowRule before the fields of the rule itself. */
const RULE_BYTES = 48;
/** Bytes of a parameter of lanes. */
const LANES_BYTES = 16;
/** Bytes of the core's Outcome, padded. */
const OUTCOME_BYTES = 64;
/** Anchors that share an Outcome, and that a thread takes at a time. */
const ANCHOR_GRAIN = 256;

/** Addresses of the core's Outcomes, one for each block of anchors, and of the arrays over all anchors that are read afterwards. */
export interface Outcome {
  pointer: Pointer;
  count: number;
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
  const { doubles, lanes } = objective.fields(counts, engine);
  const first = RULE_BYTES + Math.ceil(doubles.length / 2) * LANES_BYTES;
  const pointer = engine.arena.stack(first + lanes.length * LANES_BYTES, problem.where);
  engine.f64.set([temperature, 1 / counts.anchors, counts.candidates], pointer / 8);
  writeLanes(engine, pointer + RULE_BYTES - LANES_BYTES, [1 / temperature]);
  engine.f64.set(doubles, (pointer + RULE_BYTES) / 8);
  writeLanes(engine, pointer + first, lanes);
  return pointer;
}

/** Parameters of lanes: each as a float32 in the first four bytes and as a float64 in the last eight. */
function writeLanes(engine: Engine, pointer: Pointer, numbers: readonly number[]): void {
  numbers.forEach((x, k) => {
    const at = pointer + k * LANES_BYTES;
    engine.f32[at / 4] = x;
    engine.f64[at / 8 + 1] = x;
  });
}

/** Writes the core's Outcomes: four sums each, then the addresses of arrays over all anchors. */
export function writeOutcome(
  engine: Engine,
  rows: number,
  given: { positives: Pointer; extras: Pointer; shares: Pointer; exact: number },
): Outcome {
  const losses = engine.stackZeros(rows, 'contrastive loss');
  const positiveGradients = engine.stackZeros(rows, 'contrastive loss');
  const extraGradients = engine.stackZeros(rows, 'contrastive loss');
  const count = Math.ceil(rows / ANCHOR_GRAIN);
  const pointer = engine.stackZeros((count * OUTCOME_BYTES) / 4, 'contrastive loss');
  const arrays = [given.positives, given.extras, losses, positiveGradients, extraGradients, given.shares, given.exact];
  for (let k = 0; k < count; k++) engine.i32.set(arrays, (pointer + k * OUTCOME_BYTES) / 4 + 8);
  return { pointer, count, positiveGradients, extraGradients };
}

/** Loss, dτ, dμ, dσ: the sums of all Outcomes in order. */
export function sumOutcomes(engine: Engine, { pointer, count }: Outcome): [number, number, number, number] {
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const at = (pointer + k * OUTCOME_BYTES) / 8;
    for (let j = 0; j < 4; j++) sums[j] = (sums[j] as number) + (engine.f64[at + j] as number);
  }
  return sums;
}

/** The Outcome of the block of anchors that a thread works on, of those from `first` on. */
function outcomeOf({ pointer }: Outcome, first: number) {
  const bytes = OUTCOME_BYTES / ANCHOR_GRAIN;
  return along(pointer - first * bytes, bytes);
}

/** Both sweeps. */
export function sweep(run: Run, gradients: boolean): void {
  const { engine, objective, walk, rule, outcome } = run;
  reset(run);
  const search = searchOf(run);
  for (let from = 0; from < walk.blocks; from += walk.group) {
    const to = Math.min(walk.blocks, from + walk.group);
    search?.(from, to);
    walkOver(run, objective.statistics, from, to);
    eachSide(run, from, to, ({ stats, coefficients, count }, first, last) => {
      const block = [outcomeOf(outcome, first), stats, coefficients, count, FROM, TO] as const;
      engine.run(objective.finish, [first, last], ANCHOR_GRAIN, [rule, ...block]);
    });
    if (gradients) walkOver(run, objective.gradients, from, to);
    engine.i32[walk.scoredWord / 4] = 0;
  }
}

/** Empty statistics: at the constant shift of a bounded rule, else below every score. */
function reset({ engine, objective, walk }: Run): void {
  // As a float32, which is what the kernels subtract: the finish must add back the same number.
  const bounded = isBounded(objective);
  const start = (k: number) => (bounded ? Math.fround(objective.bounds[k]?.largest ?? 0) : Number.NEGATIVE_INFINITY);
  const clear = (stats: Pointer, n: number) => {
    engine.run('resetStats', n, 4 * ANCHOR_GRAIN, [along(stats, STATS_BYTES), COUNT, start(0), start(1)]);
  };
  clear(walk.rowStats, walk.rows);
  if (walk.twoSided && !walk.half) clear(walk.columnStats, walk.columns);
}

/** A sweep over a group, on all threads. */
function walkOver({ engine, walk, rule }: Run, kernel: SweepName, from: number, to: number): void {
  engine.core.resetSchedule(walk.pointer);
  engine.runTogether(kernel, [rule, walk.pointer, from, to]);
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

/** What finds the shifts of a group of anchors, or nothing. */
function searchOf(run: Run): ((from: number, to: number) => void) | undefined {
  const { engine, objective, rule, outcome } = run;
  const { search } = objective;
  if (search === undefined) return undefined;
  if (search.kind !== 'hinge') return searchBySweeps(run, search);
  return (from, to) =>
    eachSide(run, from, to, ({ stats }, first, last) => {
      engine.run('hingeStart', [first, last], ANCHOR_GRAIN, [rule, outcome.pointer, stats, FROM, TO]);
    });
}

/** Sweeps until every anchor's shift is found. Scores that are kept are computed once. */
function searchBySweeps(
  run: Run,
  { kind, statistics, doublesPerAnchor }: Exclude<ShiftSearch, { kind: 'hinge' }>,
): (from: number, to: number) => void {
  const { engine, walk, rule } = run;
  const ranges = { ...run, rule: writeRangeRule(engine) };
  const bytes = doublesPerAnchor * 8;
  const states = engine.arena.stack((walk.rows + walk.columns) * bytes, 'contrastive loss');
  return (from, to) => {
    walkOver(ranges, 'slopesStatistics', from, to);
    if (walk.keptTiles > 0) engine.i32[walk.scoredWord / 4] = 1;
    const anchors = (step: 'Start' | 'Step') => {
      let sum = 0;
      eachSide(run, from, to, ({ stats, before }, first, last) => {
        const own = states + before * bytes;
        sum += engine.run(`${kind}${step}`, [first, last], ANCHOR_GRAIN, [rule, stats, own, FROM, TO]);
      });
      return sum;
    };
    anchors('Start');
    for (let turn = 0; turn < LONGEST_SEARCH; turn++) {
      walkOver(run, statistics, from, to);
      // Until no anchor is open.
      if (anchors('Step') === 0) break;
    }
  };
}

/** A rule whose log-weights are s and −s: the maxima of its families are the largest score and minus the smallest. */
function writeRangeRule(engine: Engine): Pointer {
  const pointer = engine.arena.stack(RULE_BYTES + 3 * LANES_BYTES, 'contrastive loss');
  writeLanes(engine, pointer + RULE_BYTES + LANES_BYTES, [1, -1]);
  return pointer;
}
