/** Time and memory of one peer on one problem, without a comparison: for sizes whose exact result would take hours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawInputs, writeInputs } from './inputs.js';
import { PEERS } from './peers/index.js';
import type { Problem } from './problem.js';
import { PeerProcess } from './process.js';
import { findProgram } from './programs.js';
import { repeatsFor, roundsFor, type Summary, summarize } from './statistics.js';

/** What one peer takes. */
export interface Alone {
  problem: Problem;
  peer: string;
  threads: number;
  time: Summary;
  samples: readonly number[];
  /** Resident memory of the process, and what it was before the first step. */
  peakBytes: number;
  openBytes: number;
  /** What the step takes of the peer's own memory beyond inputs and their gradients, where it can tell. */
  extraBytes: number | null;
}

/** Options of {@link measureAlone}. */
export interface AloneOptions {
  /** Least number of measurements; a step that takes very long is measured once. */
  repeats: number;
  seed: number;
  /** Threads of ours; all cores if left out. */
  threads?: number;
}

const HOUR = 3600;
/** Milliseconds from which one measurement, and no warm-up, must do. */
const ONCE = 20_000;

/** @throws Unavailable when the peer can't run here; Error when it fails */
export async function measureAlone(problem: Problem, name: string, options: AloneOptions): Promise<Alone> {
  const peer = PEERS.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`internal: no peer is called "${name}"`);
  const found = findProgram(peer, [process.cwd()]);
  if ('missing' in found) throw new Error(found.missing);
  const folder = mkdtempSync(join(tmpdir(), 'adnce-bench-'));
  const child = new PeerProcess(found.program);
  try {
    const inputs = writeInputs(join(folder, 'inputs.bin'), drawInputs(problem, options.seed));
    const threads = options.threads === undefined ? {} : { threads: options.threads };
    const opened = await child.ask({ op: 'open', peer: name, problem, inputs, ...threads }, HOUR);
    const samples = await sample(child, options.repeats);
    const memory = await child.ask({ op: 'close' }, HOUR);
    const facts = { problem, peer: name, threads: opened.threads ?? 1, samples, time: summarize(samples) };
    return { ...facts, extraBytes: null, ...memory };
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sample(child: PeerProcess, least: number): Promise<number[]> {
  const measure = async (repeats: number) => (await child.ask({ op: 'measure', repeats }, HOUR)).milliseconds;
  const first = await measure(1);
  if (first > ONCE) return [first];
  const estimate = first < 100 ? await measure(repeatsFor(first, 100)) : first;
  const samples: number[] = [];
  const rounds = roundsFor(estimate, Math.max(estimate, 25), least);
  for (let k = 0; k < rounds; k++) samples.push(await measure(repeatsFor(estimate)));
  return samples;
}
