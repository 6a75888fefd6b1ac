/**
 * The comparison: on every problem each peer runs beside ours, turn and turn about, so that what else the machine does hits
 * both alike. Ours stays open through all of a problem; one peer at a time is open beside it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdnceError } from '../../errors.js';
import { Contender, type Task } from './contender.js';
import { drawInputs, writeInputs } from './inputs.js';
import type { Measurement } from './measurement.js';
import { PEERS, type PeerInfo } from './peers/index.js';
import { type Problem, problemTitle } from './problem.js';
import { findProgram } from './programs.js';
import { exact } from './reference/index.js';
import { roundsFor } from './statistics.js';

/** Ours, to which all others are compared. */
export const BASELINES: readonly string[] = ['adnce', 'adnce-threads'];
/** Most milliseconds of steps of ours in one measurement beside a peer that takes long. */
const LONGEST_SAMPLE = 500;

/** Limits of the machine, measured among the peers. */
export const LIMITS: readonly string[] = ['simd-limit', 'tile', 'tile-threads'];

/** Options of {@link compare}. */
export interface CompareOptions {
  problems: readonly Problem[];
  /** Names of peers; ours on one thread is always among them. */
  peers: readonly string[];
  /** Least number of rounds. */
  repeats: number;
  seed: number;
  /** Folders in which the peers' packages are looked for. */
  folders: readonly string[];
  /** Told what is running. */
  progress?: (text: string) => void;
  /** Told the rows of every problem when they are complete. */
  measured?: (rows: readonly Measurement[]) => void;
  /** Says that the user wants it to end. */
  signal?: AbortSignal;
}

/**
 * Runs the comparison and returns its rows, problem by problem, ours first.
 * @throws E_INTERRUPTED when the signal comes; no process and no file is left
 */
export async function compare(options: CompareOptions): Promise<Measurement[]> {
  const all: Measurement[] = [];
  for (const problem of options.problems) {
    const rows = await compareOn(problem, options);
    options.measured?.(rows);
    all.push(...rows);
  }
  return all;
}

async function compareOn(problem: Problem, options: CompareOptions): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'adnce-bench-'));
  const report = (what: string) => options.progress?.(`${problemTitle(problem)}: ${what}`);
  const contenders: Contender[] = [];
  const stop = () => {
    for (const contender of contenders) contender.kill();
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    report('float64 reference');
    const inputs = drawInputs(problem, options.seed);
    const task: Task = {
      problem,
      folder,
      want: exact(problem, inputs),
      inputs: writeInputs(join(folder, 'inputs.bin'), inputs),
    };
    const baselines: Contender[] = [];
    for (const peer of peersFor(problem, options.peers)) {
      mustGoOn(options.signal);
      report(peer.title);
      const contender = new Contender(peer, task);
      contenders.push(contender);
      await contender.open(findProgram(peer, options.folders), baselines[0]?.gradientNorm ?? null);
      if (!contender.alive) continue;
      if (baselines.length > 0) await race(baselines, contender, options.repeats);
      if (BASELINES.includes(peer.name)) baselines.push(contender);
      else await contender.close();
    }
    for (const ours of baselines) {
      if (!ours.sampled) await race([], ours, options.repeats);
      await ours.close();
    }
    mustGoOn(options.signal);
    return contenders.map((contender) => contender.result());
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
    rmSync(folder, { recursive: true, force: true });
  }
}

function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AdnceError('E_INTERRUPTED', { where: 'bench', what: 'the comparison was stopped' });
}

function peersFor(problem: Problem, names: readonly string[]): PeerInfo[] {
  const first = BASELINES[0] as string;
  return PEERS.filter(
    (peer) => peer.cases.includes(problem.case) && (peer.name === first || names.includes(peer.name)),
  );
}

/**
 * Rounds of one measurement of the peer, with ours before and after it: what ours takes is the mean of the two, so that a drift
 * of the machine cancels. Ours is measured for longer beside a peer that takes long.
 */
async function race(baselines: readonly Contender[], peer: Contender, least: number): Promise<void> {
  const long = Math.min(LONGEST_SAMPLE, peer.estimate / 10);
  const round = [...baselines, peer].reduce((sum, { estimate }) => sum + Math.max(estimate, 25, long), 0);
  const count = roundsFor(peer.estimate, round, least);
  const sampleOurs = async () => {
    const times: number[] = [];
    for (const ours of baselines) times.push((await ours.sample(long)) ?? Number.NaN);
    return times;
  };
  let before = await sampleOurs();
  for (let k = 0; k < count && peer.alive; k++) {
    const theirs = await peer.sample();
    const after = await sampleOurs();
    baselines.forEach((ours, i) => {
      const own = ((before[i] as number) + (after[i] as number)) / 2;
      if (theirs !== null && Number.isFinite(own)) peer.pair(ours.peer.name, own, theirs);
    });
    before = after;
  }
}
