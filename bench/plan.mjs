/** What can be asked, and the problems of a run. */
import { CASES, LOSS_CASES, PEERS, problemOf } from '../dist/bench.js';

export const QUESTIONS = [...CASES, 'startup', 'sizes', 'kernels'];
export const PEER_NAMES = PEERS.map(({ name }) => name);

const QUICK_SIZES = [256, 1024];
const FULL_SIZES = [256, 1024, 2048, 4096];
/** Pairs in a batch of the cases that are whole training steps. */
const STEP_SIZES = { mlp: 512, bag: 1024 };

/** The problems of a run, in order. */
export function problemsFor({ full, only, pairs }) {
  const sizes = pairs ?? (full ? FULL_SIZES : QUICK_SIZES);
  return CASES.filter((name) => only.includes(name)).flatMap((name) =>
    LOSS_CASES.includes(name) ? sizes.map((n) => problemOf(name, n)) : [problemOf(name, STEP_SIZES[name])],
  );
}
