/** What the score budget changes: memory, and nothing else. Scores that are kept, computed twice or walked in groups. */
import { describe, expect, it } from 'vitest';
import { engine, init } from '../../src/engine/index.js';
import type { AdnceError } from '../../src/errors.js';
import { ntXent } from '../../src/losses/index.js';
import { layOutWalk, type Walk } from '../../src/losses/plan.js';
import { Linear } from '../../src/nn/index.js';
import { type Tensor, tensor } from '../../src/tensor/index.js';
import { drawEmbeddings, type LossResult, runLoss } from '../support/losses.js';
import type { ReferenceProblem } from '../support/reference.js';

const N = 250;
const D = 20;
/** Bytes of one score tile of 250 rows in three blocks of 120. */
const TILE = 120 * (120 * 4 + 32);

async function withBudget(scoreBudget: number, problem: ReferenceProblem, hard: boolean): Promise<LossResult> {
  await init({ scoreBudget });
  return runLoss(drawEmbeddings(N, D, hard, 5, 1), problem);
}

async function planWith(
  scoreBudget: number,
  shape: { twoSided: boolean; half: boolean; gradients: boolean; rows?: number },
  maximumMemory = 2 ** 28,
): Promise<Walk> {
  const owner = await init({ scoreBudget, maximumMemory, threads: 1 });
  const walk = { rows: N, columns: N, depth: D, bounded: true, learns: false, exclusions: [0], ...shape };
  return owner.step(() => layOutWalk(owner, walk));
}

const PROBLEMS: [string, ReferenceProblem, boolean][] = [
  ['image', { objective: 'adnce', layout: 'image', temperature: 0.2, mu: 0.4, sigma: 0.5 }, false],
  ['image, streaming', { objective: 'infonce', layout: 'image', temperature: 0.01 }, false],
  [
    'image, gradients of weights',
    { objective: 'adnce', layout: 'image', temperature: 0.02, mu: 0.4, sigma: 0.5, detach: false },
    false,
  ],
  ['graph', { objective: 'adnce', layout: 'graph', temperature: 0.2, mu: 0.4, sigma: 0.5 }, false],
  ['sentence, symmetric', { objective: 'infonce', layout: 'sentence', temperature: 0.1, symmetric: true }, false],
  [
    'sentence, symmetric, streaming',
    { objective: 'infonce', layout: 'sentence', temperature: 0.01, symmetric: true },
    false,
  ],
  ['sentence, hard negatives', { objective: 'adnce', layout: 'sentence', temperature: 0.05, mu: 0.4, sigma: 1 }, true],
  ['HCL', { objective: 'hcl', layout: 'image', temperature: 0.02, tauPlus: 0.001, beta: 0.5 }, false],
  ['χ², image', { objective: 'clDro', layout: 'image', temperature: 0.1, order: 2 }, false],
  ['χ², both ways', { objective: 'clDro', layout: 'graph', temperature: 0.1, order: 2, symmetric: true }, false],
  ['reverse KL', { objective: 'clDro', layout: 'graph', temperature: 0.1, order: 0 }, false],
  ['CVaR', { objective: 'clDro', layout: 'sentence', temperature: 1, level: 0.05 }, false],
  ['mean-variance', { objective: 'meanVariance', layout: 'graph', temperature: 0.1, symmetric: true }, false],
  ['SigLIP', { objective: 'sigLIP', layout: 'sentence', temperature: 0.1, bias: -5 }, false],
  ['triplet', { objective: 'triplet', layout: 'image', temperature: 1, margin: 0.2 }, false],
];

