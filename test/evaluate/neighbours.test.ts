import { describe, expect, it } from 'vitest';
import { alignment, knnAccuracy, uniformity } from '../../src/evaluate/index.js';

/** Unit vectors in the plane at these angles, in degrees. */
const circle = (...degrees: number[]) =>
  Float32Array.from(degrees.flatMap((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]));

describe('knnAccuracy', () => {
  const train = { rows: circle(0, 10, 20, 180, 190, 200), labels: [0, 0, 0, 7, 7, 7] };

  it('classifies by the nearest rows', () => {
    const test = { rows: circle(5, 185, 15, 195), labels: [0, 7, 0, 0] };
    expect(knnAccuracy(train, test, 2, { k: 3 })).toBe(0.75);
  });

  it('weighs a near vote above two far ones when the temperature is low', () => {
    const few = { rows: circle(0, 60, 61), labels: [1, 2, 2] };
    const test = { rows: circle(1), labels: [1] };
    expect(knnAccuracy(few, test, 2, { k: 3, temperature: 0.1 })).toBe(1);
    expect(knnAccuracy(few, test, 2, { k: 3, temperature: 100 })).toBe(0);
    expect(knnAccuracy(few, test, 2, { k: 3, temperature: 1e-6 })).toBe(1);
  });

  it('leaves the row itself out when asked', () => {
    const lonely = { rows: circle(0, 90, 95), labels: [1, 2, 2] };
    expect(knnAccuracy(lonely, lonely, 2, { k: 1 })).toBe(1);
    expect(knnAccuracy(lonely, lonely, 2, { k: 1, leaveOneOut: true })).toBeCloseTo(2 / 3, 12);
    expect(knnAccuracy(lonely, lonely, 2, { k: 50, leaveOneOut: true })).toBeCloseTo(2 / 3, 12);
  });

  it('refuses bad input', () => {
    const bad = { rows: Float32Array.of(1, 1), labels: [0] };
    expect(() => knnAccuracy(train, bad, 2)).toThrow(/^E_VALUE.*"test\.rows".*row 0 has norm 1\.41/);
    expect(() => knnAccuracy(train, { rows: Float32Array.of(Number.NaN, 0), labels: [0] }, 2)).toThrow(/^E_VALUE/);
    expect(() => knnAccuracy(train, { rows: circle(1), labels: [] }, 2)).toThrow(/^E_SHAPE.*1 rows, got 0/);
    expect(() => knnAccuracy(train, { rows: circle(), labels: [] }, 2)).toThrow(/^E_DATA/);
    expect(() => knnAccuracy(train, train, 2, { k: 0 })).toThrow(/^E_OPTION/);
    expect(() => knnAccuracy(train, { rows: circle(1), labels: [0] }, 2, { leaveOneOut: true })).toThrow(/^E_SHAPE/);
  });
});

describe('alignment and uniformity', () => {
  it('gives the hand-computed values', () => {
    // ‖x − y‖² is 0, 2 and 4 at 0°, 90° and 180°.
    expect(alignment(circle(0, 0, 0), circle(0, 90, 180), 2)).toBeCloseTo(2, 6);
    expect(alignment(circle(0, 0), circle(90, 180), 2, 1)).toBeCloseTo((Math.SQRT2 + 2) / 2, 6);
    expect(uniformity(circle(0, 90, 180), 2)).toBeCloseTo(Math.log((2 * Math.exp(-4) + Math.exp(-8)) / 3), 6);
  });

  it('gives 0 for a collapsed model and stays finite for a large t', () => {
    expect(uniformity(circle(30, 30, 30), 2)).toBeCloseTo(0, 12);
    expect(uniformity(circle(0, 180), 2, 1e4)).toBeCloseTo(-4e4, 1);
  });

  it('refuses bad input', () => {
    expect(() => alignment(circle(0), circle(0, 1), 2)).toThrow(/^E_SHAPE/);
    expect(() => alignment(circle(), circle(), 2)).toThrow(/^E_DATA/);
    expect(() => uniformity(circle(0), 2)).toThrow(/^E_DATA/);
    expect(() => uniformity(Float32Array.of(0, 0, 1, 0), 2)).toThrow(/^E_VALUE.*norm 0/);
    expect(() => uniformity(circle(0, 1), 3)).toThrow(/^E_SHAPE/);
    expect(() => uniformity(circle(0, 1), 2, 0)).toThrow(/^E_OPTION/);
  });
});
