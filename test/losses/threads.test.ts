/** Every objective and layout gives the same bits on 1, 2, 3 and 8 threads: loss, and gradients to all there is. */
import { describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { digest, drawEmbeddings, runLoss } from '../support/losses.js';
import type { ReferenceProblem } from '../support/reference.js';

const THREADS = [1, 2, 3, 8];
/** Rows enough for several tiles (40 … 120) and for several blocks of every job, odd in every direction. */
const N = 555;
const D = 19;

const PROBLEMS = (['image', 'sentence', 'graph'] as const).flatMap((layout) =>
  [0.3, 0.02].flatMap((temperature): ReferenceProblem[] => [
    { objective: 'infonce', layout, temperature },
    { objective: 'adnce', layout, temperature, mu: 0.4, sigma: 0.7 },
    { objective: 'adnce', layout, temperature, mu: 0.4, sigma: 0.7, detach: false, symmetric: layout !== 'image' },
  ]),
);

describe('the number of threads', () => {
  const results = new Map<string, string[]>();

  it.each(THREADS)('%i', async (threads) => {
    const owner = await init({ threads });
    expect(owner.threads).toBe(threads);
    await owner.ready();
    for (const problem of PROBLEMS) {
      const name = JSON.stringify(problem);
      const hard = problem.layout === 'sentence' && problem.symmetric !== true;
      const got = runLoss(drawEmbeddings(N, D, hard, 7), problem);
      expect(got.a.some((x) => x !== 0)).toBe(true);
      results.set(name, [...(results.get(name) ?? []), digest(got)]);
    }
    expect(owner.notice).toBeNull();
    await owner.close();
  });

  it.each(PROBLEMS)('does not change a bit of %j', (problem) => {
    const digests = results.get(JSON.stringify(problem)) as string[];
    expect(digests).toHaveLength(THREADS.length);
    expect(new Set(digests).size).toBe(1);
  });
});