describe('the score budget', () => {
  it('keeps all scores, groups of row blocks, or as many tiles as fit', async () => {
    const oneSided = { twoSided: false, half: false, gradients: true };
    expect(await planWith(2 ** 25, oneSided)).toMatchObject({ blocks: 3, group: 3, keptTiles: 9 });
    expect(await planWith(6 * TILE, oneSided)).toMatchObject({ blocks: 3, group: 2, keptTiles: 6 });
    expect(await planWith(3 * TILE, oneSided)).toMatchObject({ blocks: 3, group: 1, keptTiles: 3 });
    expect(await planWith(3 * TILE - 1, oneSided)).toMatchObject({ blocks: 3, group: 3, keptTiles: 2 });
    const twoSided = { ...oneSided, twoSided: true };
    expect(await planWith(9 * TILE, twoSided)).toMatchObject({ group: 3, keptTiles: 9 });
    expect(await planWith(9 * TILE - 1, twoSided)).toMatchObject({ group: 3, keptTiles: 8 });
    expect(await planWith(6 * TILE, { ...twoSided, half: true })).toMatchObject({ group: 3, keptTiles: 6 });
    expect(await planWith(2 ** 25, { ...oneSided, gradients: false })).toMatchObject({ keptTiles: 0 });
  });

  it('leaves the rest of a step its memory', async () => {
    const input = drawEmbeddings(N, D, false, 5, 1).a;
    /** Whether a step with a layer before the loss fits. */
    const fits = async (maximumMemory: number, scoreBudget: number) => {
      await init({ maximumMemory, scoreBudget, threads: 1 });
      const layer = new Linear(D, 256, { seed: 1 });
      try {
        engine().step(() => {
          const [a, b] = [1, 2].map(() => layer.forward(tensor(input, [N, D]))) as [Tensor, Tensor];
          ntXent(a, b, { temperature: 0.5 }).backward();
        });
        return true;
      } catch (error) {
        expect((error as AdnceError).code).toBe('E_MEMORY');
        return false;
      }
    };
    const seen = new Set<boolean>();
    for (let pages = 32; pages <= 160; pages += 8) {
      const without = await fits(pages * 2 ** 16, 0);
      seen.add(without);
      if (without) expect(await fits(pages * 2 ** 16, 2 ** 26), `${pages} pages`).toBe(true);
    }
    expect(seen).toEqual(new Set([false, true]));
  });

  it('cuts a one-sided walk into groups that are about equal', async () => {
    const shape = { twoSided: false, half: false, gradients: true, rows: 5 * 120 };
    expect(await planWith(4 * 3 * TILE, shape)).toMatchObject({ blocks: 5, group: 3 });
    expect(await planWith(2 * 3 * TILE, shape)).toMatchObject({ blocks: 5, group: 2 });
  });

  it('keeps no tiles where they are too few to be worth it', async () => {
    const shape = { twoSided: true, half: true, gradients: true, rows: 5 * 120, columns: 5 * 120 };
    expect(await planWith(2 * TILE, shape)).toMatchObject({ keptTiles: 2 });
    expect(await planWith(TILE, shape)).toMatchObject({ keptTiles: 0 });
  });

  it('keeps fewer where memory is short, instead of failing', async () => {
    const shape = { twoSided: true, half: false, gradients: true };
    const { group, keptTiles } = await planWith(2 ** 25, shape, 2 ** 20);
    expect(group).toBe(3);
    expect(keptTiles).toBeGreaterThan(0);
    expect(keptTiles * TILE).toBeLessThan(2 ** 19);
  });

  it.each(PROBLEMS)('%s: the same bits with scores kept, partly kept and computed twice', async (_, problem, hard) => {
    const kept = await withBudget(2 ** 25, problem, hard);
    expect(kept.a.some((x) => x !== 0)).toBe(true);
    // Two tiles are less than a row of them, so that even a one-sided walk is not cut into groups.
    const budgets = [0, 2 * TILE, ...(problem.layout === 'image' || problem.symmetric ? [5 * TILE] : [])];
    for (const budget of budgets) expect(await withBudget(budget, problem, hard)).toEqual(kept);
  });

  it('in groups: the same bits but for the order in which candidates add up their gradients', async () => {
    for (const [, problem, hard] of PROBLEMS.filter(([name]) =>
      ['graph', 'sentence, hard negatives', 'reverse KL', 'CVaR', 'SigLIP'].includes(name),
    )) {
      const whole = await withBudget(2 ** 25, problem, hard);
      const { b, c, ...rest } = whole;
      for (const blocks of [1, 2]) {
        const grouped = await withBudget(blocks * (hard ? 5 : 3) * TILE, problem, hard);
        expect(grouped).toMatchObject(rest);
        for (const [got, expected] of [
          [grouped.b, b],
          [grouped.c, c],
        ] as const) {
          const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
          got.forEach((x, i) => {
            expect(Math.abs(x - (expected[i] as number))).toBeLessThanOrEqual(1e-6 * largest);
          });
        }
      }
    }
  });
});
