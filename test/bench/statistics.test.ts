/** Medians, spreads and how often a thing is measured. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LONG_STEP,
  median,
  pairedRatio,
  quantile,
  repeatsFor,
  roundsFor,
  spread,
  summarize,
} from '../../src/cli/bench/statistics.js';

describe('quantile', () => {
  it.each([
    [[3], 0.5, 3],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[5, 1, 2, 4, 3], 0.25, 2],
    [[10, 20], 0.75, 17.5],
    [[1, 2, 3], 0, 1],
    [[1, 2, 3], 1, 3],
  ])('of %j at %d is %d', (values, share, want) => {
    expect(quantile(values, share)).toBeCloseTo(want, 12);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });

  it('lies between the extremes, rises with the share and does not depend on the order', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (list, p, q) => {
        const [low, high] = [quantile(list, Math.min(p, q)), quantile(list, Math.max(p, q))];
        expect(low).toBeGreaterThanOrEqual(Math.min(...list));
        expect(high).toBeLessThanOrEqual(Math.max(...list));
        expect(high - low).toBeGreaterThanOrEqual(-1e-6);
        expect(quantile([...list].reverse(), p)).toBe(quantile(list, p));
      }),
    );
  });
});

describe('summaries', () => {
  it('give median, quartiles and count', () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4, count: 5 });
  });

  it('spread by half the distance of the quartiles', () => {
    expect(spread(summarize([5, 1, 4, 2, 3]))).toBeCloseTo(1 / 3, 12);
  });

  it('leave an outlier out', () => {
    expect(summarize([10, 11, 1000, 10, 11]).median).toBe(11);
  });
});

describe('pairedRatio', () => {
  it('divides within pairs', () => {
    expect(
      pairedRatio([
        [1, 3],
        [2, 6],
        [4, 20],
      ]).median,
    ).toBe(3);
  });

  it('is blind to drift that hits both sides of a pair alike', () => {
    const drift = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(drift, (slowness) => {
        const ratio = pairedRatio(slowness.map((k) => [2 * k, 7 * k] as const));
        expect(ratio.low).toBeCloseTo(3.5, 9);
        expect(ratio.high).toBeCloseTo(3.5, 9);
      }),
    );
  });
});

describe('how often', () => {
  it.each([
    [100, 1],
    [25, 1],
    [10, 3],
    [0.1, 250],
    [0, 1000],
  ])('a step of %d ms is repeated %d times', (milliseconds, want) => {
    expect(repeatsFor(milliseconds)).toBe(want);
  });

  it('a short step gets more rounds, a very long one three', () => {
    expect(roundsFor(10, 50, 5)).toBe(15);
    expect(roundsFor(200, 250, 5)).toBe(6);
    expect(roundsFor(4000, 4050, 5)).toBe(5);
    expect(roundsFor(LONG_STEP + 1, LONG_STEP + 50, 5)).toBe(3);
    expect(roundsFor(LONG_STEP + 1, LONG_STEP + 50, 1)).toBe(1);
  });
});
