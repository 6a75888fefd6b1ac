/** Roots of monotone functions, kind and unkind. */
import { describe, expect, it } from 'vitest';
import { root } from '../../src/dro/root.js';

describe('root', () => {
  it.each<[string, (x: number) => number, number, number, number]>([
    ['a line', (x) => x - 0.3, 0, 1, 0.3],
    ['a falling line', (x) => 0.3 - x, 0, 1, 0.3],
    ['a cubic', (x) => x ** 3 - 2, 0, 5, Math.cbrt(2)],
    ['e^x from far away', (x) => Math.exp(x) - 1e-5, -700, 700, Math.log(1e-5)],
    ['a root of multiplicity 9', (x) => (x - 1) ** 9, 0, 5, 1],
    ['a jump', (x) => (x < 2 ** 0.5 ? -1 : 1), 0, 2, 2 ** 0.5],
    ['a pole', (x) => (x < 0.7 ? 1 / (0.7 - x) - 10 : Number.POSITIVE_INFINITY), 0, 1, 0.6],
    ['infinite ends', (x) => (x <= 1 ? Number.NEGATIVE_INFINITY : Math.log(x - 1)), 1, 9, 2],
    ['an end', (x) => x, 0, 1, 0],
    ['the other end', (x) => x - 1, 0, 1, 1],
  ])('finds %s', (name, f, low, high, expected) => {
    let calls = 0;
    const counted = (x: number) => {
      calls++;
      return f(x);
    };
    const got = root(counted, low, high);
    // (x − 1)⁹ is below the smallest float64 long before x is 1.
    expect(Math.abs(got - expected)).toBeLessThan(
      name.includes('multiplicity') ? 1e-8 : 1e-14 * (1 + Math.abs(expected)),
    );
    expect(calls).toBeLessThan(130);
  });

  it('stops at the resolution it is given', () => {
    let calls = 0;
    const f = (x: number) => {
      calls++;
      return x < 0 ? -1 : x + 1e-30;
    };
    expect(Math.abs(root(f, -1, 1, 1e-6))).toBeLessThan(1e-6);
    expect(calls).toBeLessThan(30);
  });
});
