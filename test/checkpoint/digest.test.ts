/** The digest is MurmurHash3 x86_128: its own verification value, vectors of another implementation, and what may not matter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Digest, digestText } from '../../src/checkpoint/index.js';

const hex = (bytes: Uint8Array, seed = 0): string => new Digest(seed).update(bytes).hex();

/** The digest's bytes in memory order: four little-endian words. */
function bytesOf(digest: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setUint32(4 * i, Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16), true);
  return bytes;
}

describe('Digest', () => {
  it("gives SMHasher's verification value of MurmurHash3_x86_128", () => {
    // Keys {}, {0}, {0,1}, … {0 … 254} with seeds 256, 255, … 1, then the hash of all their hashes.
    const key = Uint8Array.from({ length: 256 }, (_, i) => i);
    const all = new Digest();
    for (let i = 0; i < 256; i++) all.update(bytesOf(hex(key.subarray(0, i), 256 - i)));
    expect(new DataView(bytesOf(all.hex()).buffer).getUint32(0, true)).toBe(0xb3ece62a);
  });

  // By mmh3 5 for Python, hash_bytes(…, x64arch=False), seeds 0 and 0x9747b28c.
  it.each([
    ['', '00000000000000000000000000000000', 'f7bed5a15b576a1c5b576a1c5b576a1c'],
    ['a', 'a794933c5556b01b5556b01b5556b01b', '084ef94421a1186e21a1186e21a1186e'],
    ['abcd', '96b6ccaa45afc62e45afc62e45afc62e', '4795c529cec1885ecec1885ecec1885e'],
    ['hello, world', '8b21605cb9b98a1e93273a83eb5957c7', 'c35d95c131038e8bd0bd1a6bbde79608'],
    [
      'The quick brown fox jumps over the lazy dog',
      '2f1583c3ecee2c675d7bf66ce5e91d2c',
      '8ad4d55e4cb861718ea73a9ccdb6793e',
    ],
    ['naïve 犬', 'a4581f1dc1f6955bee46084113cff0fc', '73437faa2a46a93de0145b76db022bd6'],
  ])('of %j', (text, plain, seeded) => {
    expect(digestText(text)).toBe(plain);
    expect(hex(new TextEncoder().encode(text), 0x9747b28c)).toBe(seeded);
  });

  it.each([
    [65_535, 'a28162855f5ee3a3d88eac3985b8c9a0'],
    [65_536, '3e0508f5b60c9303e3dcbb3e0f14588e'],
    [65_537, '345585f8f0a67b0b53008d12012aa017'],
    [200_000, '59ae8bdb9ba0e0bf0274f14e21d394d1'],
  ])('of %i bytes, about as many as it takes at once', (length, expected) => {
    expect(
      hex(
        Uint8Array.from({ length }, (_, i) => i * 31 + 7),
        1,
      ),
    ).toBe(expected);
  });

  it('does not depend on how the bytes are cut or where they lie', () => {
    const cuts = fc.array(fc.nat(70), { maxLength: 12 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), cuts, fc.nat(17), (bytes, lengths, shift) => {
        const moved = new Uint8Array(bytes.length + shift).subarray(shift);
        moved.set(bytes);
        const digest = new Digest();
        let at = 0;
        for (const length of lengths) {
          digest.update(moved.subarray(at, at + length));
          at += length;
        }
        expect(digest.update(moved.subarray(at)).hex()).toBe(hex(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the cuts across its scratch memory', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31 + 7);
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const digest = new Digest(1).update(bytes.subarray(0, low)).update(bytes.subarray(low, high));
        expect(digest.update(bytes.subarray(high)).hex()).toBe('59ae8bdb9ba0e0bf0274f14e21d394d1');
      }),
      { numRuns: 30 },
    );
  });

  it('sees every change inside one block', () => {
    const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), block, block, fc.uint8Array({ maxLength: 40 }), (a, b, c, d) => {
        const before = a.subarray(0, a.length - (a.length % 16));
        const of = (middle: Uint8Array) => new Digest().update(before).update(middle).update(d).hex();
        expect(of(b) === of(c)).toBe(b.every((byte, i) => byte === c[i]));
      }),
      { numRuns: 500 },
    );
  });

  it('tells trailing zeros apart', () => {
    const digests = Array.from({ length: 40 }, (_, length) => hex(new Uint8Array(length)));
    expect(new Set(digests).size).toBe(40);
  });
});
