/** Kernels of the instruments: φ to its last bits, order statistics, and memory that stays whole around them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onCore, randomFloats, uniform } from '../support/core.js';

describe('powerDivergence', () => {
  const unit = 10n ** 200n;

  /** A float64 in units of 1e-200. */
  function big(x: number): bigint {
    const exponent = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x))) - 53;
    const integer = BigInt(x / 2 ** exponent);
    return exponent < 0 ? (integer * unit) / 2n ** BigInt(-exponent) : integer * unit * 2n ** BigInt(exponent);
  }

  /** e^x, both in units of 1e-200. */
  function bigExp(x: bigint): bigint {
    let [sum, term] = [unit, unit];
    for (let n = 1n; term !== 0n && term !== -1n; n++) {
      term = (term * x) / unit / n;
      sum += term;
    }
    return sum;
  }

  /** φ_k(e^ℓ) from its definition, in 200 decimal digits. */
  function exact(logWeight: number, order: number): number {
    const [l, k] = [big(logWeight), big(order)];
    const e = bigExp(l);
    let result: bigint;
    if (order === 1) result = (e * l) / unit - e + unit;
    else if (order === 0) result = e - unit - l;
    else {
      const top = bigExp((k * l) / unit) - (k * e) / unit + k - unit;
      result = (top * unit) / ((k * (k - unit)) / unit);
    }
    // In two steps, so that small results keep their digits.
    return Number((result * 10n ** 60n) / unit) / 1e60;
  }

  it('is right to 1e-14 for every order and weight', async () => {
    await onCore(({ core }) => {
      for (const order of [-20, -3, -1, -1e-9, 0, 1e-12, 0.3, 0.499, 0.5, 0.7, 1 - 1e-11, 1, 1.000001, 1.5, 2, 3, 8]) {
        for (const logWeight of [-8, -2, -0.6, -0.1, -1e-3, -1e-7, 1e-9, 1e-4, 0.2, 0.5, 1, 3]) {
          if (Math.abs(order * logWeight) > 60) continue;
          const expected = exact(logWeight, order);
          const got = core.powerDivergence(logWeight, order);
          // Far below 1 at k > 1 the result is 1/k less a little: that is what it is accurate to.
          expect(Math.abs(got / expected - 1), `k ${order}, ℓ ${logWeight}`).toBeLessThan(1e-14);
        }
      }
    });
  });

  it('is 0 at weight 1, and 1/k, or infinite, at weight 0', async () => {
    await onCore(({ core }) => {
      for (const order of [-2, 0, 0.5, 1, 2]) expect(core.powerDivergence(0, order)).toBe(0);
      for (const order of [0.5, 1, 2, 5]) expect(core.powerDivergence(Number.NEGATIVE_INFINITY, order)).toBe(1 / order);
      for (const order of [-1, 0]) expect(core.powerDivergence(Number.NEGATIVE_INFINITY, order)).toBe(Infinity);
    });
  });
});

describe('largestOfRank', () => {
  it('is what sorting says, for floats of any sign and size', async () => {
    const list = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });
    const cases = fc.sample(list, { numRuns: 300, seed: 3 });
    await onCore((bench) => {
      for (const values of cases) {
        const scores = bench.floats(values, 'scores');
        const work = bench.block(bench.core.selectWorkBytes(), 'work');
        const sorted = Float32Array.from(values).sort().reverse();
        const got = Array.from(values, (_, k) => bench.core.largestOfRank(scores, values.length, k + 1, work));
        expect(got).toEqual([...sorted]);
        expect([...bench.readF32(scores, values.length)]).toEqual(values.map(Math.fround));
      }
      expect(bench.broken()).toEqual([]);
    });
  });
});

describe.each(['worstCasePower', 'worstCaseTail'] as const)('%s', (kernel) => {
  it.each([1, 2, 5, 33])('writes %d weights and three numbers, the same with and without weights', async (count) => {
    await onCore((bench) => {
      const { core } = bench;
      const scores = bench.floats(randomFloats(count, uniform(count)), 'scores');
      const weights = bench.block(count * 8, 'weights');
      const [summary, again] = [bench.block(24, 'summary'), bench.block(24, 'again')];
      const work = bench.block(core.selectWorkBytes(), 'work');
      const run = (into: number, out: number) => {
        if (kernel === 'worstCasePower') core.worstCasePower(scores, count, 1.5, 0.1, into, out);
        else core.worstCaseTail(scores, count, 0.3, into, out, work);
      };
      run(weights, summary);
      run(0, again);
      expect([...bench.readF64(again, 3)]).toEqual([...bench.readF64(summary, 3)]);
      const mean = bench.readF64(weights, count).reduce((sum, w) => sum + w, 0) / count;
      expect(mean).toBeCloseTo(1, 12);
      expect(bench.broken()).toEqual([]);
    });
  });
});

describe('scoreMoments', () => {
  it('loses nothing to a large mean', async () => {
    await onCore((bench) => {
      const values = [4096.25, 4096.5, 4096.75, 4097];
      const out = bench.block(16, 'out');
      bench.core.scoreMoments(bench.floats(values), values.length, out);
      expect([...bench.readF64(out, 2)]).toEqual([4096.625, 0.078125]);
      expect(bench.broken()).toEqual([]);
    });
  });
});
