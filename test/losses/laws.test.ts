/** What must hold for every batch (maths §2, §4), on batches that fast-check thinks up. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adnceWeights, klWeights } from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { type LossResult, runLoss } from '../support/losses.js';
import { condition, type Embeddings, type ReferenceProblem } from '../support/reference.js';

const LAYOUTS = ['image', 'sentence', 'graph'] as const;

/** A number between two powers of ten. */
const powers = (low: number, high: number) =>
  fc.double({ min: low, max: high, noNaN: true }).map((x) => Math.fround(10 ** x));
const unit = fc.float({ min: -1, max: 1, noNaN: true });

interface Case {
  e: Embeddings;
  problem: ReferenceProblem;
}

interface Ranges {
  temperature: fc.Arbitrary<number>;
  sigma: fc.Arbitrary<number>;
  mu: fc.Arbitrary<number>;
  /** What is done to the rows of a batch. */
  rows: 'plain' | 'hostile';
}

/** Rows at random; hostile ones are zero, copies of the first, or of a length between 1e-20 and 1e20. */
function rowsOf(n: number, d: number, kind: Ranges['rows']): fc.Arbitrary<Float32Array> {
  const plain = fc.array(unit, { minLength: d, maxLength: d });
  if (kind === 'plain') {
    const long = plain.map((row) => (Math.hypot(...row) < 0.1 ? row.map((x, k) => x + (k === 0 ? 0.5 : 0.25)) : row));
    return fc.array(long, { minLength: n, maxLength: n }).map((rows) => Float32Array.from(rows.flat()));
  }
  const hostile = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(plain, powers(-20, 20)).map(([row, size]) => row.map((x) => x * size)) },
    { weight: 1, arbitrary: fc.constant<number[]>(Array(d).fill(0)) },
    { weight: 1, arbitrary: fc.constant<number[] | null>(null) },
  );
  return fc
    .array(hostile, { minLength: n, maxLength: n })
    .map((rows) => Float32Array.from(rows.flatMap((row) => row ?? rows[0] ?? Array(d).fill(1))));
}

function cases(ranges: Ranges): fc.Arbitrary<Case> {
  const shape = fc.record({ n: fc.integer({ min: 2, max: 9 }), d: fc.integer({ min: 1, max: 9 }) });
  const options = fc.record({
    objective: fc.constantFrom('infonce' as const, 'adnce' as const),
    layout: fc.constantFrom(...LAYOUTS),
    temperature: ranges.temperature,
    mu: ranges.mu,
    sigma: ranges.sigma,
    detach: fc.boolean(),
    positive: fc.constantFrom('in' as const, 'out' as const),
    denominator: fc.constantFrom('sum' as const, 'mean' as const),
    symmetric: fc.boolean(),
    hardNegativeWeight: fc.integer({ min: -3, max: 3 }),
  });
  return fc.tuple(shape, options, fc.boolean()).chain(([{ n, d }, raw, wish]) => {
    const hard = wish && raw.layout === 'sentence';
    const problem = {
      ...raw,
      symmetric: raw.symmetric && !hard,
      denominator: raw.positive === 'in' ? 'sum' : raw.denominator,
    } satisfies ReferenceProblem;
    const rows = rowsOf(n, d, ranges.rows);
    return fc.record({ a: rows, b: rows, c: hard ? rows : fc.constant(undefined) }).map((list) => ({
      e: { n, d, ...list },
      problem,
    }));
  });
}

