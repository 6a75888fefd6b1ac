/** Streaming log-sum-exp: a family merged in any split is the family of the whole, and an empty one changes nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onCore } from '../support/core.js';

interface Term {
  q: number;
  s: number;
}

const EMPTY = [Number.NEGATIVE_INFINITY, 0, 0, 0];
const term = fc.record({
  q: fc.double({ min: -2000, max: 2000, noNaN: true }),
  s: fc.double({ min: -1, max: 1, noNaN: true }),
});

/** (m, z, Σ e·s, Σ e·s²) of some terms, in float64. */
function family(terms: readonly Term[]): number[] {
  const m = terms.reduce((most, { q }) => Math.max(most, q), Number.NEGATIVE_INFINITY);
  const sums = [0, 0, 0];
  for (const { q, s } of terms) {
    const e = Math.exp(q - m);
    sums.forEach((sum, power) => {
      sums[power] = sum + e * s ** power;
    });
  }
  return [m, ...sums];
}

/** Merges families from the left in the core. */
function merge(families: readonly (readonly number[])[]): Promise<number[]> {
  return onCore((bench) => {
    const [first, ...others] = families.map((values) => bench.doubles(values));
    for (const other of others) bench.core.mergeFamily(first as number, other);
    expect(bench.broken()).toEqual([]);
    return [...bench.readF64(first as number, 4)];
  });
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got[0]).toBe(expected[0]);
  const scale = Math.abs(expected[1] as number);
  for (let i = 1; i < 4; i++)
    expect(Math.abs((got[i] as number) - (expected[i] as number))).toBeLessThan(1e-12 * scale);
}

/** Cuts a list at the given places. */
function split<T>(list: readonly T[], cuts: readonly number[]): T[][] {
  const places = [...cuts.map((cut) => cut % (list.length + 1)).sort((a, b) => a - b), list.length];
  return places.map((place, k) => list.slice(k === 0 ? 0 : places[k - 1], place));
}

describe('mergeFamily', () => {
  it('equals the whole, however the terms are split, empty parts among them', async () => {
    const property = fc.asyncProperty(
      fc.array(term, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(1000), { maxLength: 6 }),
      async (terms, cuts) => {
        const parts = split(terms, cuts).map((part) => (part.length === 0 ? EMPTY : family(part)));
        expectClose(await merge(parts), family(terms));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it('does not care which of two comes first', async () => {
    const lists = fc.array(term, { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(lists, lists, async (x, y) => {
      const [a, b] = [family(x), family(y)];
      expectClose(await merge([a, b]), await merge([b, a]));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('moves with a constant added to all log-weights', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.record({ q: fc.integer({ min: -2000, max: 2000 }), s: term.map(({ s }) => s) }), {
        minLength: 2,
        maxLength: 12,
      }),
      fc.integer({ min: -500, max: 500 }),
      async (terms, shift) => {
        const half = Math.floor(terms.length / 2);
        const parts = (list: Term[]) => [family(list.slice(0, half)), family(list.slice(half))];
        const [m, ...sums] = await merge(parts(terms));
        const [shifted, ...others] = await merge(parts(terms.map(({ q, s }) => ({ q: q + shift, s }))));
        expect(shifted).toBe((m as number) + shift);
        expect(others).toEqual(sums);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('leaves a family alone when an empty one comes, and takes the other when it is empty itself', async () => {
    const some = family([
      { q: 3, s: 0.5 },
      { q: -700, s: -1 },
    ]);
    expect(await merge([some, EMPTY])).toEqual(some);
    expect(await merge([EMPTY, some])).toEqual(some);
    expect(await merge([EMPTY, EMPTY])).toEqual(EMPTY);
  });

  it('keeps what lies beyond the range of exp', async () => {
    expect(await merge([family([{ q: -1e308, s: 1 }]), family([{ q: 1e308, s: 1 }])])).toEqual([1e308, 1, 1, 1]);
  });
});

describe('raiseFamily', () => {
  it('raises the maximum and scales the sums down; a smaller maximum does nothing', async () => {
    const start = [2, 4, -1, 0.5];
    const raise = (to: number, values: number[] = start) =>
      onCore((bench) => {
        const pointer = bench.doubles(values);
        bench.core.raiseFamily(pointer, to);
        return [...bench.readF64(pointer, 4)];
      });
    expect(await raise(1)).toEqual(start);
    expect(await raise(2)).toEqual(start);
    expectClose(await raise(5), [5, 4 * Math.exp(-3), -Math.exp(-3), 0.5 * Math.exp(-3)]);
    expect(await raise(Number.NEGATIVE_INFINITY, EMPTY)).toEqual(EMPTY);
    expect(await raise(-7, EMPTY)).toEqual([-7, 0, 0, 0]);
    expect(await raise(2000)).toEqual([2000, 0, -0, 0]);
  });
});
