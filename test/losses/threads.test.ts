/** Every objective and layout gives the same bits on 1, 2, 3 and 8 threads: loss, and gradients to all there is. */
import { availableParallelism } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { init } from '../../src/engine/index.js';
import { digest, drawEmbeddings, runLoss } from '../support/losses.js';
import type { ReferenceProblem } from '../support/reference.js';

const THREADS = [1, 2, 3, 8];
/** Rows enough for several tiles (40 … 120) and for several blocks of every job, odd in every direction. */
const N = 555;
const D = 19;
/** Few enough numbers for sums in float64, and still several tiles. */
const SMALL_N = 121;
const SMALL_D = 4;

const SOFTMAXES = (['image', 'sentence', 'graph'] as const).flatMap((layout) =>
  [0.3, 0.02].flatMap((temperature): ReferenceProblem[] => [
    { objective: 'infonce', layout, temperature },
    { objective: 'adnce', layout, temperature, mu: 0.4, sigma: 0.7 },
    { objective: 'adnce', layout, temperature, mu: 0.4, sigma: 0.7, detach: false, symmetric: layout !== 'image' },
  ]),
);
const shared = { layout: 'sentence', temperature: 0.1 } as const;
const OTHERS: ReferenceProblem[] = [
  { ...shared, objective: 'infonce', positive: 'out', denominator: 'mean', symmetric: true },
  { ...shared, objective: 'dcl', layout: 'image' },
  { ...shared, objective: 'hcl', beta: 2 },
  { ...shared, objective: 'alphaCL', alpha: 1.5 },
  { ...shared, objective: 'meanVariance', symmetric: true },
  { ...shared, objective: 'clDro', order: 1, radius: 0.2 },
  { ...shared, objective: 'clDro', order: 2 },
  { ...shared, objective: 'clDro', order: 0, symmetric: true },
  { ...shared, objective: 'clDro', order: 3, layout: 'image' },
  { ...shared, objective: 'clDro', level: 0.1, symmetric: true },
  { ...shared, objective: 'supCon', labels: Array.from({ length: N }, (_, i) => i % 7) },
  { ...shared, objective: 'sigLIP', bias: -5 },
  { ...shared, objective: 'triplet', margin: 0.3, symmetric: true },
];
const PROBLEMS = [...SOFTMAXES, ...OTHERS];
const SMALL = PROBLEMS.map((problem) =>
  problem.labels === undefined ? problem : { ...problem, labels: problem.labels.slice(0, SMALL_N) },
);

function nameOf(n: number, { labels, ...problem }: ReferenceProblem): string {
  return `${n} pairs: ${JSON.stringify(problem)}`;
}

describe('the number of threads', () => {
  const results = new Map<string, string[]>();

  it.each(THREADS)('%i', async (threads) => {
    const owner = await init({ threads });
    expect(owner.threads).toBe(threads);
    await owner.ready();
    for (const [problems, n, d] of [
      [PROBLEMS, N, D],
      [SMALL, SMALL_N, SMALL_D],
    ] as const) {
      for (const problem of problems) {
        const name = nameOf(n, problem);
        const hard =
          problem.layout === 'sentence' &&
          problem.symmetric !== true &&
          !['supCon', 'sigLIP'].includes(problem.objective);
        const got = runLoss(drawEmbeddings(n, d, hard, 7), problem);
        expect(got.a.some((x) => x !== 0)).toBe(true);
        results.set(name, [...(results.get(name) ?? []), digest(got)]);
      }
    }
    expect(owner.notice).toBeNull();
    await owner.close();
  });

  const names = [...PROBLEMS.map((problem) => nameOf(N, problem)), ...SMALL.map((problem) => nameOf(SMALL_N, problem))];

  it.each(names)('does not change a bit of %s', (name) => {
    const digests = results.get(name) as string[];
    expect(digests).toHaveLength(THREADS.length);
    expect(new Set(digests).size).toBe(1);
  });
});

describe.runIf(availableParallelism() > 1)('threads that start in the middle of a step', () => {
  const problem: ReferenceProblem = { objective: 'adnce', layout: 'image', temperature: 0.3, mu: 0.4, sigma: 0.7 };
  const run = () => digest(runLoss(drawEmbeddings(N, D, false, 7), problem));

  /** Jobs for several threads that such a loss has, the sweeps among them. */
  const JOBS = 12;

  it.each(Array.from({ length: JOBS - 1 }, (_, k) => k + 1))('do not change a bit: after %i jobs', async (alone) => {
    await init({ threads: 1 });
    const want = run();
    const owner = await init({});
    const shared = vi.spyOn(owner.core, 'openJob');
    // A clock that makes so many jobs, at two looks each, just long enough for threads to be worth starting.
    let time = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      time += (10 * owner.threads) / alone + 1e-6;
      return time;
    });
    try {
      expect(run()).toBe(want);
    } finally {
      clock.mockRestore();
    }
    expect(shared).toHaveBeenCalledTimes(JOBS - alone);
    expect(owner.notice).toBeNull();
    await owner.close();
  });
});
