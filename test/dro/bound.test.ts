/** The bound of Theorem 3.3 holds on draws, and mean and variance stand for the worst case where they should (Theorem 3.5). */
import { beforeAll, describe, expect, it } from 'vitest';
import { deviationBound, tightness, worstCase } from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { uniform } from '../support/core.js';
import { cosines } from '../support/dro.js';

beforeAll(async () => {
  await init({});
});

const soft = (scores: readonly number[], t: number) =>
  t * Math.log(scores.reduce((sum, s) => sum + Math.exp(s / t), 0) / scores.length);

describe('deviationBound', () => {
  it.each([
    [0.07, 1, 255],
    [0.5, 2, 1023],
    [2, 0.5, 63],
    [1000, 2, 7],
    [0.001, 2, 65535],
  ])('at temperature %d, range %d and %d negatives is τ·log(1 + (e^{r/τ} − 1)/M)·sqrt(M/2·log(H/ρ))', (t, range, m) => {
    const { perNegative, bound } = deviationBound({ negatives: m, temperature: t, range });
    const x = range / t;
    const c = x < 700 ? t * Math.log1p(Math.expm1(x) / m) : range - t * Math.log(m);
    expect(perNegative).toBeCloseTo(c, 12);
    expect(bound).toBeCloseTo(c * Math.sqrt((m / 2) * Math.log(20)), 10);
    const many = deviationBound({ negatives: m, temperature: t, range, hypotheses: 100, confidence: 0.99 });
    expect(many.bound).toBeCloseTo(c * Math.sqrt((m / 2) * Math.log(1e4)), 10);
  });

  it('no negative changes the value by more than c', () => {
    const next = uniform(31);
    for (const t of [0.05, 0.3, 2]) {
      const { perNegative } = deviationBound({ negatives: 9, temperature: t });
      for (let turn = 0; turn < 200; turn++) {
        const scores = Array.from(cosines(9, next));
        const [low, high] = [-1, 1].map((s) => soft(scores.with(turn % 9, s), t)) as [number, number];
        expect(high - low).toBeLessThanOrEqual(perNegative + 1e-12);
      }
      // Met when all others are at the lower end.
      const others = Array(9).fill(-1);
      expect(soft(others.with(0, 1), t) - soft(others, t)).toBeCloseTo(perNegative, 12);
    }
  });

  it('holds on draws, and says when it is vacuous', () => {
    const next = uniform(32);
    const options = { negatives: 400, temperature: 1, range: 2 };
    const { bound, vacuous } = deviationBound(options);
    expect(vacuous).toBe(false);
    const runs = Array.from({ length: 400 }, () => soft(Array.from(cosines(400, next)), 1));
    const expected = Math.log(Math.sinh(1));
    expect(runs.filter((value) => Math.abs(value - expected) > bound).length).toBeLessThan(0.05 * runs.length);
    expect(deviationBound({ negatives: 255, temperature: 0.07 }).vacuous).toBe(true);
  });

  it('is finite for any number of encoders', () => {
    const { bound } = deviationBound({ negatives: 10, temperature: 0.1, hypotheses: 1e308, confidence: 1 - 2 ** -53 });
    expect(bound).toBeGreaterThan(0);
    expect(Number.isFinite(bound)).toBe(true);
  });

  it('falls with the negatives once there are more than e^{range/τ}, and grows as the temperature falls', () => {
    const at = (negatives: number, temperature: number) => deviationBound({ negatives, temperature }).bound;
    for (const m of [64, 256, 1024]) expect(at(4 * m, 1)).toBeLessThan(at(m, 1));
    for (const t of [0.1, 0.3, 1]) expect(at(1024, t)).toBeGreaterThan(at(1024, 2 * t));
  });

  it.each([
    [{ negatives: 0 }, /"negatives" must be an integer >= 1, got 0/],
    [{ temperature: 0 }, /"temperature"/],
    [{ range: -1 }, /"range" must be a finite number >= 0/],
    [{ hypotheses: 0.5 }, /"hypotheses"/],
    [{ confidence: 1 }, /"confidence" must be a finite number > 0 and < 1/],
  ])('refuses %j', (change, message) => {
    expect(() => deviationBound({ negatives: 8, temperature: 1, ...change })).toThrow(message);
  });
});

describe('tightness', () => {
  const scores = cosines(200, uniform(40));

  it('holds E s + Var/(2τ) against the exact value', () => {
    const mean = scores.reduce((sum, s) => sum + s / 200, 0);
    const variance = scores.reduce((sum, s) => sum + (s - mean) ** 2 / 200, 0);
    for (const row of tightness(scores, { temperatures: [0.05, 0.5, 20] })) {
      const exact = worstCase(scores, { temperature: row.temperature }).value;
      expect(row.exact).toBe(exact);
      expect(row.approximation).toBeCloseTo(mean + variance / (2 * row.temperature), 12);
      expect(row.relativeGap).toBeCloseTo((row.approximation - exact) / (exact - mean), 9);
    }
  });

  it('closes with the temperature, and is perfect for χ² while all weights are positive', () => {
    const gaps = tightness(scores, { temperatures: [0.1, 1, 10, 100] }).map((row) => Math.abs(row.relativeGap));
    expect(gaps).toEqual(gaps.toSorted((a, b) => b - a));
    expect(gaps.at(-1)).toBeLessThan(0.01);
    const [row] = tightness(scores, { divergence: 'chi2', temperatures: [3] });
    expect(Math.abs(row?.relativeGap as number)).toBeLessThan(1e-12);
  });

  it('of equal scores is perfect', () => {
    expect(tightness([0.5, 0.5], { temperatures: [1] })).toEqual([
      { temperature: 1, exact: 0.5, approximation: 0.5, relativeGap: 0 },
    ]);
    expect(() => tightness(scores, { temperatures: [0] })).toThrow(/^E_OPTION tightness: "temperatures"/);
  });
});
