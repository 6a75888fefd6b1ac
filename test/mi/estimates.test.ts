/** Estimates against the reference, against the truth for Gaussians, and what must hold whatever the scores are. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { estimates, type MiEstimates } from '../../src/mi/index.js';
import { uniform } from '../support/core.js';
import { gaussianScores, normalFrom, referenceEstimates } from '../support/mi.js';

const KEYS = ['dv', 'infonce', 'nwj', 'js', 'smile', 'chi2'] as const;

beforeAll(async () => {
  await init({});
});

describe('estimates', () => {
  it.each([2, 3, 8, 33])('are those of the definitions, n = %d', (n) => {
    const next = uniform(n);
    const scores = Float32Array.from({ length: n * n }, (_, k) => 4 * next() + (k % (n + 1) === 0 ? 3 : 0));
    const got = estimates(scores, { clip: 2 });
    const expected = referenceEstimates(scores, n, 2);
    for (const key of KEYS) expect(got[key], key).toBeCloseTo(expected[key], 12);
    expect(got).toMatchObject({ pairs: n, ceiling: expect.closeTo(Math.log(n), 14) });
  });

  it('are finite for every finite matrix; InfoNCE stays below its ceiling and SMILE near DV within its clip', () => {
    const score = fc.oneof(
      fc.float({ min: -3, max: 3, noNaN: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    const matrix = fc.integer({ min: 2, max: 6 }).chain((n) => fc.array(score, { minLength: n * n, maxLength: n * n }));
    fc.assert(
      fc.property(matrix, fc.double({ min: 0.1, max: 80, noNaN: true }), (scores, clip) => {
        const got = estimates(scores, { clip });
        expect(KEYS.every((key) => Number.isFinite(got[key]))).toBe(true);
        const largest = scores.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        expect(got.infonce).toBeLessThanOrEqual(got.ceiling + 1e-12 * (1 + largest));
        expect(got.js).toBeLessThanOrEqual(0);
        if (got.nwj > -3.4e38) expect(got.nwj).toBeLessThanOrEqual(got.dv + 1e-9 * (1 + largest));
        if (largest <= clip) expect(got.smile).toBe(got.dv);
      }),
      { numRuns: 1000 },
    );
  });

  it('do not change under a constant where the bound is tight (DV, InfoNCE, χ²), and NWJ is best where o(e^T) = e', () => {
    const next = uniform(6);
    const n = 12;
    const scores = Float32Array.from({ length: n * n }, () => Math.round(64 * next()) / 32);
    const plain = estimates(scores);
    const moved = estimates(scores.map((x) => x + 3));
    for (const key of ['dv', 'infonce', 'chi2'] as const) expect(moved[key]).toBeCloseTo(plain[key], 12);
    // o(e^{T−a}) = e when a = log o(e^T) − 1; there NWJ is DV.
    const product = Array.from(scores).filter((_, k) => Math.floor(k / n) !== k % n);
    const a = Math.log(product.reduce((sum, x) => sum + Math.exp(x), 0) / product.length) - 1;
    expect(estimates(scores.map((x) => x - a)).nwj).toBeCloseTo(plain.dv, 5);
  });

  it('say when the ceiling binds', () => {
    const n = 16;
    const sharp = Float32Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 20 : 0));
    const flat = new Float32Array(n * n);
    expect(estimates(sharp)).toMatchObject({ ceilingBinds: true });
    expect(estimates(flat)).toMatchObject({ ceilingBinds: false, infonce: 0, dv: 0 });
  });

  it.each([
    [[1, 2, 3], /^E_SHAPE mi.estimates: "scores" must be f32\[n,n\] with n >= 2, got 3 scores/],
    [[1], /^E_SHAPE mi.estimates: .* got f32\[1,1\]/],
    [[1, 2, Number.NaN, 4], /^E_VALUE mi.estimates: "scores" must be finite, row 1 column 0 is NaN/],
  ])('refuse %j', (scores, message) => {
    expect(() => estimates(scores)).toThrow(message);
    expect(() => estimates([0, 0, 0, 0], { clip: 100 })).toThrow(/^E_OPTION mi.estimates: "clip" must be .*<= 80/);
  });
});

describe('with the critic that knows the densities, d = 20', () => {
  const batches = 60;
  const n = 128;
  const average = (information: number) => {
    const normal = normalFrom(uniform(information));
    const runs = Array.from({ length: batches }, () => estimates(gaussianScores(n, 20, information, normal)));
    const mean = (key: keyof MiEstimates) => runs.reduce((sum, run) => sum + Number(run[key]), 0) / batches;
    return { mean, runs };
  };

  it('at 2 nats DV and InfoNCE find the truth', () => {
    const { mean } = average(2);
    expect(Math.abs(mean('dv') - 2)).toBeLessThan(0.1);
    expect(mean('infonce')).toBeGreaterThan(1.85);
    expect(mean('infonce')).toBeLessThan(2.1);
  });

  it('at 10 nats InfoNCE is held down by log n and says so; DV and SMILE go beyond it', () => {
    const { mean, runs } = average(10);
    expect(runs.every((run) => run.ceilingBinds && run.infonce <= Math.log(n))).toBe(true);
    expect(mean('infonce')).toBeGreaterThan(Math.log(n) - 0.2);
    expect(mean('dv')).toBeGreaterThan(Math.log(n) + 2);
    expect(mean('smile')).toBeGreaterThan(Math.log(n) + 2);
  });
});
