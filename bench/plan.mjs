/** What can be asked, and the problems of a run. */
import { BASELINES, CASES, LIMITS, LOSS_CASES, PEERS, problemOf } from '../dist/bench.js';

export const QUESTIONS = [...CASES, 'startup', 'sizes', 'kernels'];
export const PEER_NAMES = PEERS.map(({ name }) => name);

const SIZES = [256, 1024];
const LARGE_SIZES = [2048, 4096];
/** Peers that large batches are measured beside unless others are asked for: the rest would take hours. */
const LARGE_PEERS = [...BASELINES, ...LIMITS, 'pytorch', 'pytorch-threads'];
/** Pairs in a batch of the cases that are whole training steps. */
const STEP_SIZES = { mlp: 512, bag: 1024 };

/** The problems of a run in order, each with the peers beside it. */
export function plan({ quick, full, only, pairs, peers }) {
  const sizes = pairs ?? (quick ? SIZES : [...SIZES, ...LARGE_SIZES]);
  const all = peers ?? PEER_NAMES;
  const beside = (n) => (peers || full || pairs || !LARGE_SIZES.includes(n) ? all : LARGE_PEERS);
  return CASES.filter((name) => only.includes(name)).flatMap((name) =>
    LOSS_CASES.includes(name)
      ? sizes.map((n) => ({ problem: problemOf(name, n), peers: beside(n) }))
      : [{ problem: problemOf(name, STEP_SIZES[name]), peers: all }],
  );
}
