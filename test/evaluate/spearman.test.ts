import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageRanks, pearson, spearman } from '../../src/evaluate/index.js';

const list = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 60 });

describe('pearson', () => {
  it('gives hand-computed values', () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 12);
    expect(pearson([1, 2, 3], [6, 4, 2])).toBeCloseTo(-1, 12);
  });
});

describe('spearman', () => {
  it('gives textbook values', () => {
    // IQ against hours of television (the worked example of many textbooks): −29/165.
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq, hours)).toBeCloseTo(-29 / 165, 12);
    // Ranks [1, 2.5, 2.5, 4] and [1, 2, 3, 4]: r = 4.5 / √(4.5 · 5).
    expect(spearman([1, 2, 2, 3], [10, 20, 30, 40])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  it('shares ranks among equals', () => {
    expect([...averageRanks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
    expect([...averageRanks([-0, 0])]).toEqual([1.5, 1.5]);
  });

  it('is blind to a rising transformation and turns its sign for a falling one', () => {
    fc.assert(
      fc.property(list, (a) => {
        const b = a.map((x, i) => x + 7 * ((i * 5) % 11));
        const rho = spearman(a, b);
        const cubed = spearman(
          a.map((x) => x ** 3),
          b,
        );
        expect(cubed).toBe(rho);
        if (rho === undefined) return;
        expect(spearman(b, a)).toBeCloseTo(rho, 12);
        expect(
          spearman(
            a.map((x) => -x),
            b,
          ),
        ).toBeCloseTo(-rho, 12);
        expect(Math.abs(rho)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is undefined where one side is constant or there is one value', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeUndefined();
    expect(pearson([1, 2, 3], [0.1, 0.1, 0.1])).toBeUndefined();
    expect(spearman([1], [2])).toBeUndefined();
    expect(spearman([], [])).toBeUndefined();
  });

  it('refuses lists that differ in length and numbers that are not finite', () => {
    expect(() => spearman([1, 2], [1])).toThrow(/^E_SHAPE.*2 and 1/);
    expect(() => spearman([1, 2], [1, Number.NaN])).toThrow(/^E_VALUE.*second list has NaN at 1/);
    expect(() => pearson([Number.POSITIVE_INFINITY, 2], [1, 2])).toThrow(/^E_VALUE/);
  });
});
