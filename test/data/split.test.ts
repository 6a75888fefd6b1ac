import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPairs, rowCount, takeRows } from '../../src/data/pairs.js';
import { splitByAnchor } from '../../src/data/split.js';
import type { TextPairs, VectorPairs } from '../../src/data/types.js';

function textPairs(anchors: string[]): TextPairs {
  return { kind: 'text', name: 't', anchors, positives: anchors.map((a, i) => `${a}+${i}`) };
}

const numbered = textPairs(Array.from({ length: 1000 }, (_, i) => `anchor ${i >> 1}`));

describe('splitByAnchor', () => {
  it('keeps every row, and all rows of an anchor on one side', () => {
    const anchors = fc.array(fc.integer({ min: 0, max: 20 }).map(String), { minLength: 2, maxLength: 60 });
    const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(anchors, share, fc.nat(), (list, fraction, seed) => {
        fc.pre(new Set(list).size > 1);
        const { train, heldOut } = splitByAnchor(textPairs(list), { fraction, seed });
        expect([...train.positives, ...heldOut.positives].sort()).toEqual(textPairs(list).positives.sort());
        expect(train.anchors.length > 0 && heldOut.anchors.length > 0).toBe(true);
        const held = new Set(heldOut.anchors);
        expect(train.anchors.some((anchor) => held.has(anchor))).toBe(false);
      }),
    );
  });

  it('holds out about the fraction, and each anchor by itself', () => {
    const { heldOut } = splitByAnchor(numbered, { fraction: 0.2, seed: 1 });
    expect(heldOut.anchors.length).toBeGreaterThan(140);
    expect(heldOut.anchors.length).toBeLessThan(260);
    const half = takeRows(
      numbered,
      Array.from({ length: 500 }, (_, i) => 499 - i),
    );
    const again = new Set(splitByAnchor(half, { fraction: 0.2, seed: 1 }).heldOut.anchors);
    expect(again).toEqual(new Set(heldOut.anchors.filter((anchor) => half.anchors.includes(anchor))));
    const other = splitByAnchor(numbered, { fraction: 0.2, seed: 2 }).heldOut.anchors;
    expect(other).not.toEqual(heldOut.anchors);
  });

  it('holds out a number of rows, or the few more that an anchor needs', () => {
    expect(splitByAnchor(numbered, { count: 100 }).heldOut.anchors.length).toBe(100);
    expect(splitByAnchor(numbered, { count: 101 }).heldOut.anchors.length).toBe(102);
  });

  it('splits vectors by their bytes', () => {
    const anchors = Float32Array.of(1, 2, 3, 4, 1, 2, 5, 6, 7, 8);
    const data: VectorPairs = { kind: 'vector', name: 'v', dimension: 2, anchors, positives: anchors.slice() };
    const { train, heldOut } = splitByAnchor(data, { fraction: 0.5, seed: 3 });
    expect(rowCount(train) + rowCount(heldOut)).toBe(5);
    const side = [...heldOut.anchors].includes(1) ? heldOut : train;
    expect([...side.anchors].filter((x) => x === 1)).toHaveLength(2);
  });

  it('refuses what can not be split', () => {
    expect(() => splitByAnchor(numbered, {})).toThrow(/E_OPTION.*either/);
    expect(() => splitByAnchor(numbered, { count: 1, fraction: 0.5 })).toThrow(/E_OPTION.*either/);
    expect(() => splitByAnchor(numbered, { fraction: 1 })).toThrow(/E_OPTION.*"fraction"/);
    expect(() => splitByAnchor(numbered, { count: 999 })).toThrow(/E_DATA.*lower "count"/);
    expect(() => splitByAnchor(textPairs(['a', 'a']), { fraction: 0.5 })).toThrow(
      /E_DATA.*two distinct anchors.*got 1/,
    );
  });
});

describe('checkPairs', () => {
  const vectors = (change: Partial<VectorPairs>): VectorPairs => ({
    kind: 'vector',
    name: 'v',
    dimension: 2,
    anchors: new Float32Array(4),
    positives: new Float32Array(4),
    ...change,
  });

  it('accepts what is right', () => {
    expect(() => checkPairs(numbered)).not.toThrow();
    expect(() => checkPairs(vectors({ negatives: new Float32Array(4) }))).not.toThrow();
  });

  it('refuses columns that differ, no rows, and numbers that are not finite', () => {
    expect(() => checkPairs({ ...numbered, positives: ['x'] })).toThrow(/E_SHAPE.*1000 texts.*got 1/);
    expect(() => checkPairs({ ...numbered, negatives: [] })).toThrow(/E_SHAPE.*"negatives"/);
    expect(() => checkPairs(textPairs([]))).toThrow(/E_DATA.*got none/);
    expect(() => checkPairs(vectors({ dimension: 3 }))).toThrow(/E_SHAPE.*dimension 3/);
    expect(() => checkPairs(vectors({ dimension: 0 }))).toThrow(/E_SHAPE/);
    const nan = vectors({ positives: Float32Array.of(0, 0, 0, Number.NaN) });
    expect(() => checkPairs(nan)).toThrow(/E_VALUE.*"positives".*got NaN in row 1, column 1/);
    const infinite = vectors({ negatives: Float32Array.of(0, 0, Number.NEGATIVE_INFINITY, 0) });
    expect(() => checkPairs(infinite)).toThrow(/E_VALUE.*got -Infinity in row 1, column 0/);
  });
});

describe('takeRows', () => {
  it('copies rows in the order given, all columns alike', () => {
    const data: TextPairs = {
      kind: 'text',
      name: 't',
      anchors: ['a', 'b'],
      positives: ['c', 'd'],
      negatives: ['e', 'f'],
    };
    expect(takeRows(data, [1, 0, 1])).toEqual({
      ...data,
      anchors: ['b', 'a', 'b'],
      positives: ['d', 'c', 'd'],
      negatives: ['f', 'e', 'f'],
    });
  });
});
