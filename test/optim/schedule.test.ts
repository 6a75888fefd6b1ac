/** Learning-rate schedules, and the cosine they are made of. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learningRateAt, type ScheduleOptions } from '../../src/optim/index.js';
import { cosPi } from '../../src/optim/schedule.js';

const rates = (steps: number, options: ScheduleOptions = {}) =>
  Array.from({ length: steps }, (_, step) => learningRateAt(step, steps, options));

describe('cosPi', () => {
  it('is the cosine, within what Math.cos and the rounding of its argument allow', () => {
    let worst = 0;
    for (let i = 0; i <= 100_000; i++) {
      const t = i / 100_000;
      worst = Math.max(worst, Math.abs(cosPi(t) - Math.cos(Math.PI * t)));
    }
    expect(worst).toBeLessThan(4e-16);
  });

  it('is exact where the cosine is, and meets itself at the seams', () => {
    expect([cosPi(0), cosPi(0.5), cosPi(1)]).toEqual([1, 0, -1]);
    expect(Math.abs(cosPi(1 / 3) - 0.5)).toBeLessThan(2e-16);
    for (const seam of [0.25, 0.75]) expect(Math.abs(cosPi(seam) - cosPi(seam + 2 ** -52))).toBeLessThan(1e-15);
  });
});

describe('learningRateAt', () => {
  it('rises in equal parts, then falls along half a cosine', () => {
    const got = rates(10, { warmup: 0.4 });
    expect(got.slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
    got.slice(4).forEach((rate, k) => {
      expect(rate).toBeCloseTo((1 + Math.cos((Math.PI * k) / 6)) / 2, 14);
    });
    expect(got[4]).toBe(1);
  });

  it('falls along a line, or stays', () => {
    expect(rates(4, { schedule: 'linear' })).toEqual([1, 0.75, 0.5, 0.25]);
    expect(rates(4, { schedule: 'linear', final: 0.5 })).toEqual([1, 0.875, 0.75, 0.625]);
    expect(rates(4, { schedule: 'constant', warmup: 0.5 })).toEqual([0.5, 1, 1, 1]);
  });

  it('is final beyond the last step, and 1 at the end of a warm-up that takes all', () => {
    for (const schedule of ['cosine', 'linear'] as const) {
      expect(learningRateAt(10, 10, { schedule, final: 0.1 })).toBeCloseTo(0.1, 15);
      expect(learningRateAt(99, 10, { schedule, final: 0.1 })).toBeCloseTo(0.1, 15);
    }
    expect(rates(4, { warmup: 1 })).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('lies in (0, 1], never rises after warm-up and reaches 1, for any run', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        share,
        share,
        fc.constantFrom('cosine', 'linear', 'constant'),
        (steps, warmup, final, schedule) => {
          const got = rates(steps, { warmup, final, schedule });
          const top = Math.max(0, Math.round(steps * warmup) - 1);
          expect(got[top]).toBe(1);
          expect(got.every((rate) => rate > 0 && rate <= 1)).toBe(true);
          expect(got.every((rate, step) => step === 0 || step > top || rate > (got[step - 1] as number))).toBe(true);
          expect(got.every((rate, step) => step <= top || rate <= (got[step - 1] as number))).toBe(true);
          expect(got.every((rate, step) => step <= top || rate >= final)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each<[number, number, object, string]>([
    [-1, 10, {}, '"step" must be an integer >= 0, got -1'],
    [0.5, 10, {}, '"step" must be an integer >= 0, got 0.5'],
    [0, 0, {}, '"steps" must be an integer >= 1, got 0'],
    [0, 10, { warmup: 1.1 }, '"warmup" must be a finite number >= 0 and <= 1, got 1.1'],
    [0, 10, { final: -0.1 }, '"final" must be'],
    [0, 10, { schedule: 'cosin' }, '"schedule" must be one of "cosine", "linear", "constant", got "cosin". Hint: did'],
    [0, 10, { warmUp: 0.1 }, 'unknown option "warmUp". Hint: did you mean "warmup"'],
  ])('refuses step %j of %j with %j', (step, steps, options, message) => {
    expect(() => learningRateAt(step, steps, options)).toThrow(/^E_OPTION learningRateAt: /);
    expect(() => learningRateAt(step, steps, options)).toThrow(message);
  });
});
