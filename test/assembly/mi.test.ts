/** Kernels of mutual information write where they should and nowhere else. */
import { describe, expect, it } from 'vitest';
import { expectClose } from '../support/close.js';
import { onCore, randomFloats, uniform } from '../support/core.js';
import { logMeanExp } from '../support/mi.js';

describe.each([2, 3, 4, 9])('n = %d', (n) => {
  const values = randomFloats(n * n, uniform(n));
  const diagonal = (k: number) => k % (n + 1) === 0;
  const off = Array.from(values).filter((_, k) => !diagonal(k));

  it('statistics are those of their definitions', async () => {
    await onCore((bench) => {
      const { core } = bench;
      const t = bench.floats(values, 'scores');
      const [moments, rows, means] = [bench.block(24, 'moments'), bench.block(n * 8, 'rows'), bench.block(16, 'means')];
      core.pairMoments(t, n, moments);
      const o = off.reduce((sum, x) => sum + x, 0) / off.length;
      const [joint, product, variance] = bench.readF64(moments, 3);
      expect(joint).toBeCloseTo(
        values.filter((_, k) => diagonal(k)).reduce((sum, x) => sum + x / n, 0),
        7,
      );
      expect(product).toBeCloseTo(o, 13);
      expect(variance).toBeCloseTo(off.reduce((sum, x) => sum + (x - o) ** 2, 0) / off.length, 13);
      expect(core.pairLogMeanExp(t, n, -0.25, 0.5)).toBeCloseTo(
        logMeanExp(off.map((x) => Math.min(0.5, Math.max(-0.25, x)))),
        13,
      );
      core.rowLogSumExp(t, n, rows);
      const expected = Array.from({ length: n }, (_, i) => {
        const row = Array.from(values.slice(i * n, (i + 1) * n));
        return logMeanExp(row) + Math.log(n);
      });
      expectClose(bench.readF64(rows, n), expected, { relative: 1e-13, absolute: 1e-13 });
      core.softplusMeans(t, n, means);
      expect(bench.readF64(means, 2)[1]).toBeCloseTo(
        off.reduce((sum, x) => sum + Math.log1p(Math.exp(x)), 0) / off.length,
        13,
      );
      expect(bench.broken()).toEqual([]);
    });
  });

  it('gradients are added to what is there, on the diagonal or off it', async () => {
    await onCore((bench) => {
      const { core } = bench;
      const t = bench.floats(values, 'scores');
      const weights = bench.doubles(off, 'weights');
      const lse = bench.doubles(Array(n).fill(1), 'lse');
      const check = (add: (dT: number) => void, expected: (x: number, k: number) => number) => {
        const dT = bench.floats(Array(n * n).fill(2), 'gradient');
        add(dT);
        const want = Array.from(values, (x, k) => 2 + expected(x, k));
        expectClose(bench.readF32(dT, n * n), want, { relative: 1e-6, absolute: 1e-7 });
      };
      check(
        (dT) => core.addToDiagonal(dT, n, 3),
        (_, k) => (diagonal(k) ? 3 : 0),
      );
      check(
        (dT) => core.addPairExp(dT, t, n, 0.5, -2, -0.5, 0.5),
        (x, k) => (diagonal(k) || Math.abs(x) > 0.5 ? 0 : -2 * Math.exp(x - 0.5)),
      );
      check(
        (dT) => core.addRowSoftmax(dT, t, n, lse, 3),
        (x) => 3 * Math.exp(x - 1),
      );
      check(
        (dT) => core.addSigmoids(dT, t, n, 2, -3),
        (x, k) => (diagonal(k) ? 2 / (1 + Math.exp(x)) : -3 / (1 + Math.exp(-x))),
      );
      check(
        (dT) => core.addPairLine(dT, t, n, 2, -1),
        (x, k) => (diagonal(k) ? 0 : 2 * x - 1),
      );
      check(
        (dT) => core.addPairWeights(dT, n, weights, 4),
        (x, k) => (diagonal(k) ? 0 : 4 * x),
      );
      expect(bench.broken()).toEqual([]);
    });
  });
});

it('what leaves float32 is its largest number', async () => {
  await onCore((bench) => {
    const dT = bench.floats([0, 0, 0, 0]);
    bench.core.addPairExp(dT, bench.floats([0, 200, -200, 0]), 2, 0, -1, Number.NEGATIVE_INFINITY, Infinity);
    expect([...bench.readF32(dT, 4)]).toEqual([0, -3.4028234663852886e38, -0, 0]);
  });
});
