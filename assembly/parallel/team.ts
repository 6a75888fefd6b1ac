/**
 * Threads that share one memory and work on one job at a time. The first thread opens a job of numbered blocks; whoever is
 * awake takes the next block until there are none; the first thread waits until all are finished and closes the job.
 *
 *     first thread    write the job, open ─ take, work, finish … ─ wait: finished = blocks ─ close ─ wait: inside = 0
 *     other threads   sleep on `epoch` ─ join ─ take, work, finish … ─ leave ─ spin a while, then sleep
 *
 * A thread that wakes up late finds the job closed, or a whole new one: a job is written only while nobody is inside, and a
 * thread reads it only after it has seen, from inside, that it is open. So nobody is waited for who has taken nothing.
 */
import { add, read, waitWhile, wakeAll, write } from './atomics';
import { teamAddress } from './thread';


@unmanaged
export class Team {
  /** Rises with each job and when the team is dismissed: what idle threads sleep on. */
  epoch: i32;
  /** 1 while the job may be joined, −1 once the team is dismissed. */
  open: i32;
  /** Threads inside the job, the first not counted. */
  inside: i32;
  /** Number of the next block, and how many there are. */
  next: i32;
  blocks: i32;
  /** Blocks that are finished. */
  finished: i32;
  /** Rises whenever a thread gets on: tells a slow team from a dead one. */
  beats: i32;
  /** 1 when the job can't be finished: everybody leaves. */
  failed: i32;
  /** How often a thread that waits looks before it sleeps: 0 where threads outnumber processors. */
  spins: i32;
}

/** Bytes of a team's record. */
export function teamBytes(): usize {
  return offsetof<Team>();
}

/** First thread: readies a team whose members look `spins` times before they sleep. */
export function prepareTeam(team: usize, spins: i32): void {
  memory.fill(team, 0, offsetof<Team>());
  changetype<Team>(team).spins = spins;
}

/** First thread: opens a job of `blocks` blocks. Nobody may be inside. */
export function openJob(team: usize, blocks: i32): void {
  write(team + offsetof<Team>('next'), 0);
  write(team + offsetof<Team>('finished'), 0);
  changetype<Team>(team).blocks = blocks;
  write(team + offsetof<Team>('open'), 1);
  add(team + offsetof<Team>('epoch'), 1);
  wakeAll(team + offsetof<Team>('epoch'));
}

/** First thread: nobody may join any more. */
export function closeJob(team: usize): void {
  write(team + offsetof<Team>('open'), 0);
}

/** First thread: sends all others home, for good. */
export function dismissTeam(team: usize): void {
  write(team + offsetof<Team>('open'), -1);
  add(team + offsetof<Team>('epoch'), 1);
  wakeAll(team + offsetof<Team>('epoch'));
}

/** Other threads: sleeps until `epoch` is no longer `seen`; the new one, or −1 when the team is dismissed. */
export function awaitJob(team: usize, seen: i32): i32 {
  const epoch = team + offsetof<Team>('epoch');
  while (!waitWhile(epoch, seen, changetype<Team>(team).spins, -1)) {}
  return read(team + offsetof<Team>('open')) < 0 ? -1 : read(epoch);
}

/** Other threads: goes inside; whether there is a job. Every join is followed by {@link leaveJob}. */
export function joinJob(team: usize): bool {
  add(team + offsetof<Team>('inside'), 1);
  return read(team + offsetof<Team>('open')) == 1;
}

export function leaveJob(team: usize): void {
  const inside = team + offsetof<Team>('inside');
  add(inside, -1);
  wakeAll(inside);
}

/** The next block of the job, or −1 when all are taken or the job has failed. */
export function takeBlock(team: usize): i32 {
  if (read(team + offsetof<Team>('failed'))) return -1;
  const block = add(team + offsetof<Team>('next'), 1);
  return block < changetype<Team>(team).blocks ? block : -1;
}

/** A block that was taken is finished. */
export function finishBlock(team: usize): void {
  add(team + offsetof<Team>('beats'), 1);
  const finished = team + offsetof<Team>('finished');
  if (add(finished, 1) + 1 == changetype<Team>(team).blocks) wakeAll(finished);
}

/**
 * First thread: waits a while for all blocks to be finished.
 * @returns whether they are
 */
export function awaitBlocks(team: usize, milliseconds: i32): bool {
  const finished = team + offsetof<Team>('finished');
  const job = changetype<Team>(team);
  for (let turn = 0; turn < job.spins; turn++) if (read(finished) == job.blocks) return true;
  const now = read(finished);
  return now == job.blocks || (waitWhile(finished, now, 0, milliseconds) && read(finished) == job.blocks);
}

/**
 * First thread: waits a while for all others to leave.
 * @returns whether they have
 */
export function awaitLeave(team: usize, milliseconds: i32): bool {
  const inside = team + offsetof<Team>('inside');
  const now = read(inside);
  return now == 0 || (waitWhile(inside, now, changetype<Team>(team).spins, milliseconds) && read(inside) == 0);
}

/** The job can't be finished: whoever sees this leaves it. */
export function failJob(team: usize): void {
  write(team + offsetof<Team>('failed'), 1);
  wakeAll(team + offsetof<Team>('finished'));
}

export function jobFailed(team: usize): bool {
  return read(team + offsetof<Team>('failed')) != 0;
}

/** A number that changes whenever a thread gets on. */
export function teamBeats(team: usize): i32 {
  return read(team + offsetof<Team>('beats'));
}

/** Says that this thread gets on with a long block. */
export function beat(): void {
  const team = teamAddress();
  if (team) add(team + offsetof<Team>('beats'), 1);
}

/** {@link teamBeats} of the team this thread belongs to. */
export function teamBeat(): i32 {
  const team = teamAddress();
  return team ? teamBeats(team) : 0;
}

/** Gives up the job this thread works on. */
export function fail(): void {
  const team = teamAddress();
  if (team) failJob(team);
}

/** Whether the job this thread works on was given up. */
export function failed(): bool {
  const team = teamAddress();
  return team != 0 && jobFailed(team);
}

/** How often to look before sleeping. */
export function patience(): i32 {
  const team = teamAddress();
  return team ? changetype<Team>(team).spins : 0;
}
