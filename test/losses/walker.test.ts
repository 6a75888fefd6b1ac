/**
 * Both sweeps of the tile walker against the float64 reference, at batch sizes around the edges of tiles (5×8), blocks
 * (40 … 120 rows) and half walks (an odd and an even number of blocks), with one constant shift and with streaming ones.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { blockSize } from '../../src/losses/plan.js';
import { drawEmbeddings, errorsOf } from '../support/losses.js';
import type { ReferenceProblem } from '../support/reference.js';

const SIZES = [2, 3, 39, 40, 41, 79, 120, 121, 130, 250];
const DEPTHS = [1, 3, 8, 20, 33];

/** Problems by name; the temperature of the streaming ones is so small that log-weights span more than 64. */
function problems(layout: ReferenceProblem['layout']): Record<string, ReferenceProblem & { hard?: boolean }> {
  const bounded = { layout, temperature: 0.2 } as const;
  const streaming = { layout, temperature: 0.02 } as const;
  const common: Record<string, ReferenceProblem & { hard?: boolean }> = {
    'InfoNCE, bounded': { objective: 'infonce', ...bounded },
    'InfoNCE, streaming': { objective: 'infonce', ...streaming },
    'InfoNCE without the positive': { objective: 'infonce', ...bounded, positive: 'out' },
    'InfoNCE of the mean, streaming': { objective: 'infonce', ...streaming, positive: 'out', denominator: 'mean' },
    'ADNCE, bounded': { objective: 'adnce', ...bounded, mu: 0.4, sigma: 0.5 },
    'ADNCE, streaming by temperature': { objective: 'adnce', ...streaming, mu: 0.4, sigma: 1 },
    'ADNCE, streaming by sigma': { objective: 'adnce', ...bounded, mu: 0.7, sigma: 0.1 },
    'ADNCE with gradients of the weights, bounded': {
      objective: 'adnce',
      ...bounded,
      mu: 0.4,
      sigma: 0.5,
      detach: false,
    },
    'ADNCE with gradients of the weights, streaming': {
      objective: 'adnce',
      ...streaming,
      mu: 0.4,
      sigma: 0.3,
      detach: false,
    },
  };
  if (layout === 'image') return common;
  const both = Object.entries(common).map(([name, p]) => [`${name}, symmetric`, { ...p, symmetric: true }] as const);
  if (layout === 'graph') return { ...common, ...Object.fromEntries(both) };
  const hard = Object.entries(common).map(([name, p]) => [`${name}, hard negatives`, { ...p, hard: true }] as const);
  return {
    ...common,
    ...Object.fromEntries([...both, ...hard]),
    'InfoNCE with weighted hard negatives': { objective: 'infonce', ...bounded, hard: true, hardNegativeWeight: 0.8 },
    'InfoNCE with weighted hard negatives, streaming': {
      objective: 'infonce',
      ...streaming,
      hard: true,
      hardNegativeWeight: -2,
    },
  };
}

describe('the sizes of the walk', () => {
  it('cut batches into one and more blocks, an odd and an even number of them, and into uneven ones', () => {
    const blocks = (rows: number) => Math.ceil(rows / blockSize(rows));
    expect(SIZES.map(blocks)).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
    expect(SIZES.map((n) => blocks(2 * n))).toEqual([1, 1, 1, 1, 1, 2, 2, 3, 3, 5]);
    expect([2 * 79, 2 * 121, 250].map((rows) => rows % blockSize(rows))).toEqual([78, 2, 10]);
  });
});

describe.each(['image', 'sentence', 'graph'] as const)('layout %s', (layout) => {
  beforeAll(async () => {
    await init({});
  });

  const list = Object.entries(problems(layout));
  it.each(list)('%s', (name, { hard = false, ...problem }) => {
    SIZES.forEach((n, i) => {
      // Every depth with every problem and, over the problems, with every size; a block and a bit with all depths.
      const shift = list.findIndex(([other]) => other === name);
      const depths = n === 41 ? DEPTHS : [DEPTHS[(i + shift) % DEPTHS.length] as number];
      for (const d of depths) {
        const errors = errorsOf(drawEmbeddings(n, d, hard, n * 100 + d, n < 39 ? 4 : 1), problem);
        for (const [key, error] of Object.entries(errors)) {
          expect(error, `${key} of ${n} pairs of ${d}, error over bound`).toBeLessThanOrEqual(1);
        }
      }
    });
  });
});
