/** The peers that need no other package: what they compute, in this very process. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { drawInputs } from '../../src/cli/bench/inputs.js';
import { PEERS, SCRIPT_PEERS } from '../../src/cli/bench/peers/index.js';
import { bareTile, bareTileThreads, simdLimit } from '../../src/cli/bench/peers/limits.js';
import { ours } from '../../src/cli/bench/peers/ours.js';
import type { Peer } from '../../src/cli/bench/peers/peer.js';
import { multiply, plain } from '../../src/cli/bench/peers/plain.js';
import { CASES, type CaseName, problemOf } from '../../src/cli/bench/problem.js';
import { exact, gradientError } from '../../src/cli/bench/reference/index.js';
import { SIMD_LOOP, SIMD_LOOP_FLOPS } from '../../src/cli/bench/simd-loop.js';

const load = () => Promise.reject(new Error('no packages here'));

async function compare(peer: Peer, name: CaseName, n: number, d: number): Promise<void> {
  const problem = problemOf(name, n, d);
  const inputs = drawInputs(problem, 7);
  const want = exact(problem, inputs);
  const run = await peer.open({ problem, inputs, load });
  const { loss, gradients } = await run.check();
  expect(Math.abs(loss - want.loss)).toBeLessThan(1e-6);
  expect(gradientError(gradients, want)).toBeLessThan(1e-5);
  // A check leaves the weights as they are, a step may not.
  expect((await run.check()).loss).toBe(loss);
  await run.step();
}

describe('plain JavaScript', () => {
  it.each(plain.cases)('computes %s', async (name) => {
    await compare(plain, name, 9, 6);
    await compare(plain, name, 16, 8);
  });

  it('multiplies matrices of any size', () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [5, 3, 6],
      [4, 8, 4],
      [7, 2, 9],
    ] as const) {
      const a = Float32Array.from({ length: m * k }, (_, i) => (i % 7) - 3);
      const b = Float32Array.from({ length: k * n }, (_, i) => (i % 5) - 2);
      const c = new Float32Array(m * n);
      multiply(a, b, c, m, k, n);
      c.forEach((x, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        let sum = 0;
        for (let t = 0; t < k; t++) sum += (a[i * k + t] as number) * (b[t * n + j] as number);
        expect(x).toBe(sum);
      });
    }
  });
});

describe('ours', () => {
  it.each(CASES)('computes %s', (name) => compare(ours, name, 12, 8));

  it('learns in the training steps', async () => {
    for (const name of ['mlp', 'bag'] as const) {
      const problem = problemOf(name, 16, 8);
      const run = await ours.open({ problem, inputs: drawInputs(problem, 7), load });
      const before = (await run.check()).loss;
      for (let k = 0; k < 60; k++) await run.step();
      expect((await run.check()).loss, name).toBeLessThan(before);
      expect(run.extraBytes?.()).toBeGreaterThan(0);
    }
  });
});

describe('limits of the machine', () => {
  it('the SIMD loop iterates x ← 0.999·x + 0.001 in every chain', async () => {
    const { instance } = await WebAssembly.instantiate(SIMD_LOOP);
    const run = instance.exports.run as (rounds: number) => number;
    const [a, b] = [Math.fround(0.999), Math.fround(0.001)];
    let want = 0;
    for (let start = 3; start < 15; start++) {
      let x = start;
      for (let k = 0; k < 2 * 5; k++) x = Math.fround(Math.fround(x * a) + b);
      want += x;
    }
    expect(run(5)).toBeCloseTo(want, 3);
    expect(SIMD_LOOP_FLOPS).toBe(12 * 2 * 4 * 2);
  });

  it('say how many flops a step has', async () => {
    const setup = { problem: problemOf('cross', 4, 16), inputs: {}, load };
    expect((await simdLimit.open(setup)).flops).toBeGreaterThan(1e8);
    const tile = await bareTile.open(setup);
    expect(tile.flops).toBe(2 * 960 * 480 * 16);
  });

  it('are taken of all cores together, each turn to its end', async () => {
    const threads = availableParallelism();
    const opening = bareTileThreads.open({ problem: problemOf('cross', 4, 16), inputs: {}, load });
    if (threads === 1) return expect(opening).rejects.toThrow('there is one core');
    const all = await opening;
    expect([all.threads, all.flops]).toEqual([threads, threads * 2 * 960 * 480 * 16]);
    // Every turn waits for all threads, and throws when one is lost.
    for (let turn = 0; turn < 3; turn++) await all.step();
  });
});

describe('the list of peers', () => {
  it('has every name once, and a case for each', () => {
    const names = PEERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['adnce', 'tfjs-cpu', 'tfjs-wasm', 'ort-web', 'ort-node', 'jax-js']));
    for (const { cases, setup } of PEERS) {
      expect(cases.length).toBeGreaterThan(0);
      expect(setup).not.toBe('');
    }
  });

  it('ours come before those that are compared with them', () => {
    expect(SCRIPT_PEERS[0]?.name).toBe('adnce');
  });
});
