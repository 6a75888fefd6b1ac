/**
 * The machine's own limits, measured beside the peers: a loop of SIMD multiplications and additions that touches no memory,
 * and the core's matrix product, which is the bare 5×8 tile, on one core and on all at once.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../../../engine/index.js';
import { loadModule } from '../../../engine/instantiate.js';
import { Notices } from '../../../engine/notice.js';
import { CASES, type Problem } from '../problem.js';
import { SIMD_LOOP, SIMD_LOOP_FLOPS } from '../simd-loop.js';
import { startEngine } from './engine.js';
import { type Checked, type Peer, type Run, Unavailable } from './peer.js';

export const simdLimit: Peer = {
  name: 'simd-limit',
  title: 'SIMD multiply + add',
  packages: [],
  cases: CASES,
  setup: '12 chains in registers',
  open: openSimd,
};

export const bareTile: Peer = {
  name: 'tile',
  title: 'bare 5×8 tile',
  packages: [],
  cases: CASES,
  setup: '960 × 480 products of the core',
  open: ({ problem }) => openTile(problem),
};

export const bareTileThreads: Peer = {
  name: 'tile-threads',
  title: 'bare 5×8 tile, all cores',
  packages: [],
  cases: CASES,
  setup: 'the same products on every core at once, each with a core of its own',
  open: ({ problem }) => openTileThreads(problem),
};

const ROUNDS = 2_000_000;

type Loop = (rounds: number) => number;

async function openSimd(): Promise<Run> {
  const { instance } = await WebAssembly.instantiate(SIMD_LOOP);
  const step = () => (instance.exports.run as Loop)(ROUNDS);
  return { step, check: () => ({ loss: step(), gradients: [] }), flops: ROUNDS * SIMD_LOOP_FLOPS };
}

/** Milliseconds in which another thread must have finished its product. */
const LONGEST_TURN = 10_000;

/** Rows and columns of the tile's products. Their operands are zeros: the time is the same. */
const [M, N] = [960, 480];

async function openTile({ d }: Problem): Promise<Run> {
  const { step } = await startTile(d);
  return { step, check: () => checkOf(step), flops: flopsOf(d) };
}

const flopsOf = (d: number) => 2 * M * N * d;

function checkOf(step: () => void): Checked {
  step();
  return { loss: 0, gradients: [] };
}

async function startTile(d: number): Promise<{ engine: Engine; step: () => void }> {
  const { engine } = await startEngine({ threads: 1 });
  const { arena, core } = engine;
  const [a, b, c] = [M * d, N * d, M * N].map((count) => arena.allocate(count * 4, 'tile')) as [number, number, number];
  const work = arena.allocate(core.gemmWorkBytes(M, N, d), 'tile');
  return { engine, step: () => core.gemm(0, 1, M, N, d, a, d, b, d, c, N, 0, work) };
}

/** A thread of its own core and memory: a product for every turn, then it counts itself as finished. */
const THREAD = `
  const { module, turns, m, n, d } = require('node:worker_threads').workerData;
  const memory = new WebAssembly.Memory({ initial: 1024 });
  const { heapBase, gemm } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const a = heapBase(), b = a + m * d * 4, c = b + n * d * 4, work = c + m * n * 4;
  for (let turn = 0; ; ) {
    Atomics.wait(turns, 0, turn);
    turn = Atomics.load(turns, 0);
    gemm(0, 1, m, n, d, a, d, b, d, c, n, 0, work);
    Atomics.add(turns, 1, 1);
    Atomics.notify(turns, 1);
  }`;

/**
 * What this machine's cores do together, without the engine's threads: where they are hyper-threads of one core, or shared, less than their
 * number times what one does.
 */
async function openTileThreads({ d }: Problem): Promise<Run> {
  const threads = availableParallelism();
  if (threads === 1) throw new Unavailable('there is one core');
  const own = await startTile(d);
  const module = await loadModule(undefined, 'simd', new Notices());
  // The number of the turn, and how many threads have finished it.
  const turns = new Int32Array(new SharedArrayBuffer(8));
  for (let k = 1; k < threads; k++) {
    // No argument of the process is meant for the thread.
    const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { module, turns, m: M, n: N, d } });
    await once(thread, 'online');
    thread.unref();
  }
  const step = () => {
    Atomics.store(turns, 1, 0);
    Atomics.add(turns, 0, 1);
    Atomics.notify(turns, 0);
    own.step();
    for (let finished = 0; finished < threads - 1; finished = Atomics.load(turns, 1)) {
      if (Atomics.wait(turns, 1, finished, LONGEST_TURN) === 'timed-out')
        throw new Error('a thread of the tile is lost');
    }
  };
  return { step, check: () => checkOf(step), flops: threads * flopsOf(d), threads };
}
