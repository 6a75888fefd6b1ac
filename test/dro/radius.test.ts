/** Radius and temperature: two names of one thing. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DivergenceOptions, radiusOfTemperature, temperatureForRadius, worstCase } from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { AdnceError } from '../../src/errors.js';
import { uniform } from '../support/core.js';
import { cosines, powerReference } from '../support/dro.js';

const DIVERGENCES: [string, DivergenceOptions][] = [
  ['kl', {}],
  ['chi2', { divergence: 'chi2' }],
  ['reverse_kl', { divergence: 'reverse_kl' }],
  ['cressie_read 0.5', { divergence: 'cressie_read', order: 0.5 }],
  ['cressie_read 3', { divergence: 'cressie_read', order: 3 }],
];

beforeAll(async () => {
  await init({});
});

describe.each(DIVERGENCES)('%s', (_, options) => {
  const scores = cosines(64, uniform(21));

  it('falls in the temperature, and is what the worst case has', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const temperature of [0.001, 0.01, 0.05, 0.1, 0.5, 2, 10, 1000]) {
      const { radius, limit } = radiusOfTemperature(scores, { ...options, temperature });
      expect(radius).toBe(worstCase(scores, { ...options, temperature }).radius);
      expect(radius).toBeLessThanOrEqual(Math.min(before, limit) * (1 + 1e-12));
      before = radius;
    }
  });

  it('is Var/(2τ²) in the limit of large temperatures (Corollary 3.4)', () => {
    const { radius, approximation } = radiusOfTemperature(scores, { ...options, temperature: 1000 });
    expect(Math.abs(approximation / radius - 1)).toBeLessThan(1e-3);
  });

  it('temperature → radius → temperature is the way there and back, to 1e-12', () => {
    for (const temperature of [0.03, 0.07, 0.3, 1, 4, 50, 700]) {
      const { radius, limit } = radiusOfTemperature(scores, { ...options, temperature });
      // All weight on one score already: every smaller temperature has the same radius.
      if (radius > 0.999 * limit) continue;
      const back = temperatureForRadius(scores, { ...options, radius });
      expect(Math.abs(back.temperature / temperature - 1)).toBeLessThan(1e-12);
      const m = scores.reduce((sum, s) => sum + s / 64, 0);
      const variance = scores.reduce((sum, s) => sum + (s - m) ** 2 / 64, 0);
      expect(back.approximation).toBeCloseTo(Math.sqrt(variance / (2 * radius)), 9);
    }
  });
});

describe('any radius below the limit', () => {
  it('has a temperature, for scores of any size with ties among them', () => {
    const score = fc.oneof(
      fc.integer({ min: -8, max: 8 }).map((x) => x / 8),
      fc.float({ min: -1, max: 1, noNaN: true }),
    );
    const list = fc.array(score, { minLength: 2, maxLength: 30 }).filter((s) => new Set(s).size > 1);
    const size = fc.constantFrom(1e-30, 1e-3, 1, 1e4, 1e30);
    fc.assert(
      fc.property(list, size, fc.double({ min: 1e-6, max: 0.98, noNaN: true }), (raw, factor, share) => {
        const scores = Float32Array.from(raw, (s) => s * factor);
        const { limit } = radiusOfTemperature(scores, { temperature: 1 });
        fc.pre(limit > 0);
        const radius = share * limit;
        const { temperature } = temperatureForRadius(scores, { radius });
        expect(temperature).toBeGreaterThan(0);
        const weights = referenceWeights(scores, temperature);
        const { phi } = powerReference(1);
        const got = weights.reduce((sum, w) => sum + phi(w), 0) / weights.length;
        expect(Math.abs(got - radius)).toBeLessThan(1e-9 * radius + 1e-12);
      }),
      { numRuns: 500 },
    );
  });
});

/** KL's weights e^{s/τ}/E e^{s/τ}. */
function referenceWeights(scores: Float32Array, temperature: number): number[] {
  const top = Math.max(...scores);
  const raw = Array.from(scores, (s) => Math.exp((s - top) / temperature));
  const mean = raw.reduce((sum, w) => sum + w, 0) / raw.length;
  return raw.map((w) => w / mean);
}

