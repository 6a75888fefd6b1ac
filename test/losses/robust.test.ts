/** Laws of the robust view (maths §2, §3, §4), and what ties the objectives to each other. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { randomFloats, uniform } from '../support/core.js';
import { drawEmbeddings, type LossResult, runLoss } from '../support/losses.js';
import { condition, type Embeddings, type ReferenceProblem } from '../support/reference.js';

beforeAll(async () => {
  await init({});
});

const LAYOUTS = ['image', 'sentence', 'graph'] as const;
const RUNS = { numRuns: 40 };

const powers = (low: number, high: number) =>
  fc.double({ min: low, max: high, noNaN: true }).map((x) => Math.fround(10 ** x));
const batches = fc
  .record({ n: fc.integer({ min: 2, max: 40 }), d: fc.integer({ min: 2, max: 9 }), seed: fc.nat() })
  .map(({ n, d, seed }) => drawEmbeddings(n, d, false, seed));
const layouts = fc.constantFrom(...LAYOUTS);
const temperatures = powers(-1.3, 0.5);
const orders = fc.constantFrom(-1, -0.3, 0, 0.5, 0.9, 1, 1.1, 1.5, 2, 3, 5);

/**
 * Two results alike, the second times a factor, within what float32 may do to scores. Gradients below the floor are what is left of
 * terms that cancel.
 */
function expectAlike(got: LossResult, expected: LossResult, c: number, factor = 1, shift = 0): void {
  const floor = 0.02 * Math.max(1, c);
  const tolerance = 4e-6 + 4e-7 * c;
  expect(Math.abs(got.loss - expected.loss * factor - shift)).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(got.loss)),
  );
  for (const key of ['a', 'b'] as const) {
    const largest = got[key].reduce((most, x) => Math.max(most, Math.abs(x)), floor);
    got[key].forEach((x, i) => {
      expect(Math.abs(x - (expected[key][i] as number) * factor)).toBeLessThanOrEqual(4 * tolerance * largest);
    });
  }
}

