/** The reference the other tests lean on, itself held against central differences. */
import { describe, expect, it } from 'vitest';
import { randomFloats, uniform } from '../support/core.js';
import { type Embeddings, type ReferenceProblem, reference } from '../support/reference.js';

const LAYOUTS = ['image', 'sentence', 'graph'] as const;
const PROBLEMS: ReferenceProblem[] = LAYOUTS.flatMap((layout) => [
  { objective: 'infonce', layout, temperature: 0.3 },
  { objective: 'infonce', layout, temperature: 0.3, positive: 'out', denominator: 'mean', symmetric: true },
  { objective: 'adnce', layout, temperature: 0.4, mu: 0.3, sigma: 0.6 },
  { objective: 'adnce', layout, temperature: 0.4, mu: -0.2, sigma: 0.5, detach: false, symmetric: true },
]);
PROBLEMS.push(
  { objective: 'infonce', layout: 'sentence', temperature: 0.5, hardNegativeWeight: 0.7 },
  { objective: 'adnce', layout: 'sentence', temperature: 0.5, mu: 0.4, sigma: 0.8, detach: false },
);

const STEP = 1e-5;

describe('the float64 reference', () => {
  it.each(PROBLEMS.map((p, i) => [`${p.objective} ${p.layout} ${i}`, p] as const))(
    '%s has the derivatives of its loss',
    (_, p) => {
      const [n, d] = [4, 3];
      const next = uniform(11);
      const draw = () => Float64Array.from(randomFloats(n * d, next));
      const hard = p.layout === 'sentence' && !p.symmetric;
      const e: Embeddings = { n, d, a: draw(), b: draw(), ...(hard ? { c: draw() } : {}) };
      const at = reference(e, p);
      const frozen = p.detach === false ? undefined : at.logWeights;
      const slope = (change: (step: number) => [Embeddings, ReferenceProblem]) => {
        const [up, down] = [change(STEP), change(-STEP)];
        return (reference(...up, frozen).loss - reference(...down, frozen).loss) / (2 * STEP);
      };
      for (const key of ['a', 'b', ...(hard ? ['c' as const] : [])] as const) {
        for (let i = 0; i < n * d; i++) {
          const moved = (step: number) => Float64Array.from(e[key] as Float64Array, (x, j) => (j === i ? x + step : x));
          expect(at[key][i]).toBeCloseTo(
            slope((step) => [{ ...e, [key]: moved(step) }, p]),
            7,
          );
        }
      }
      for (const key of ['temperature', ...(p.detach === false ? (['mu', 'sigma'] as const) : [])] as const) {
        expect(at[key]).toBeCloseTo(
          slope((step) => [e, { ...p, [key]: (p[key] as number) + step }]),
          7,
        );
      }
    },
  );

  it('meets a case that can be worked out by hand', () => {
    // Two pairs, all four rows at right angles or alike: p = 1, negatives 0, τ = 1.
    const e: Embeddings = { n: 2, d: 2, a: [1, 0, 0, 1], b: [2, 0, 0, 3] };
    const one = Math.log(1 + Math.exp(-1));
    expect(reference(e, { objective: 'infonce', layout: 'sentence', temperature: 1 }).loss).toBeCloseTo(one, 14);
    const two = Math.log(1 + 2 * Math.exp(-1));
    expect(reference(e, { objective: 'infonce', layout: 'image', temperature: 1 }).loss).toBeCloseTo(two, 14);
    expect(reference(e, { objective: 'adnce', layout: 'graph', temperature: 1, mu: 9, sigma: 3 }).loss).toBeCloseTo(
      -1,
      14,
    );
  });
});
