/** Dropout: its rate, its scaling, and one mask for both directions. */
import { describe, expect, it } from 'vitest';
import { SIZES } from '../support/close.js';
import { type Bench, onCore, randomFloats, uniform } from '../support/core.js';

const SEED = [3, 1, 4, 1, 5];

/** Kernels on copies of x and g; dx starts as ones. */
function run(bench: Bench, x: ArrayLike<number>, g: ArrayLike<number>, p: number, scale = 1 / (1 - p)) {
  const count = x.length;
  const draws = bench.block(bench.core.drawsBytes(), 'draws');
  bench.engine.i32.set(SEED, draws / 4);
  const threshold = Math.min(Math.round(p * 2 ** 32), 2 ** 32 - 1);
  const out = bench.block(count * 4, 'out');
  const dx = bench.floats(new Float32Array(count).fill(1), 'dx');
  bench.core.dropoutForward(draws, bench.floats(x), out, count, threshold, scale);
  bench.core.dropoutBackward(draws, dx, bench.floats(g), count, threshold, scale);
  return { out: bench.readF32(out, count), dx: bench.readF32(dx, count) };
}

describe('dropout', () => {
  it.each([0.001, 0.1, 0.5, 0.9])('drops a share of %f and scales the rest by 1/(1 − p)', async (p) => {
    const count = 2 ** 17;
    const ones = new Float32Array(count).fill(1);
    const { out } = await onCore((bench) => run(bench, ones, ones, p));
    const kept = Math.fround(1 / (1 - p));
    expect(out.every((y) => y === 0 || y === kept)).toBe(true);
    const dropped = out.filter((y) => y === 0).length / count;
    expect(Math.abs(dropped - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / count));
    // Neighbours are dropped independently of each other.
    const both = out.filter((y, i) => i > 0 && y === 0 && out[i - 1] === 0).length / count;
    expect(Math.abs(both - p * p)).toBeLessThan(6 * Math.sqrt((p * p) / count));
  });

  it('keeps everything at p = 0, as it is', async () => {
    const x = randomFloats(70, uniform(1));
    const { out, dx } = await onCore((bench) => run(bench, x, x, 0));
    expect(out).toEqual(x);
    expect(dx).toEqual(x.map((v) => 1 + v));
  });

  it('has the same mask forward and backward, whatever the length, and stays within its arrays', async () => {
    const count = Math.max(...SIZES);
    const [x, g] = [randomFloats(count, uniform(2)), randomFloats(count, uniform(3))];
    const all = await onCore((bench) => run(bench, x, g, 0.4));
    expect(new Set(all.out).size).toBeGreaterThan(30);
    for (const size of SIZES) {
      const { out, dx } = await onCore((bench) => {
        const result = run(bench, x.subarray(0, size), g.subarray(0, size), 0.4);
        expect(bench.broken()).toEqual([]);
        return result;
      });
      expect(out).toEqual(all.out.subarray(0, size));
      const scale = Math.fround(1 / 0.6);
      expect([...dx]).toEqual(
        Array.from(dx, (_, i) => Math.fround(1 + (out[i] === 0 ? 0 : Math.fround((g[i] as number) * scale)))),
      );
    }
  });

  it('makes a dropped element 0, whatever it was, and lets nothing of its gradient through', async () => {
    const count = 37;
    const bad = Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY));
    const ones = new Float32Array(count).fill(1);
    const [{ out }, mask] = await onCore((bench) => [run(bench, bad, ones, 0.5), run(bench, ones, ones, 0.5).out]);
    const { dx } = await onCore((bench) => run(bench, ones, bad, 0.5));
    mask.forEach((m, i) => {
      expect(out[i]).toBe(m === 0 ? 0 : bad[i]);
      expect(dx[i]).toBe(m === 0 ? 1 : bad[i]);
    });
  });
});
