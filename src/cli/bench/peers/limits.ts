/**
 * The machine's own limits, measured beside the peers: a loop of SIMD multiplications and additions that touches no memory,
 * and the core's matrix product, which is the bare 5×8 tile.
 */
import { CASES, type Problem } from '../problem.js';
import { SIMD_LOOP, SIMD_LOOP_FLOPS } from '../simd-loop.js';
import { startEngine } from './engine.js';
import type { Peer, Run } from './peer.js';

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

const ROUNDS = 2_000_000;

async function openSimd(): Promise<Run> {
  const { instance } = await WebAssembly.instantiate(SIMD_LOOP);
  const { run } = instance.exports as { run: (rounds: number) => number };
  const step = () => run(ROUNDS);
  return { step, check: () => ({ loss: step(), gradients: [] }), flops: ROUNDS * SIMD_LOOP_FLOPS };
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
