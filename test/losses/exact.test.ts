/**
 * Where a scalar is learnt on a small batch, sums are taken in float64: derivatives by τ, μ and σ keep their digits when the terms
 * of the anchors nearly cancel, at which float32 scores would leave a tenth of the digits or none.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { drawEmbeddings, roundedProblem, runLoss } from '../support/losses.js';
import { type ReferenceProblem, reference } from '../support/reference.js';

beforeAll(async () => {
  await init({ threads: 1 });
});

const common = { layout: 'sentence', temperature: 0.3 } as const;
const PROBLEMS: ReferenceProblem[] = [
  { ...common, objective: 'infonce', hardNegativeWeight: 0.5 },
  { ...common, objective: 'infonce', layout: 'image' },
  { ...common, objective: 'infonce', temperature: 0.002, symmetric: true },
  { ...common, objective: 'adnce', mu: 0.3, sigma: 0.5 },
  { ...common, objective: 'adnce', mu: 0.3, sigma: 0.5, detach: false },
  { ...common, objective: 'adnce', layout: 'graph', mu: 0.3, sigma: 0.1, detach: false, symmetric: true },
  { ...common, objective: 'dcl' },
  { ...common, objective: 'hcl', layout: 'image' },
  { ...common, objective: 'meanVariance' },
  { ...common, objective: 'clDro', order: 1, radius: 0.1 },
  { ...common, objective: 'clDro', order: 0 },
  { ...common, objective: 'clDro', order: 2, symmetric: true },
  { ...common, objective: 'clDro', order: 3, layout: 'image' },
  { ...common, objective: 'supCon', labels: [0, 1, 2, 0, 1, 2, 0] },
  { ...common, objective: 'sigLIP', bias: -2 },
];
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

describe.each(PROBLEMS)('%j', (problem) => {
  it('has derivatives by its scalars to the last digits of float32', () => {
    for (const seed of SEEDS) {
      const batch = drawEmbeddings(7, 5, problem.hardNegativeWeight !== undefined, seed);
      const rounded = roundedProblem(problem);
      const [got, expected] = [runLoss(batch, problem), reference(batch, rounded)];
      for (const key of ['temperature', 'mu', 'sigma'] as const) {
        const largest = 1e-7 * Math.abs(expected[key]) + 1e-12 / problem.temperature ** 2;
        expect(Math.abs(got[key] - expected[key]), `${key} of seed ${seed}`).toBeLessThanOrEqual(largest);
      }
    }
  });
});
