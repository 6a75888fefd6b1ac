import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1a, fnv1aBytes, hashText, mix32 } from '../../src/data/hash.js';
import { Draws, permutation, philox4x32 } from '../../src/data/random.js';

describe('philox4x32', () => {
  // kat_vectors of the Random123 distribution.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the known answer for counter %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox4x32(out, counter as [number, number, number, number], key as [number, number]);
    expect([...out]).toEqual(expected);
  });
});

describe('Draws', () => {
  it('depends on seed, stream, epoch and index alone', () => {
    const forward = new Draws(7, 1, 2);
    const values = Array.from({ length: 9 }, (_, i) => forward.at(i));
    const backward = new Draws(7, 1, 2);
    expect(Array.from({ length: 9 }, (_, i) => backward.at(8 - i)).reverse()).toEqual(values);
    for (const other of [new Draws(8, 1, 2), new Draws(7, 2, 2), new Draws(7, 1, 3), new Draws(7 + 2 ** 32, 1, 2)]) {
      expect(Array.from({ length: 9 }, (_, i) => other.at(i))).not.toEqual(values);
    }
  });

  it('shuffles: a permutation, and every place is as likely', () => {
    const counts = new Int32Array(25);
    for (let epoch = 0; epoch < 4000; epoch++) {
      const order = permutation(5, new Draws(3, 1, epoch));
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      for (let i = 0; i < 5; i++) counts[i * 5 + (order[i] as number)]! += 1;
    }
    // 800 expected, standard deviation 25.
    for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(130);
  });
});

describe('hashes', () => {
  it('gives the published values of FNV-1a', () => {
    expect(fnv1a('')).toBe(0x811c9dc5);
    expect(fnv1a('a')).toBe(0xe40c292c);
    expect(fnv1a('foobar')).toBe(0xbf9cf968);
  });

  it('hashes the UTF-8 bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fnv1a(text)).toBe(fnv1aBytes(new TextEncoder().encode(text)));
      }),
    );
    expect(fnv1a('\ud800x')).toBe(fnv1a('\ufffdx'));
  });

  it('gives the published finaliser of MurmurHash3 and a 53-bit hash that the seed moves', () => {
    expect(mix32(0)).toBe(0);
    expect(mix32(1)).toBe(0x514e28b7);
    expect(hashText('a', 1)).not.toBe(hashText('a', 2));
    expect(hashText('a', 1)).not.toBe(hashText('a', 1 + 2 ** 32));
    expect(Number.isSafeInteger(hashText('abc', 5))).toBe(true);
  });
});