describe('CL-DRO', () => {
  it('with KL is τ·InfoNCE, decoupled, of the mean, plus τη (Theorem 3.2)', () => {
    fc.assert(
      fc.property(
        batches,
        layouts,
        temperatures,
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (e, layout, temperature, eta) => {
          const radius = layout !== 'image' && e.n < 3 ? 0 : eta;
          const common = { layout, temperature };
          const robust = runLoss(e, { ...common, objective: 'clDro', order: 1, radius });
          const plain = runLoss(e, { ...common, objective: 'infonce', positive: 'out', denominator: 'mean' });
          expectAlike(robust, plain, 1 / temperature, temperature, temperature * radius);
        },
      ),
      RUNS,
    );
  });

  it('of an order near 1 is KL, and by functions what it is by name', () => {
    fc.assert(
      fc.property(batches, layouts, temperatures, (e, layout, temperature) => {
        const common = { objective: 'clDro', layout, temperature } as const;
        const kl = runLoss(e, { ...common, order: 1 });
        for (const order of [1 - 1e-7, 1 + 1e-7]) expectAlike(runLoss(e, { ...common, order }), kl, 1 / temperature);
        for (const order of [0, 1, 2]) {
          const functions = runLoss(e, { ...common, order, custom: true });
          expectAlike(functions, runLoss(e, { ...common, order }), 1 / temperature);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('with χ² is the mean-variance form while every weight is positive (Theorem 3.5)', () => {
    fc.assert(
      fc.property(batches, layouts, (e, layout) => {
        // 1 + (s − E s)/τ > 0 for all scores in [−1, 1].
        const common = { layout, temperature: 2.5 };
        const exact = runLoss(e, { ...common, objective: 'clDro', order: 2 });
        const approximate = runLoss(e, { ...common, objective: 'meanVariance' });
        expectAlike(exact, approximate, 1);
        expect(exact.temperature).toBeCloseTo(approximate.temperature, 5);
      }),
      RUNS,
    );
  });

  it('lies between the mean and the largest of the negatives, which are its ends as τ grows and falls', () => {
    fc.assert(
      fc.property(batches, layouts, temperatures, orders, (e, layout, temperature, order) => {
        const value = (problem: Partial<ReferenceProblem>) =>
          runLoss(e, { objective: 'clDro', layout, temperature, ...problem }).loss;
        const mean = value({ level: 1 });
        const hardest = value({ level: 1e-6 });
        const between = value({ order });
        const slack = 1e-6 + 2e-7 / temperature;
        expect(between).toBeGreaterThanOrEqual(mean - slack);
        expect(between).toBeLessThanOrEqual(hardest + slack);
        expect(Math.abs(value({ order, temperature: 1000 }) - mean)).toBeLessThan(2e-3);
        // The price is at most τ times the largest radius: log M for KL, (M − 1)/2 for χ².
        if (order >= 1 && order <= 2) {
          expect(Math.abs(value({ order, temperature: 0.001 }) - hardest)).toBeLessThan(0.001 * (e.n + 1));
        }
      }),
      RUNS,
    );
  });

  it('costs more the larger the temperature is, never less than the mean', () => {
    fc.assert(
      fc.property(batches, layouts, orders, (e, layout, order) => {
        const values = [0.03, 0.1, 0.3, 1, 3].map((temperature) =>
          runLoss(e, { objective: 'clDro', layout, temperature, order }),
        );
        values.slice(1).forEach(({ loss }, i) => {
          expect(loss).toBeLessThanOrEqual((values[i] as LossResult).loss + 1e-5);
        });
        // ∂τ = −E φ(w) at radius 0.
        for (const { temperature } of values) expect(temperature).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 30 },
    );
  });
});

describe('weights', () => {
  /** Weights of one anchor's negatives from their gradients: w_j = M·‖∂L/∂v_j‖/√(1 − s_j²) for unit v_j. */
  function weightsOf(problem: ReferenceProblem, seed: number): { weights: number[]; scores: number[] } {
    const [d, m] = [6, 30];
    const next = uniform(seed);
    const unit = (row: Float32Array) => {
      const norm = Math.hypot(...row);
      return row.map((x) => x / norm);
    };
    const negatives = Array.from({ length: m }, () => unit(randomFloats(d, next)));
    const a = unit(randomFloats(d, next));
    const e = {
      n: 1,
      d,
      a,
      b: unit(randomFloats(d, next)),
      negatives: Float32Array.from(negatives.flatMap((row) => [...row])),
    };
    const { negatives: gradients } = runLoss(e, { ...problem, inBatch: false });
    const scores = negatives.map((row) => row.reduce((sum, x, k) => sum + x * (a[k] as number), 0));
    const weights = scores.map(
      (s, j) => (m * Math.hypot(...gradients.subarray(j * d, (j + 1) * d))) / Math.sqrt(1 - s * s),
    );
    return { weights, scores };
  }

  it('of every divergence average to one and rise with the score', () => {
    fc.assert(
      fc.property(temperatures, orders, fc.nat(), (temperature, order, seed) => {
        for (const level of [undefined, 0.37]) {
          const dro = {
            objective: 'clDro',
            layout: 'graph',
            temperature,
            ...(level === undefined ? { order } : { level }),
          } as const;
          const { weights, scores } = weightsOf(dro, seed);
          const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
          expect(Math.abs(mean - 1)).toBeLessThan(2e-5);
          const ranked = scores.map((_, j) => j).sort((i, j) => (scores[i] as number) - (scores[j] as number));
          ranked.slice(1).forEach((j, k) => {
            expect(weights[j]).toBeGreaterThanOrEqual((weights[ranked[k] as number] as number) * (1 - 1e-4) - 1e-5);
          });
        }
      }),
      { numRuns: 80 },
    );
  });

  it('of the objectives that normalise them sum to one: α-CL, mean-variance, and CL-DRO of the hardest at τ → 0', () => {
    for (const seed of [1, 2, 3]) {
      const alpha = weightsOf({ objective: 'alphaCL', layout: 'graph', temperature: 0.3 }, seed);
      expect(alpha.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(30, 3);
      const flat = weightsOf({ objective: 'meanVariance', layout: 'graph', temperature: 5 }, seed);
      expect(flat.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(30, 3);
      const { weights, scores } = weightsOf(
        { objective: 'clDro', layout: 'graph', temperature: 0.001, order: 1 },
        seed,
      );
      const hardest = scores.indexOf(Math.max(...scores));
      expect(weights[hardest]).toBeGreaterThan(29);
    }
  });
});

describe('relatives', () => {
  it('HCL with β = 0 is DCL; DCL with τ⁺ = 0 is InfoNCE; α-CL weights by InfoNCE for α = 1', () => {
    fc.assert(
      fc.property(batches, layouts, temperatures, (e, layout, temperature) => {
        const common = { layout, temperature };
        const c = 1 / temperature;
        const dcl = runLoss(e, { ...common, objective: 'dcl', tauPlus: 0.1 });
        expectAlike(runLoss(e, { ...common, objective: 'hcl', tauPlus: 0.1, beta: 0 }), dcl, c);
        const infonce = runLoss(e, { ...common, objective: 'infonce' });
        expectAlike(runLoss(e, { ...common, objective: 'dcl', tauPlus: 0 }), infonce, c);
        // e^{−(1−s)/τ} is e^{s/τ} up to its constant, so the gradients are those of decoupled InfoNCE times τ.
        const alpha = runLoss(e, { ...common, objective: 'alphaCL', alpha: 1 });
        const decoupled = runLoss(e, { ...common, objective: 'infonce', positive: 'out' });
        expectAlike({ ...alpha, loss: 0 }, { ...decoupled, loss: 0 }, c, temperature);
      }),
      RUNS,
    );
  });

  it('SupCon of two views with a label for each pair is NT-Xent', () => {
    fc.assert(
      fc.property(batches, temperatures, (e, temperature) => {
        const labels = Array.from({ length: e.n }, (_, i) => i);
        const supervised = runLoss(e, { objective: 'supCon', layout: 'image', temperature, labels });
        expectAlike(supervised, runLoss(e, { objective: 'infonce', layout: 'image', temperature }), 1 / temperature);
      }),
      RUNS,
    );
  });

  it('SigLIP is its own mirror image', () => {
    fc.assert(
      fc.property(batches, temperatures, (e, temperature) => {
        const problem = { objective: 'sigLIP', layout: 'sentence', temperature, bias: -2 } as const;
        const [there, back] = [runLoss(e, problem), runLoss({ ...e, a: e.b, b: e.a }, problem)];
        expectAlike(there, { ...back, a: back.b, b: back.a }, 1 / temperature);
      }),
      RUNS,
    );
  });
});

/** One problem of each rule. */
const PROBLEMS: Record<string, Omit<ReferenceProblem, 'layout'>> = {
  InfoNCE: { objective: 'infonce', temperature: 0.1 },
  ADNCE: { objective: 'adnce', temperature: 0.1, mu: 0.4, sigma: 0.5 },
  DCL: { objective: 'dcl', temperature: 0.3, tauPlus: 0.01 },
  HCL: { objective: 'hcl', temperature: 0.3, tauPlus: 0.01, beta: 1 },
  'α-CL': { objective: 'alphaCL', temperature: 0.3, alpha: 1.5 },
  'mean-variance': { objective: 'meanVariance', temperature: 0.3 },
  KL: { objective: 'clDro', temperature: 0.1, order: 1 },
  'χ²': { objective: 'clDro', temperature: 0.1, order: 2 },
  'reverse KL': { objective: 'clDro', temperature: 0.1, order: 0 },
  'order −2': { objective: 'clDro', temperature: 0.1, order: -2 },
  CVaR: { objective: 'clDro', temperature: 1, level: 0.1 },
  SigLIP: { objective: 'sigLIP', temperature: 0.1, bias: -4 },
  triplet: { objective: 'triplet', temperature: 1, margin: 0.3 },
};

describe('permuting the negatives', () => {
  it.each(Object.entries(PROBLEMS))('of %s changes nothing but rounding', (_, problem) => {
    const [d, m] = [8, 150];
    const e = drawEmbeddings(4, d, false, 9);
    const rows = Array.from({ length: m }, (_, j) => randomFloats(d, uniform(j)));
    const list = (places: number[]) => Float32Array.from(places.flatMap((j) => [...(rows[j] as Float32Array)]));
    const straight = Array.from({ length: m }, (_, j) => j);
    const mixed = straight.map((j) => (j * 77 + 31) % m);
    const run = (places: number[]) => runLoss({ ...e, negatives: list(places) }, { ...problem, layout: 'graph' });
    const [before, after] = [run(straight), run(mixed)];
    expectAlike(after, before, condition({ ...problem, layout: 'graph' }));
  });
});

describe('the number of negatives', () => {
  const D = 4;
  const queueOf = (count: number, seed: number) => randomFloats(count * D, uniform(seed));

  it.each(Object.entries(PROBLEMS))('of %s may be one or 65,536, at any temperature', (_, problem) => {
    const e: Embeddings = drawEmbeddings(2, D, false, 21);
    for (const queue of [queueOf(1, 1), queueOf(65536, 2), new Float32Array(65536 * D).fill(1)]) {
      const hot = problem.temperature === 1 && problem.objective !== 'sigLIP';
      for (const temperature of hot ? [1] : [0.001, problem.temperature, 1000]) {
        const result = runLoss({ ...e, queue }, { ...problem, temperature, layout: 'graph', inBatch: false });
        const numbers = [result.loss, result.temperature, ...result.a, ...result.b];
        expect(numbers.every(Number.isFinite), `${queue.length / D} negatives, τ = ${temperature}`).toBe(true);
      }
    }
  });
});
