import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdnceError } from '../../src/errors.js';
import { dotScorer, evaluateRetrieval, RetrievalMeter } from '../../src/evaluate/index.js';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AdnceError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

function measure(scores: number[], relevant: number[], ks: number[]): Record<string, number> {
  const meter = new RetrievalMeter(scores.length, ks);
  meter.add(Float32Array.from(scores), relevant);
  return meter.result().metrics;
}

/** All orders of `items`. */
function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** The metrics by definition: the mean over every order that respects the scores. */
function bruteForce(scores: number[], relevant: number[], k: number) {
  const orders = permutations(scores.map((_, i) => i)).filter((order) =>
    order.every((item, i) => i === 0 || (scores[order[i - 1]!] as number) >= (scores[item] as number)),
  );
  const sums = { recall: 0, hit: 0, MRR: 0, nDCG: 0, meanRank: 0 };
  for (const order of orders) {
    const ranks = relevant.map((item) => order.indexOf(item) + 1);
    const found = ranks.filter((rank) => rank <= k);
    const ideal = relevant.slice(0, k).reduce((sum, _, i) => sum + 1 / Math.log2(i + 2), 0);
    sums.recall += found.length / relevant.length;
    sums.hit += found.length > 0 ? 1 : 0;
    sums.MRR += 1 / Math.min(...ranks);
    sums.meanRank += Math.min(...ranks);
    sums.nDCG += found.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0) / ideal;
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / orders.length]));
}

describe('retrieval metrics', () => {
  it('gives hand-computed figures', () => {
    const metrics = measure([0.1, 0.9, 0.5, 0.3], [2], [1, 2]);
    expect(metrics).toEqual({
      'recall@1': 0,
      'recall@2': 1,
      MRR: 0.5,
      'nDCG@1': 0,
      'nDCG@2': 1 / Math.log2(3),
      meanRank: 2,
    });
    const several = measure([0.9, 0.1, 0.8, 0.7], [0, 1, 3], [2]);
    expect(several['recall@2']).toBeCloseTo(1 / 3, 12);
    expect(several['hit@2']).toBe(1);
    expect(several['nDCG@2']).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  });

  it('takes the mean over all orders of tied candidates', () => {
    const score = fc.integer({ min: 0, max: 2 });
    const task = fc
      .array(score, { minLength: 2, maxLength: 6 })
      .chain((scores) =>
        fc.tuple(
          fc.constant(scores),
          fc.uniqueArray(fc.nat(scores.length - 1), { minLength: 2, maxLength: 4 }),
          fc.integer({ min: 1, max: 6 }),
        ),
      );
    fc.assert(
      fc.property(task, ([scores, relevant, k]) => {
        const metrics = measure(scores, relevant, [k]);
        const expected = bruteForce(scores, relevant, k);
        for (const name of ['recall', 'hit', 'nDCG']) expect(metrics[`${name}@${k}`]).toBeCloseTo(expected[name]!, 10);
        expect(metrics.MRR).toBeCloseTo(expected.MRR!, 10);
        expect(metrics.meanRank).toBeCloseTo(expected.meanRank!, 10);
      }),
      { numRuns: 60 },
    );
  });

  it('gives constant scores exactly the figure of chance', () => {
    const metrics = measure(new Array(50).fill(0.25), [7], [1, 10, 50]);
    expect(metrics['recall@1']).toBeCloseTo(1 / 50, 12);
    expect(metrics['recall@10']).toBeCloseTo(10 / 50, 12);
    expect(metrics['recall@50']).toBeCloseTo(1, 12);
    expect(metrics.meanRank).toBe(25.5);
  });

  it('does not depend on the order of the candidates', () => {
    const scores = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(scores, fc.nat(2), (values, target) => {
        const straight = measure(values, [target], [1, 5]);
        const reversed = measure(values.toReversed(), [values.length - 1 - target], [1, 5]);
        expect(reversed).toEqual(straight);
      }),
    );
  });

  it('leaves candidates with −∞ out of the contest', () => {
    expect(measure([Number.NEGATIVE_INFINITY, 0.2, 0.1], [1], [1])['recall@1']).toBe(1);
  });
});

describe('evaluateRetrieval', () => {
  const vectors = Float32Array.from([1, 0, 0, 1, 0.6, 0.8, -1, 0]);

  it('ranks rows by their dot product, alone or in blocks', () => {
    const score = dotScorer(vectors, vectors, 2);
    const alone = evaluateRetrieval(Int32Array.of(0, 1, 1, 3), 4, score, { ks: [1] });
    expect(alone.metrics['recall@1']).toBe(0.75);
    expect([...alone.ranks]).toEqual([1, 1, 2, 1]);
    const calls: number[][] = [];
    const progress: number[] = [];
    const blocks = {
      rows: 3,
      scores(start: number, end: number, out: Float32Array) {
        calls.push([start, end, out.length]);
        for (let q = start; q < end; q++) score(q, out.subarray((q - start) * 4, (q - start + 1) * 4));
      },
    };
    const blocked = evaluateRetrieval([[0], [1], [1], [3]], 4, blocks, {
      ks: [1],
      onProgress: (done) => progress.push(done),
    });
    expect(blocked).toEqual(alone);
    expect(calls).toEqual([
      [0, 3, 12],
      [3, 4, 4],
    ]);
    expect(progress).toEqual([3, 4]);
  });

  it('names the query and the candidate of a NaN, and finds places a scorer forgot', () => {
    const bad = (q: number, out: Float32Array) => out.fill(0).fill(q === 1 ? Number.NaN : 0, 2, 3);
    expect(codeOf(() => evaluateRetrieval([[0], [1]], 3, bad))).toMatch(/^E_VALUE.*query 1 has NaN for candidate 2/);
    expect(codeOf(() => evaluateRetrieval([[0], [1, 0]], 3, bad))).toMatch(/^E_VALUE.*query 1/);
    expect(codeOf(() => evaluateRetrieval([[2]], 3, bad))).toBe('no error');
    expect(codeOf(() => evaluateRetrieval([[2]], 3, () => {}))).toMatch(/^E_VALUE.*candidate 0/);
  });

  it('refuses what makes no sense', () => {
    const zeros = (_: number, out: Float32Array) => out.fill(0);
    expect(codeOf(() => evaluateRetrieval([], 3, zeros))).toMatch(/^E_DATA/);
    expect(codeOf(() => evaluateRetrieval([[]], 3, zeros))).toMatch(/^E_DATA.*query 0/);
    expect(codeOf(() => evaluateRetrieval([[3]], 3, zeros))).toMatch(/^E_DATA.*0 … 2, got 3/);
    expect(codeOf(() => evaluateRetrieval([[0]], 3, zeros, { ks: [0] }))).toMatch(/^E_OPTION/);
    expect(codeOf(() => new RetrievalMeter(3).add(new Float32Array(2), [0]))).toMatch(/^E_SHAPE/);
    expect(codeOf(() => dotScorer(vectors, vectors, 3))).toMatch(/^E_SHAPE/);
  });
});