const WILD: Ranges = {
  temperature: powers(-3, 3).map((t) => Math.max(t, 0.0010001)),
  sigma: powers(-3, 3).map((s) => Math.max(s, 0.0010001)),
  mu: fc.double({ min: -5, max: 5, noNaN: true }),
  rows: 'hostile',
};
const TAME: Ranges = {
  temperature: powers(-1.3, 0.5),
  sigma: powers(-0.5, 0.5),
  mu: fc.double({ min: -1, max: 1, noNaN: true }),
  rows: 'plain',
};

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Gradients of all three inputs, to one list. */
function gradients(result: LossResult): number[] {
  return [...result.a, ...result.b, ...result.c];
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    expect(Math.abs((got[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(tolerance);
  }
}

/** What a float32 run may differ by: in the loss, and in a gradient over the inverse norm of the shortest row. */
function tolerances({ e, problem }: Case): { loss: number; gradient: number } {
  const c = condition(problem);
  const d = e.d;
  const norms = [e.a, e.b, ...(e.c === undefined ? [] : [e.c])].flatMap((list) =>
    Array.from({ length: e.n }, (_, i) => Math.hypot(...Array.from(list).slice(i * d, (i + 1) * d))),
  );
  return {
    loss: 4e-6 + 4e-7 * c,
    gradient: ((1e-5 + 1e-6 * c) / problem.temperature) * Math.max(1, 1 / Math.min(...norms)),
  };
}

beforeAll(async () => {
  await init({});
});

describe('every finite input', () => {
  it('has a finite loss and finite gradients', () => {
    fc.assert(
      fc.property(cases(WILD), ({ e, problem }) => {
        const result = runLoss(e, problem);
        const { loss, temperature, mu, sigma } = result;
        expect([loss, temperature, mu, sigma].every(Number.isFinite)).toBe(true);
        expect(gradients(result).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 1200 },
    );
  });

  it('is not changed by it', () => {
    fc.assert(
      fc.property(cases(WILD), ({ e, problem }) => {
        const before = [e.a, e.b].map((list) => Array.from(list));
        runLoss(e, problem);
        expect([e.a, e.b].map((list) => Array.from(list))).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });
});

describe('permuting the pairs', () => {
  it('leaves the loss and permutes the gradients', () => {
    fc.assert(
      fc.property(cases(TAME), fc.infiniteStream(fc.nat()), (given, order) => {
        const { e, problem } = given;
        const { n, d } = e;
        const keys = Array.from({ length: n }, () => order.next().value as number);
        const places = keys.map((_, i) => i).sort((i, j) => (keys[i] as number) - (keys[j] as number));
        const move = <T extends ArrayLike<number>>(list: T) =>
          Float32Array.from(places.flatMap((i) => Array.from(list).slice(i * d, (i + 1) * d)));
        const moved = { n, d, a: move(e.a), b: move(e.b), c: e.c === undefined ? undefined : move(e.c) };
        const [before, after] = [runLoss(e, problem), runLoss(moved, problem)];
        const { loss, gradient } = tolerances(given);
        expect(Math.abs(after.loss - before.loss)).toBeLessThanOrEqual(loss);
        expectClose(after.a, move(before.a), gradient);
        expectClose(after.b, move(before.b), gradient);
        if (e.c !== undefined) expectClose(after.c, move(before.c), gradient);
      }),
      { numRuns: 250 },
    );
  });
});

describe('the length of a row', () => {
  it('changes neither the loss nor, scaled back, its gradient', () => {
    fc.assert(
      fc.property(cases(TAME), fc.array(powers(-6, 6), { minLength: 9, maxLength: 9 }), (given, sizes) => {
        const { e, problem } = given;
        const { n, d } = e;
        const scale = (list: ArrayLike<number>, sign: 1 | -1) =>
          Float32Array.from(list, (x, at) => x * (sizes[Math.floor(at / d)] as number) ** sign);
        const scaled = { ...e, n, d, a: scale(e.a, 1) };
        const [before, after] = [runLoss(e, problem), runLoss(scaled, problem)];
        const { loss, gradient } = tolerances(given);
        expect(Math.abs(after.loss - before.loss)).toBeLessThanOrEqual(loss);
        expectClose(scale(after.a, 1), before.a, gradient);
        expectClose(after.b, before.b, gradient);
      }),
      { numRuns: 250 },
    );
  });

  it('is a direction in which the loss does not change: gradients are orthogonal to their rows', () => {
    fc.assert(
      fc.property(cases(TAME), (given) => {
        const { e, problem } = given;
        const result = runLoss(e, problem);
        for (const key of ['a', 'b'] as const) {
          for (let i = 0; i < e.n; i++) {
            const row = Array.from(e[key]).slice(i * e.d, (i + 1) * e.d);
            const along = row.reduce((sum, x, k) => sum + x * (result[key][i * e.d + k] as number), 0);
            // The size of a gradient before projection is at most 2/τ·(1 + …) over the norm, which the product takes away.
            const size = condition(problem) * 4 + largest(result[key]) * Math.hypot(...row);
            expect(Math.abs(along)).toBeLessThanOrEqual(1e-6 * size);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('symmetric', () => {
  it('is the mean of both directions', () => {
    fc.assert(
      fc.property(cases(TAME), (given) => {
        const { e } = given;
        const problem = { ...given.problem, symmetric: false, layout: 'graph' as const };
        const plain = { n: e.n, d: e.d, a: e.a, b: e.b };
        const both = runLoss(plain, { ...problem, symmetric: true });
        const there = runLoss(plain, problem);
        const back = runLoss({ ...plain, a: e.b, b: e.a }, problem);
        const { loss, gradient } = tolerances(given);
        const mean = (x: Float32Array, y: Float32Array) => x.map((value, i) => (value + (y[i] as number)) / 2);
        expect(Math.abs(both.loss - (there.loss + back.loss) / 2)).toBeLessThanOrEqual(loss);
        expectClose(both.a, mean(there.a, back.b), gradient);
        expectClose(both.b, mean(there.b, back.a), gradient);
      }),
      { numRuns: 200 },
    );
  });

  it('changes nothing in layout image, which has both directions', () => {
    fc.assert(
      fc.property(cases(TAME), ({ e, problem }) => {
        const image = { ...problem, layout: 'image' as const };
        const plain = { ...e, c: undefined };
        expect(runLoss(plain, { ...image, symmetric: true })).toEqual(runLoss(plain, { ...image, symmetric: false }));
      }),
      { numRuns: 50 },
    );
  });
});

describe('ADNCE as sigma grows', () => {
  it('becomes InfoNCE: with the positive (image), with the diagonal (sentence), of the mean and without (graph)', () => {
    fc.assert(
      fc.property(cases(TAME), (given) => {
        const { e, problem } = given;
        const plain = { ...e, c: undefined };
        for (const layout of LAYOUTS) {
          const common = { layout, temperature: problem.temperature };
          const flat = runLoss(plain, { ...common, objective: 'adnce', mu: problem.mu ?? 0, sigma: 1e6 });
          // The diagonal among the candidates is the positive itself: the same sum as with the positive in the denominator.
          const out = layout === 'graph';
          const denominator = out ? 'mean' : 'sum';
          const limit = runLoss(plain, { ...common, objective: 'infonce', positive: out ? 'out' : 'in', denominator });
          const { loss, gradient } = tolerances({ e: plain, problem: { ...common, objective: 'infonce' } });
          expect(Math.abs(flat.loss - limit.loss)).toBeLessThanOrEqual(loss);
          expectClose(flat.a, limit.a, gradient);
          expectClose(flat.b, limit.b, gradient);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('weights', () => {
  const scores = fc.array(unit, { minLength: 1, maxLength: 40 }).map((list) => Float32Array.from(list));
  const mean = (list: Float32Array) => list.reduce((sum, x) => sum + x, 0) / list.length;

  it('of ADNCE and of KL-DRO have the mean 1 and are not negative', () => {
    fc.assert(
      fc.property(scores, WILD.mu, WILD.sigma, WILD.temperature, (s, mu, sigma, temperature) => {
        for (const weights of [adnceWeights(s, { mu, sigma }), klWeights(s, { temperature })]) {
          expect(weights.length).toBe(s.length);
          expect(Math.abs(mean(weights) - 1)).toBeLessThan(1e-6);
          expect(weights.every((w) => w >= 0)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of ADNCE fall with the distance from mu; those of KL-DRO rise with the score', () => {
    fc.assert(
      fc.property(scores, TAME.mu, TAME.sigma, TAME.temperature, (s, mu, sigma, temperature) => {
        const gaussian = adnceWeights(s, { mu, sigma });
        const worstCase = klWeights(s, { temperature });
        const distance = (i: number) => Math.abs((s[i] as number) - mu);
        for (let i = 1; i < s.length; i++) {
          if (distance(i) < distance(0)) expect(gaussian[i]).toBeGreaterThanOrEqual(gaussian[0] as number);
          if ((s[i] as number) > (s[0] as number)) expect(worstCase[i]).toBeGreaterThanOrEqual(worstCase[0] as number);
        }
      }),
      { numRuns: 100 },
    );
  });
});