describe('a divergence of the user', () => {
  it('has its own curvature: φ″(1) = 2 halves the radius that the variance says', () => {
    const phi = (t: number) => (t - 1) ** 2;
    const conjugate = (x: number) => (x >= -2 ? x + (x * x) / 4 : -1);
    const divergence = { phi, conjugate, conjugateDerivative: (x: number) => Math.max(0, 1 + x / 2) };
    const scores = cosines(40, uniform(2));
    const own = radiusOfTemperature(scores, { divergence, temperature: 2 });
    const plain = radiusOfTemperature(scores, { divergence: 'chi2', temperature: 2 });
    expect(own.approximation).toBeCloseTo(plain.approximation / 2, 6);
    expect(own.radius).toBeCloseTo(own.approximation, 6);
    const { temperature } = temperatureForRadius(scores, { divergence, radius: own.radius });
    expect(temperature).toBeCloseTo(2, 10);
  });
});

describe('a radius that no temperature reaches', () => {
  const refusal = (scores: number[], radius: number, options: DivergenceOptions = {}) => {
    try {
      temperatureForRadius(scores, { ...options, radius });
    } catch (error) {
      return error as AdnceError;
    }
    throw new Error('no error');
  };

  it.each([
    [[0, 1, 0.5, 0.2], 1.5, Math.log(4), {}],
    [[0, 1, 1, 0.2], Math.log(2), Math.log(2), {}],
    [[0, 1], 3, 0.5, { divergence: 'chi2' as const }],
    [Array.from({ length: 50 }, (_, j) => j / 50), 99, 24.5, { divergence: 'chi2' as const }],
  ])('of %j, %d, is E_OPTION with the range and a nearest value that works', (scores, radius, limit, options) => {
    const error = refusal(scores, radius, options);
    expect(error.code).toBe('E_OPTION');
    const named = Number(error.message.match(/< ([\d.e-]+) for these/)?.[1]);
    expect(named).toBeCloseTo(limit, 12);
    const nearest = Number(error.hint?.match(/nearest valid value is ([\d.e-]+)/)?.[1]);
    expect(nearest).toBeLessThan(limit);
    expect(nearest).toBeGreaterThan(limit * (1 - 1e-5));
    expect(temperatureForRadius(scores, { ...options, radius: nearest }).temperature).toBeGreaterThan(0);
  });

  it('says how many scores tie, and what scores that are all equal mean', () => {
    expect(refusal([0, 1, 1, 0.2], 1).message).toContain('for these 4 scores of which 2 tie at the maximum, got 1');
    expect(refusal([1, 1], 0.1).message).toMatch(/"radius" must be 0 for scores that are all equal, .* collapsed/);
  });

  it.each([0, -1, Number.NaN])('%d is out of range', (radius) => {
    expect(() => temperatureForRadius([0, 1], { radius })).toThrow(
      /^E_OPTION temperatureForRadius: "radius" must be a finite number > 0/,
    );
  });

  it('does not exist for orders of 0 and below: any radius is reached', () => {
    const { temperature } = temperatureForRadius([0, 1, 0.5], { divergence: 'reverse_kl', radius: 20 });
    expect(temperature).toBeLessThan(1e-10);
    expect(radiusOfTemperature([0, 1], { divergence: 'reverse_kl', temperature: 1 }).limit).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it.each([
    { divergence: 'reverse_kl' as const },
    { divergence: 'cressie_read' as const, order: -0.01 },
    { divergence: 'cressie_read' as const, order: 0.01 },
  ])('of %j beyond what float64 has temperatures for is refused with a nearest value that works', (options) => {
    const scores = [0, 1, 0.5];
    const { limit } = radiusOfTemperature(scores, { ...options, temperature: 1 });
    const error = refusal(scores, Math.min(1e100, limit * (1 - 1e-10)), options);
    expect(error.code).toBe('E_OPTION');
    const radius = Number(error.hint?.match(/nearest valid value is ([\d.e+-]+)/)?.[1]);
    expect(temperatureForRadius(scores, { ...options, radius }).temperature).toBeGreaterThan(0);
  });

  it('and CVaR has no temperature at all', () => {
    const options = { divergence: 'cvar' as const, level: 0.5 };
    expect(() => temperatureForRadius([0, 1], { ...options, radius: 1 })).toThrow(AdnceError);
    expect(() => radiusOfTemperature([0, 1], { ...options, temperature: 1 })).toThrow(/with a temperature, got "cvar"/);
  });
});
