/** What must hold for the worst case of any divergence whatever the scores are. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DivergenceOptions, worstCase } from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { expectClose } from '../support/close.js';
import { uniform } from '../support/core.js';
import { cosines } from '../support/dro.js';

const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, x) => sum + x, 0) / list.length;

beforeAll(async () => {
  await init({});
});

/** A finite score of any size, ties and extremes among them. */
const wildScore = fc.oneof(
  { weight: 3, arbitrary: fc.float({ min: -1, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45) },
);
const temperatureArbitrary = fc
  .double({ min: -3, max: 3, noNaN: true })
  .map((x) => Math.min(1e3, Math.max(1e-3, 10 ** x)));
const divergenceArbitrary: fc.Arbitrary<DivergenceOptions> = fc.oneof(
  fc.constantFrom<DivergenceOptions>({ divergence: 'kl' }, { divergence: 'chi2' }, { divergence: 'reverse_kl' }),
  fc
    .double({ min: -20, max: 20, noNaN: true })
    .map((order): DivergenceOptions => ({ divergence: 'cressie_read', order })),
  fc.double({ min: 1e-3, max: 1, noNaN: true }).map((level): DivergenceOptions => ({ divergence: 'cvar', level })),
);
const play = (scores: ArrayLike<number>, options: DivergenceOptions, temperature: number) =>
  worstCase(scores, options.divergence === 'cvar' ? options : { ...options, temperature });

const NAMED: DivergenceOptions[] = [
  { divergence: 'kl' },
  { divergence: 'chi2' },
  { divergence: 'reverse_kl' },
  ...[-20, -1, 0.5, 1.5, 3, 20].map((order): DivergenceOptions => ({ divergence: 'cressie_read', order })),
];

/** ADNCE_RUNS=100000 is the slow command of docs/maths/dro.md. */
const RUNS = Number(process.env.ADNCE_RUNS ?? 2000);

describe('whatever the scores', () => {
  const scoresArbitrary = fc.array(wildScore, { minLength: 1, maxLength: 40 });

  it('everything is finite, weights are >= 0 with mean 1 and rise with the score, the value lies between E s and max s', () => {
    fc.assert(
      fc.property(scoresArbitrary, divergenceArbitrary, temperatureArbitrary, (scores, options, temperature) => {
        const got = play(scores, options, temperature);
        const { weights, nu, value, dual, radius, effectiveSampleSize: size, hardest } = got;
        const numbers = [nu, value, dual, radius, size, hardest.percent1, hardest.percent10, ...weights];
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(weights.every((w) => w >= 0)).toBe(true);
        expect(Math.abs(mean(weights) - 1)).toBeLessThan(1e-11);
        const order = scores.map((_, j) => j).sort((i, j) => (scores[i] as number) - (scores[j] as number));
        for (let k = 1; k < order.length; k++) {
          const [i, j] = [order[k - 1] as number, order[k] as number];
          expect(weights[j] as number).toBeGreaterThanOrEqual((weights[i] as number) * (1 - 1e-12));
        }
        const largest = Math.max(...scores);
        const slack = 1e-12 * (temperature + Math.max(...scores.map(Math.abs)));
        expect(value).toBeLessThanOrEqual(largest + slack);
        expect(value).toBeGreaterThanOrEqual(mean(scores) - slack);
        expect(size).toBeLessThanOrEqual(scores.length * (1 + 1e-12));
        expect(size).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(radius).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('an order of the scores changes nothing but the order of the weights', () => {
    fc.assert(
      fc.property(scoresArbitrary, divergenceArbitrary, temperatureArbitrary, (scores, options, temperature) => {
        const before = play(scores, options, temperature);
        const after = play(scores.toReversed(), options, temperature);
        expectClose(after.weights.toReversed(), before.weights, { relative: 1e-9, absolute: 1e-12 });
        expect(after.hardest.percent10).toBeCloseTo(before.hardest.percent10, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('moving all scores moves ν and the value and nothing else; stretching scores and temperature leaves the weights', () => {
    // Multiples of 2⁻¹⁰, so that float32 moves and stretches them exactly.
    const exact = fc.array(
      fc.integer({ min: -1024, max: 1024 }).map((x) => x / 1024),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(exact, divergenceArbitrary, fc.integer({ min: -3, max: 3 }), (scores, options, shift) => {
        const plain = play(scores, options, 0.25);
        const moved = play(
          scores.map((s) => s + shift),
          options,
          0.25,
        );
        expectClose(moved.weights, plain.weights, { relative: 1e-12, absolute: 1e-300 });
        expect(moved.value - shift).toBeCloseTo(plain.value, 11);
        expect(moved.nu - shift).toBeCloseTo(plain.nu, 11);
        const stretched = play(
          scores.map((s) => s * 8),
          options,
          2,
        );
        expectClose(stretched.weights, plain.weights, { relative: 1e-12, absolute: 1e-300 });
        expect(stretched.value / 8).toBeCloseTo(plain.value, 11);
      }),
      { numRuns: 300 },
    );
  });

  it('65,536 negatives are no problem, at the ends of the temperatures', () => {
    const scores = cosines(65_536, uniform(1));
    for (const options of NAMED) {
      for (const temperature of [0.001, 1000]) {
        const { weights, radius } = worstCase(scores, { ...options, temperature });
        expect(Math.abs(mean(weights) - 1)).toBeLessThan(1e-11);
        expect(Number.isFinite(radius)).toBe(true);
      }
    }
  });
});
