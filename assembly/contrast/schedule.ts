/**
 * Who walks over which tile when. Round r holds the tiles (i, j) with i + j ≡ r modulo the larger number of blocks, so that
 * in one round no two tiles share a row block or a column block:
 *
 *     half = 0                       half = 1 (U is V, scores are symmetric)
 *     ┌───┬───┬───┐                  ┌───┬───┬───┐
 *     │ 0 │ 1 │ 2 │  round of        │ 0 │ 1 │ 2 │   one tile of each mirrored pair;
 *     ├───┼───┼───┤  each tile       ├───┼───┼───┤   it serves the rows of both its
 *     │ 1 │ 2 │ 0 │                  │   │ 2 │ 0 │   sides, so block k takes part in
 *     ├───┼───┼───┤                  ├───┼───┼───┤   every round as row or as column
 *     │ 2 │ 0 │ 1 │                  │   │   │ 1 │
 *     └───┴───┴───┘                  └───┴───┴───┘
 *
 * Threads take tiles from one counter, rounds ascending. Before a thread touches what belongs to a block it waits until the
 * block's tile of the round before is finished. So every block meets its tiles in the same order whatever the number of
 * threads, and there is no barrier between rounds: a thread waits only for a tile that another has in hand.
 */
import { add, read, waitWhile, wakeAll, write } from '../parallel/atomics';
import { beat, fail, failed, patience, teamBeat } from '../parallel/team';
import { Plan, Tile } from './plan';

/** Longest sleep between two looks at whether the job was given up. */
const NAP_MILLISECONDS = 20;
/** Naps in which no thread gets on, after which the job is given up. */
const NAPS_WITHOUT_PROGRESS = 75;

/** Where the number of finished rounds of a row block stands. */
// @ts-ignore: decorator
@inline
function rowProgress(plan: Plan, block: usize): usize {
  return plan.schedule + 4 + block * 4;
}

/** The same of a column block; when half, a block has one number for both its roles. */
// @ts-ignore: decorator
@inline
function columnProgress(plan: Plan, block: usize): usize {
  return plan.schedule + 4 + (plan.half ? block : plan.blocksDown + block) * 4;
}

/** Bytes of a schedule: the counter of tiles and the progress of each block. */
export function scheduleBytes(blocksDown: usize, blocksAcross: usize): usize {
  return 4 + (blocksDown + blocksAcross) * 4;
}

/** Makes all tiles open again. */
export function resetSchedule(plan: Plan): void {
  memory.fill(plan.schedule, 0, scheduleBytes(plan.blocksDown, plan.blocksAcross));
}

/** Number of rounds of the row blocks [from, to). */
// @ts-ignore: decorator
@inline
function roundsOf(plan: Plan, from: usize, to: usize): usize {
  return max(plan.blocksAcross, to - from);
}

/**
 * Rounds that must be finished before block `own` may meet block `other` in `round`: up to the one where it met its last partner,
 * which is the one before `other` among [first, last), cyclically.
 */
// @ts-ignore: decorator
@inline
function turn(own: usize, other: usize, first: usize, last: usize, rounds: usize, round: usize): usize {
  const before = ((other > first ? other : last) - 1 + own) % rounds;
  return before < round ? before + 1 : 0;
}

/**
 * Takes the next tile of the row blocks [from, to) and waits for its turn.
 * @returns false when there is none left, or the job was given up
 */
export function takeTile(plan: Plan, tile: Tile, from: usize, to: usize): bool {
  const across = plan.blocksAcross;
  const rounds = roundsOf(plan, from, to);
  const perRound = to - from;
  let i: usize, j: usize, round: usize;
  do {
    const next = <usize>add(plan.schedule, 1);
    if (next >= perRound * rounds) return false;
    round = next / perRound;
    i = from + (next % perRound);
    j = (round + rounds - (i % rounds)) % rounds;
  } while (j >= across || (plan.half && j < i));
  tile.place(plan, i, j, round);
  if (plan.half) return awaitTurn(rowProgress(plan, i), round) && awaitTurn(columnProgress(plan, j), round);
  return (
    awaitTurn(rowProgress(plan, i), turn(i, j, 0, across, rounds, round)) &&
    awaitTurn(columnProgress(plan, j), turn(j, i, from, to, rounds, round))
  );
}

/** Waits until `rounds` rounds of a block are finished; false when the job was given up. */
function awaitTurn(progress: usize, rounds: usize): bool {
  let done = read(progress);
  let quiet = 0;
  let beats = teamBeat();
  while (done < <i32>rounds) {
    if (failed()) return false;
    waitWhile(progress, done, patience(), NAP_MILLISECONDS);
    done = read(progress);
    const now = teamBeat();
    quiet = now == beats ? quiet + 1 : 0;
    beats = now;
    // Whoever has the tile this one waits for is gone.
    if (quiet == NAPS_WITHOUT_PROGRESS) fail();
  }
  return true;
}

/** The tile's blocks may be touched by the next round. */
export function finishTile(plan: Plan, tile: Tile): void {
  const rounds = <i32>tile.round + 1;
  const row = rowProgress(plan, tile.rowBlock);
  write(row, rounds);
  wakeAll(row);
  const column = columnProgress(plan, tile.columnBlock);
  if (column != row) {
    write(column, rounds);
    wakeAll(column);
  }
  beat();
}
