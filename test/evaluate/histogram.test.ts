import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/evaluate/index.js';

describe('Histogram', () => {
  it('gives each bin its left edge and the last its right edge too', () => {
    const histogram = new Histogram({ min: 0, max: 1, bins: 4 });
    histogram.add([0, 0.25, 0.5, 0.75, 1, 0.2499]);
    expect([...histogram.counts]).toEqual([2, 1, 1, 2]);
    expect([...histogram.edges]).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it('counts every value once, also beyond the bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { maxLength: 50 }),
        fc.integer({ min: 1, max: 30 }),
        (values, bins) => {
          const histogram = new Histogram({ bins });
          histogram.add(values);
          expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
          expect(histogram.total).toBe(values.length);
        },
      ),
    );
    const ends = new Histogram({ bins: 2 });
    ends.add([1.0000001, Number.POSITIVE_INFINITY, -7]);
    expect([...ends.counts]).toEqual([1, 2]);
  });

  it('has an area of 1', () => {
    const histogram = new Histogram({ min: -2, max: 2, bins: 8 });
    expect([...histogram.density()]).toEqual(new Array(8).fill(0));
    histogram.add([-1, 0.1, 0.2, 1.9]);
    expect(histogram.density().reduce((sum, density) => sum + density * 0.5, 0)).toBeCloseTo(1, 12);
  });

  it('merges equal bins only', () => {
    const a = new Histogram({ bins: 2 });
    const b = new Histogram({ bins: 2 });
    a.add([-0.5]);
    b.add([0.5, 0.6]);
    a.merge(b);
    expect([[...a.counts], a.total]).toEqual([[1, 2], 3]);
    expect(() => a.merge(new Histogram({ bins: 3 }))).toThrow(/^E_SHAPE.*3 bins over \[-1, 1\] into 2 bins/);
  });

  it('refuses NaN without counting anything, and senseless bounds', () => {
    const histogram = new Histogram();
    expect(() => histogram.add([0, Number.NaN])).toThrow(/^E_VALUE.*value 1 is NaN/);
    expect(histogram.total).toBe(0);
    expect(() => new Histogram({ min: 1, max: 1 })).toThrow(/^E_OPTION/);
    expect(() => new Histogram({ bins: 0 })).toThrow(/^E_OPTION/);
  });
});
