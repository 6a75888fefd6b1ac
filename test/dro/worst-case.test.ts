/** Worst cases of every divergence, against the reference and against what they are by definition. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type DivergenceOptions,
  effectiveSampleSize,
  hardestMass,
  klWeights,
  weightedCase,
  worstCase,
} from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { expectClose } from '../support/close.js';
import { uniform } from '../support/core.js';
import { cosines, powerReference, referenceWorstCase } from '../support/dro.js';

const POWERS: [name: string, options: DivergenceOptions, order: number][] = [
  ['kl', { divergence: 'kl' }, 1],
  ['chi2', { divergence: 'chi2' }, 2],
  ['reverse_kl', { divergence: 'reverse_kl' }, 0],
  ['alpha 1.25', { divergence: 'alpha', alpha: 1.25 }, 1.25],
  ...[-20, -1, 0.5, 0.999, 1.5, 3, 8].map((order): [string, DivergenceOptions, number] => [
    `cressie_read ${order}`,
    { divergence: 'cressie_read', order },
    order,
  ]),
];
const TEMPERATURES = [0.01, 0.07, 0.5, 10, 1000];

const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, x) => sum + x, 0) / list.length;

beforeAll(async () => {
  await init({});
});

describe.each(POWERS)('%s', (_, options, order) => {
  it.each(TEMPERATURES)('is the worst case of the definitions at temperature %d', (temperature) => {
    const next = uniform(11);
    for (const count of [1, 2, 7, 64, 301]) {
      const scores = cosines(count, next);
      const got = worstCase(scores, { ...options, temperature });
      const expected = referenceWorstCase(scores, powerReference(order), temperature);
      // The reference loses digits where (s − ν)/τ is small against s/τ, and φ near w = 1.
      const lost = 1e-13 * (1 + 1 / temperature);
      // At extreme orders a float64 ν of its own can't say where the mean weight is 1; the test below holds them.
      if (Math.abs(order - 1) > 2) continue;
      expectClose(got.weights, expected.weights, { relative: 100 * lost * (1 + Math.abs(order)), absolute: lost });
      expect(Math.abs(got.nu - expected.nu)).toBeLessThan(1e-12 * (1 + temperature));
      expect(Math.abs(got.value - expected.value)).toBeLessThan(1e-13 * (1 + temperature));
      expect(Math.abs(got.radius - expected.radius)).toBeLessThan(1e-12 + 1e-9 * expected.radius);
      expect(got.dual).toBeCloseTo(got.value + temperature * got.radius, 12);
    }
  });

  it('beats other weightings: the value is a maximum', () => {
    const next = uniform(5);
    const scores = cosines(9, next);
    const { phi } = powerReference(order);
    for (const temperature of [0.1, 1]) {
      const best = worstCase(scores, { ...options, temperature });
      const payoff = (w: number[]) => mean(w.map((x, j) => x * (scores[j] as number))) - temperature * mean(w.map(phi));
      for (let turn = 0; turn < 50; turn++) {
        const raw = Array.from(best.weights, (w) => w * (1 + 0.5 * next()) + 1e-3);
        const scale = mean(raw);
        expect(payoff(raw.map((w) => w / scale))).toBeLessThanOrEqual(best.value + 1e-12);
      }
    }
  });
});

describe('between the named members of the family', () => {
  it.each([
    [1, 'kl' as const],
    [0, 'reverse_kl' as const],
  ])('order %d ± 1e-7 is next to %s, and the order itself is the same', (order, divergence) => {
    const scores = cosines(50, uniform(3));
    const named = worstCase(scores, { divergence, temperature: 0.2 });
    expect(worstCase(scores, { divergence: 'cressie_read', order, temperature: 0.2 })).toEqual(named);
    for (const near of [order - 1e-7, order + 1e-7]) {
      const got = worstCase(scores, { divergence: 'cressie_read', order: near, temperature: 0.2 });
      expectClose(got.weights, named.weights, { relative: 1e-5, absolute: 1e-9 });
      expect(Math.abs(got.radius / named.radius - 1)).toBeLessThan(1e-5);
      expect(Math.abs(got.value - named.value)).toBeLessThan(1e-7);
    }
  });
});

describe('chi2', () => {
  it('is the mean-variance form while no weight is 0', () => {
    const scores = cosines(40, uniform(9));
    const m = mean(scores);
    const variance = mean(Array.from(scores, (s) => (s - m) ** 2));
    const { value, nu } = worstCase(scores, { divergence: 'chi2', temperature: 3 });
    expect(value).toBeCloseTo(m + variance / 6, 12);
    expect(nu).toBeCloseTo(m, 12);
  });
});

describe('kl', () => {
  it('is InfoNCE: ν = τ·log E e^{s/τ} is the value, the weights are those of klWeights', () => {
    const scores = cosines(70, uniform(4));
    const temperature = 0.1;
    const got = worstCase(scores, { temperature });
    const soft = temperature * Math.log(mean(Array.from(scores, (s) => Math.exp(s / temperature))));
    expect(got.nu).toBeCloseTo(soft, 13);
    expect(got.value).toBeCloseTo(soft, 13);
    expect([...klWeights(scores, { temperature })]).toEqual([...Float32Array.from(got.weights)]);
    const entropy = mean(Array.from(got.weights, (w) => w * Math.log(w)));
    expect(got.radius).toBeCloseTo(entropy, 13);
  });
});

describe('cvar', () => {
  const scores = Float32Array.of(0.1, 0.5, -0.2, 0.9, 0.7, 0, 0.3);

  it('is the mean of the top share, a fraction at the border', () => {
    const got = worstCase(scores, { divergence: 'cvar', level: 0.3 });
    // 0.3·7 = 2.1: the two largest in full, a tenth of the third.
    expectClose(got.weights, [0, 0.1 / 0.3, 0, 1 / 0.3, 1 / 0.3, 0, 0], { relative: 1e-14, absolute: 1e-14 });
    const f = Math.fround;
    expect(got.value).toBeCloseTo((f(0.9) + f(0.7) + 0.1 * f(0.5)) / 2.1, 14);
    expect(got).toMatchObject({ nu: 0.5, radius: 0, dual: got.value });
  });

  it('at level 1 is the mean, at a level below 1/M the maximum', () => {
    expect(worstCase(scores, { divergence: 'cvar', level: 1 }).value).toBeCloseTo(mean(scores), 14);
    expect(worstCase(scores, { divergence: 'cvar', level: 0.01 }).value).toBe(Math.fround(0.9));
  });

  it('shares the border among those that tie there', () => {
    const { weights } = worstCase([1, 0, 1, 1, 0], { divergence: 'cvar', level: 0.4 });
    expectClose(weights, [5 / 3, 0, 5 / 3, 5 / 3, 0], { relative: 1e-14, absolute: 1e-300 });
  });
});

describe('a divergence of the user', () => {
  const { phi, star, weight } = powerReference(1.5);
  const custom = { phi, conjugate: star, conjugateDerivative: weight };

  it.each([0.05, 1, 100])('gives what the same divergence gives by name, temperature %d', (temperature) => {
    const scores = cosines(33, uniform(8));
    const own = worstCase(scores, { divergence: custom, temperature });
    const named = worstCase(scores, { divergence: 'cressie_read', order: 1.5, temperature });
    expectClose(own.weights, named.weights, { relative: 1e-9, absolute: 1e-12 });
    for (const key of ['nu', 'value', 'radius', 'effectiveSampleSize'] as const) {
      expect(Math.abs(own[key] - named[key])).toBeLessThan(1e-10 * (1 + temperature));
    }
  });

  it('may be written without its domain: a negative weight counts as beyond it', () => {
    const naive = {
      name: 'burg',
      phi: (t: number) => -Math.log(t) + t - 1,
      conjugate: (x: number) => -Math.log(1 - x),
      conjugateDerivative: (x: number) => 1 / (1 - x),
    };
    const scores = cosines(20, uniform(2));
    const own = worstCase(scores, { divergence: naive, temperature: 0.1 });
    expectClose(own.weights, worstCase(scores, { divergence: 'reverse_kl', temperature: 0.1 }).weights, {
      relative: 1e-9,
      absolute: 1e-12,
    });
  });

  it('is refused where it is none', () => {
    const scores = [0.1, 0.2];
    const run = (change: object) => () =>
      worstCase(scores, { divergence: { ...custom, ...change } as never, temperature: 1 });
    expect(run({ conjugateDerivative: (x: number) => 2 + x })).toThrow(
      /^E_OPTION worstCase: "divergence" must have a function conjugateDerivative with conjugateDerivative\(0\) = 1, got 2\. Hint: subtract/,
    );
    expect(run({ phi: (t: number) => t * Math.log(t) + 1 })).toThrow(
      /must have a function phi with phi\(1\) = 0, got 1/,
    );
    expect(run({ conjugate: () => Number.NaN })).toThrow(/conjugate\(0\) = 0, got NaN/);
    expect(run({ weight: 1 })).toThrow(/^E_OPTION worstCase: unknown option "weight"/);
    expect(run({ phi: (t: number) => (t === 1 ? 0 : Number.POSITIVE_INFINITY) })).toThrow(/^E_VALUE worstCase: /);
    expect(run({ phi: undefined })).toThrow(/must have a function phi with phi\(1\) = 0, got undefined/);
    // A jump over 1 leaves no ν with mean weight 1.
    expect(run({ conjugateDerivative: (x: number) => (x < 0 ? 0 : x > 0 ? 5 : 1) })).toThrow(/a mean of/);
  });
});

describe('effectiveSampleSize and hardestMass', () => {
  it('count the negatives that matter', () => {
    expect(effectiveSampleSize([1, 1, 1, 1])).toBe(4);
    expect(effectiveSampleSize([0, 4, 0, 0])).toBe(1);
    expect(effectiveSampleSize([2, 2, 0, 0])).toBe(2);
  });

  it('take the share of the hardest, in part at the border and alike for ties', () => {
    const scores = [0.4, 0.1, 0.3, 0.2];
    const weights = [2, 0.2, 1.2, 0.6];
    expect(hardestMass(scores, weights, 0.25)).toBeCloseTo(0.5, 14);
    expect(hardestMass(scores, weights, 0.5)).toBeCloseTo(0.8, 14);
    expect(hardestMass(scores, weights, 0.1)).toBeCloseTo(0.2, 14);
    expect(hardestMass(scores, weights, 1)).toBeCloseTo(1, 14);
    expect(hardestMass([1, 1, 0, 0], [1.5, 1.5, 0.5, 0.5], 0.25)).toBeCloseTo(0.375, 14);
  });
});

describe('worstCase refuses', () => {
  it.each([
    [{ temperature: 0 }, /^E_OPTION worstCase: "temperature" must be a finite number >= 0.001 and <= 1000, got 0/],
    [{}, /"temperature" must be .*, got undefined/],
    [{ temperature: 1, radius: -1 }, /"radius" must be a finite number >= 0, got -1/],
    [{ divergence: 'klx', temperature: 1 }, /"divergence" must be one of "kl", .* got "klx"\. Hint: did you mean "kl"/],
    [{ divergence: 'cressie_read', temperature: 1 }, /"order" must be a finite number >= -20 and <= 20, got undefined/],
    [{ divergence: 'cressie_read', order: 21, temperature: 1 }, /"order" must be .*, got 21/],
    [{ divergence: 'kl', order: 2, temperature: 1 }, /"order" does not go with divergence "kl"\. Hint: set divergence/],
    [{ divergence: 'cvar', level: 0 }, /"level" must be a finite number > 0 and <= 1, got 0/],
    [{ divergence: 'cvar', level: 0.5, temperature: 1 }, /one with a temperature, got "cvar"/],
    [{ temprature: 1 }, /unknown option "temprature"\. Hint: did you mean "temperature"/],
  ])('%j', (options, message) => {
    expect(() => worstCase([0, 1], options as never)).toThrow(message);
  });

  it('as hardestMass does weights that are not one a score', () => {
    expect(() => hardestMass([0, 1, 2], [1, 1], 0.5)).toThrow(/^E_SHAPE hardestMass: .* each of 3 scores, got 2/);
  });

  it('no scores, and scores that are not finite', () => {
    expect(() => worstCase([], { temperature: 1 })).toThrow(/^E_SHAPE worstCase: "scores" must hold at least one/);
    expect(() => worstCase([0, Number.NaN], { temperature: 1 })).toThrow(/^E_VALUE worstCase: .* score 1 is NaN/);
    expect(() => worstCase([0, 1e39], { temperature: 1 })).toThrow(/^E_VALUE worstCase: .* score 1 is 1e\+39/);
  });
});

describe('weightedCase', () => {
  const scores = Float32Array.of(0.1, 0.2, 0.4, 0.8);

  it('agrees with the worst case whose weights it is given, of whatever sum', () => {
    const { weights, dual, radius, effectiveSampleSize, hardest } = worstCase(scores, { temperature: 0.3 });
    const got = weightedCase(
      scores,
      weights.map((w) => 7 * w),
    );
    expect(got.mean).toBeCloseTo(dual, 12);
    expect(got.radius).toBeCloseTo(radius, 12);
    expect(got.effectiveSampleSize).toBeCloseTo(effectiveSampleSize, 12);
    expect(got.hardest.percent10).toBeCloseTo(hardest.percent10, 12);
  });

  it('is 0 for equal weights and log M for one, where weights of 0 count nothing', () => {
    expect(weightedCase(scores, [2, 2, 2, 2])).toMatchObject({ radius: 0, effectiveSampleSize: 4 });
    expect(weightedCase(scores, [0, 0, 0, 1e-300]).radius).toBeCloseTo(Math.log(4), 12);
  });

  it('refuses what is no weighting', () => {
    expect(() => weightedCase(scores, [1])).toThrow(/^E_SHAPE weightedCase: "weights" must be one for each of 4/);
    expect(() => weightedCase(scores, [1, -1, 1, 1])).toThrow(/^E_VALUE weightedCase: .* weight 1 is -1/);
    expect(() => weightedCase(scores, [0, 0, 0, 0])).toThrow(/^E_VALUE .* all are 0/);
  });
});
