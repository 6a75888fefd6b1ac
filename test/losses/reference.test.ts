/** The reference the other tests lean on, itself held against central differences. */
import { describe, expect, it } from 'vitest';
import { randomFloats, uniform } from '../support/core.js';
import { type Embeddings, type ReferenceProblem, reference } from '../support/reference.js';
import { cressieRead } from '../support/reference-rows.js';

const LAYOUTS = ['image', 'sentence', 'graph'] as const;
const PROBLEMS: ReferenceProblem[] = LAYOUTS.flatMap((layout) => [
  { objective: 'infonce', layout, temperature: 0.3 },
  { objective: 'infonce', layout, temperature: 0.3, positive: 'out', denominator: 'mean', symmetric: true },
  { objective: 'adnce', layout, temperature: 0.4, mu: 0.3, sigma: 0.6 },
  { objective: 'adnce', layout, temperature: 0.4, mu: -0.2, sigma: 0.5, detach: false, symmetric: true },
  { objective: 'dcl', layout, temperature: 0.4, tauPlus: 0.05, symmetric: true },
  { objective: 'dcl', layout, temperature: 0.4, tauPlus: 0.9 },
  { objective: 'hcl', layout, temperature: 0.5, tauPlus: 0.03, beta: 0.7 },
  { objective: 'alphaCL', layout, temperature: 0.6, alpha: 1.7, symmetric: true },
  { objective: 'alphaCL', layout, temperature: 0.6, alpha: 2, normalized: false },
  { objective: 'meanVariance', layout, temperature: 0.6, curvature: 2, symmetric: true },
  ...[-0.5, 0, 0.5, 1, 1.5, 2, 3].map(
    (order) => ({ objective: 'clDro', layout, temperature: 0.5, order, radius: 0.1 }) as const,
  ),
  { objective: 'clDro', layout, temperature: 1, level: 0.4 },
  { objective: 'triplet', layout, temperature: 1, margin: 0.7, symmetric: true },
]);
PROBLEMS.push(
  { objective: 'infonce', layout: 'sentence', temperature: 0.5, hardNegativeWeight: 0.7 },
  { objective: 'infonce', layout: 'graph', temperature: 0.5, inBatch: false },
  { objective: 'adnce', layout: 'sentence', temperature: 0.5, mu: 0.4, sigma: 0.8, detach: false },
  { objective: 'supCon', layout: 'image', temperature: 0.4, labels: [0, 1, 0, 2] },
  { objective: 'sigLIP', layout: 'sentence', temperature: 0.4, bias: -0.6 },
);

const STEP = 1e-5;

function expectSlope(got: number, difference: number): void {
  expect(Math.abs(got - difference)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(difference)));
}

describe('the float64 reference', () => {
  it.each(PROBLEMS.map((p, i) => [`${p.objective} ${p.layout} ${i}`, p] as const))(
    '%s has the derivatives of its loss',
    (_, p) => {
      const [n, d] = [4, 3];
      const next = uniform(11);
      const draw = (rows: number) => Float64Array.from(randomFloats(rows * d, next));
      const more = p.layout !== 'image' && !p.symmetric;
      const e: Embeddings = {
        n,
        d,
        a: draw(n),
        b: draw(n),
        ...(more && p.layout === 'sentence' ? { c: draw(n) } : {}),
        ...(more ? { negatives: draw(3), queue: draw(2) } : {}),
      };
      const at = reference(e, p);
      const frozen = p.objective === 'alphaCL' || (p.objective === 'adnce' && p.detach !== false);
      expect(at.kink).toBeGreaterThan(STEP);
      const slope = (change: (step: number) => [Embeddings, ReferenceProblem]) => {
        const weights = frozen ? at.frozen : undefined;
        const [up, down] = [change(STEP), change(-STEP)];
        return (reference(...up, weights).loss - reference(...down, weights).loss) / (2 * STEP);
      };
      for (const key of ['a', 'b', 'c', 'negatives'] as const) {
        for (let i = 0; i < (e[key]?.length ?? 0); i += 2) {
          const moved = (step: number) => Float64Array.from(e[key] as Float64Array, (x, j) => (j === i ? x + step : x));
          expectSlope(
            at[key][i] as number,
            slope((step) => [{ ...e, [key]: moved(step) }, p]),
          );
        }
      }
      const scalars = {
        temperature: 'temperature',
        mu: p.objective === 'sigLIP' ? 'bias' : 'mu',
        sigma: 'sigma',
      } as const;
      for (const [key, option] of Object.entries(scalars)) {
        if (p[option] === undefined || (frozen && key !== 'temperature')) continue;
        expectSlope(
          at[key as keyof typeof scalars],
          slope((step) => [e, { ...p, [option]: (p[option] as number) + step }]),
        );
      }
    },
  );

  it('meets a case that can be worked out by hand', () => {
    // Two pairs, all four rows at right angles or alike: p = 1, negatives 0, τ = 1.
    const e: Embeddings = { n: 2, d: 2, a: [1, 0, 0, 1], b: [2, 0, 0, 3] };
    const loss = (p: ReferenceProblem) => reference(e, p).loss;
    const one = Math.log(1 + Math.exp(-1));
    expect(loss({ objective: 'infonce', layout: 'sentence', temperature: 1 })).toBeCloseTo(one, 14);
    const two = Math.log(1 + 2 * Math.exp(-1));
    expect(loss({ objective: 'infonce', layout: 'image', temperature: 1 })).toBeCloseTo(two, 14);
    expect(loss({ objective: 'adnce', layout: 'graph', temperature: 1, mu: 9, sigma: 3 })).toBeCloseTo(-1, 14);
    // No spread among the negatives: every CL-DRO loss is their mean less the positive.
    for (const order of [-1, 0, 1, 2]) {
      expect(loss({ objective: 'clDro', layout: 'image', temperature: 0.3, order })).toBeCloseTo(-1, 14);
    }
    expect(loss({ objective: 'meanVariance', layout: 'image', temperature: 0.3 })).toBeCloseTo(-1, 14);
    const siglip = Math.log(1 + Math.exp(-1)) + Math.log(2);
    expect(loss({ objective: 'sigLIP', layout: 'sentence', temperature: 1 })).toBeCloseTo(siglip, 14);
    expect(loss({ objective: 'supCon', layout: 'image', temperature: 1, labels: [0, 1] })).toBeCloseTo(
      Math.log(Math.E + 2) - 1,
      14,
    );
  });

  it.each([-2, 0, 0.5, 1, 1.5, 2, 4])('knows the conjugate of the divergence of order %d', (order) => {
    const { phi, conjugate, conjugateDerivative } = cressieRead(order);
    for (const x of [-0.3, -0.1, 0, 0.05, 0.2]) {
      const t = conjugateDerivative(x);
      expect(conjugate(x)).toBeCloseTo(x * t - phi(t), 12);
      // t is where xt − φ(t) is largest.
      for (const step of [-1e-3, 1e-3]) expect(x * (t + step) - phi(t + step)).toBeLessThan(conjugate(x));
    }
  });
});
