import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenly, narrowTask, type RetrievalTask } from '../../../src/cli/session/items.js';
import { amongOwn, hasNegatives } from '../../../src/cli/session/robust.js';

/** Three questions among five texts; the second is a candidate itself. */
const TASK: RetrievalTask = {
  queries: ['p', 'c', 'q'],
  candidates: ['a', 'b', 'c', 'd', 'e'],
  relevant: [Int32Array.of(4, 1), Int32Array.of(3), Int32Array.of(1)],
  self: Int32Array.of(-1, 2, -1),
  note: 'all',
};

describe('evenly', () => {
  it('takes distinct places from the first on, as far apart as can be', () => {
    expect(evenly(3, 10)).toEqual([0, 1, 2]);
    expect(evenly(10, 4)).toEqual([0, 2, 5, 7]);
    expect(evenly(0, 4)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 100 }), (total, most) => {
        const places = evenly(total, most);
        expect(places).toHaveLength(Math.min(total, most));
        const gaps = places.map((place, k) => (places[k + 1] ?? total) - place);
        expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('narrowTask', () => {
  it('asks the same of fewer: answers and the questions themselves are found again', () => {
    expect(narrowTask(TASK, [0, 1], [1, 2, 3, 4], 'some')).toEqual({
      queries: ['p', 'c'],
      candidates: ['b', 'c', 'd', 'e'],
      relevant: [Int32Array.of(3, 0), Int32Array.of(2)],
      self: Int32Array.of(-1, 1),
      note: 'some',
    });
  });

  it('takes vectors as it takes texts', () => {
    const vectors = { values: Float32Array.of(1, 2, 3, 4, 5, 6), dimension: 2 };
    const task = { ...TASK, queries: vectors, candidates: vectors, relevant: [0, 1, 2].map((i) => Int32Array.of(i)) };
    const { queries, candidates } = narrowTask(task, [2], [1, 2], '');
    expect(queries).toEqual({ values: Float32Array.of(5, 6), dimension: 2 });
    expect(candidates).toEqual({ values: Float32Array.of(3, 4, 5, 6), dimension: 2 });
  });
});

describe('amongOwn', () => {
  it('keeps the right answers of its questions, and nothing else', () => {
    const own = amongOwn(TASK, 2);
    expect(own.queries).toEqual(['p', 'c']);
    expect(own.candidates).toEqual(['b', 'd', 'e']);
    expect(own.self).toEqual(Int32Array.of(-1, -1));
  });

  it('may leave a question without a negative, which hasNegatives tells', () => {
    expect(hasNegatives(amongOwn(TASK, 3))).toBe(true);
    expect(hasNegatives(amongOwn(TASK, 1))).toBe(false);
    const itself = { ...TASK, candidates: ['c', 'd'], queries: ['c'], relevant: [Int32Array.of(1)] };
    expect(hasNegatives({ ...itself, self: Int32Array.of(-1) })).toBe(true);
    expect(hasNegatives({ ...itself, self: Int32Array.of(0) })).toBe(false);
  });
});
