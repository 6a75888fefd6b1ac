/**
 * The machine's own limits, measured beside the peers: a loop of SIMD multiplications and additions that touches no memory,
 * and the core's matrix product, which is the bare 5×8 tile.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CASES, type Problem } from '../problem.js';
import { SIMD_LOOP, SIMD_LOOP_FLOPS } from '../simd-loop.js';
import { startEngine } from './engine.js';
import { type Peer, type Run, Unavailable } from './peer.js';

export const simdLimit: Peer = {
  name: 'simd-limit',
  title: 'SIMD multiply + add',
  packages: [],
  cases: CASES,
  setup: '12 chains in registers',
  open: openSimd,
};

export const simdThreadsLimit: Peer = {
  name: 'simd-limit-threads',
  title: 'SIMD multiply + add, all cores',
  packages: [],
  cases: CASES,
  setup: 'the same loop on every core at once',
  open: openSimdThreads,
};

export const bareTile: Peer = {
  name: 'tile',
  title: 'bare 5×8 tile',
  packages: [],
  cases: CASES,
  setup: '960 × 480 products of the core',
  open: ({ problem }) => openTile(problem),
};

const ROUNDS = 2_000_000;

type Loop = (rounds: number) => number;

async function openSimd(): Promise<Run> {
  const { instance } = await WebAssembly.instantiate(SIMD_LOOP);
  const step = () => (instance.exports.run as Loop)(ROUNDS);
  return { step, check: () => ({ loss: step(), gradients: [] }), flops: ROUNDS * SIMD_LOOP_FLOPS };
}

/** A thread of the loop: runs once for every turn, then counts itself as finished. */
const THREAD = `
  const { module, turns, rounds } = require('node:worker_threads').workerData;
  const { run } = new WebAssembly.Instance(module).exports;
  for (let turn = 0; ; ) {
    Atomics.wait(turns, 0, turn);
    turn = Atomics.load(turns, 0);
    run(rounds);
    Atomics.add(turns, 1, 1);
    Atomics.notify(turns, 1);
  }`;

/** What this machine's cores do together: on shared or hyper-threaded ones less than their number times what one does. */
async function openSimdThreads(): Promise<Run> {
  const threads = availableParallelism();
  if (threads === 1) throw new Unavailable('there is one core');
  const module = await WebAssembly.compile(SIMD_LOOP);
  const run = new WebAssembly.Instance(module).exports.run as Loop;
  // The number of the turn, and how many threads have finished it.
  const turns = new Int32Array(new SharedArrayBuffer(8));
  for (let k = 1; k < threads; k++) {
    // No argument of the process is meant for the thread.
    const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { module, turns, rounds: ROUNDS } });
    await once(thread, 'online');
    thread.unref();
  }
  const step = () => {
    Atomics.store(turns, 1, 0);
    Atomics.add(turns, 0, 1);
    Atomics.notify(turns, 0);
    const result = run(ROUNDS);
    for (let finished = 0; finished < threads - 1; finished = Atomics.load(turns, 1)) {
      Atomics.wait(turns, 1, finished);
    }
    return result;
  };
  const flops = threads * ROUNDS * SIMD_LOOP_FLOPS;
  return { step, check: () => ({ loss: step(), gradients: [] }), flops, threads };
}

async function openTile({ d }: Problem): Promise<Run> {
  const [m, n, k] = [960, 480, d];
  const { arena, core } = (await startEngine({ threads: 1 })).engine;
  const a = arena.allocate(m * k * 4, 'a');
  const b = arena.allocate(n * k * 4, 'b');
  const c = arena.allocate(m * n * 4, 'c');
  const work = arena.allocate(core.gemmWorkBytes(m, n, k), 'work');
  const step = () => core.gemm(0, 1, m, n, k, a, k, b, k, c, n, 0, work);
  return {
    step,
    check: () => {
      step();
      return { loss: new Float32Array(arena.memory.buffer, c, 1)[0] as number, gradients: [] };
    },
    flops: 2 * m * n * k,
  };
}
