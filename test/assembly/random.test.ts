/** The counter-based generator against its known answers and against data's own, and the numbers made of its draws. */
import { describe, expect, it } from 'vitest';
import { Draws } from '../../src/data/random.js';
import type { Pointer } from '../../src/engine/index.js';
import { SIZES } from '../support/close.js';
import { type Bench, onCore } from '../support/core.js';

type Words = readonly number[];

/** Key 0, key 1, counter 1, 2 and 3, as the core wants them. */
function drawsFor(bench: Bench, words: Words): Pointer {
  const draws = bench.block(bench.core.drawsBytes(), 'draws');
  bench.engine.i32.set(words, draws / 4);
  return draws;
}

/** Draws from number 16·turn on. */
function bits(words: Words, count: number, turn = 0): Promise<number[]> {
  return onCore((bench) => {
    const out = bench.block(count * 4, 'out');
    bench.core.randomBits(drawsFor(bench, words), turn, out, count);
    expect(bench.broken()).toEqual([]);
    return Array.from(bench.engine.i32.subarray(out / 4, out / 4 + count), (x) => x >>> 0);
  });
}

function fill(kind: 'uniform' | 'normal', words: Words, count: number, a: number, b: number): Promise<Float32Array> {
  return onCore((bench) => {
    const out = bench.block(count * 4, 'out');
    const draws = drawsFor(bench, words);
    if (kind === 'uniform') bench.core.randomUniform(draws, out, count, a, b);
    else bench.core.randomNormal(draws, out, count, a, b);
    expect(bench.broken()).toEqual([]);
    return bench.readF32(out, count);
  });
}

const LARGE = 2 ** 18;
const SEED: Words = [7, 11, 13, 17, 19];

/** Σ over x of f, by the number of x. */
const meanOf = (x: Float32Array, f: (value: number) => number) =>
  x.reduce((sum, value) => sum + f(value), 0) / x.length;

describe('philox', () => {
  // kat_vectors of Random123 for philox4x32-10.
  const KNOWN: [counter: Words, key: Words, answer: Words][] = [
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
  ];

  it.each(KNOWN)('gives the known answer for counter %j', async ([block = 0, ...rest], key, answer) => {
    // Sixteen draws are four blocks.
    const got = await bits([...key, ...rest], 16, block >>> 2);
    expect(got.slice((block & 3) * 4, (block & 3) * 4 + 4)).toEqual(answer);
  });

  it('gives the draws that src/data/random.ts gives', async () => {
    const [seed, stream, epoch] = [2 ** 40 + 12345, 5, 77];
    const got = await bits([seed | 0, Math.floor(seed / 2 ** 32), epoch, stream, 0], 500);
    const draws = new Draws(seed, stream, epoch);
    expect(got).toEqual(got.map((_, i) => draws.at(i)));
  });

  it('gives a draw by its number alone: whatever the length, wherever it starts', async () => {
    const all = await bits(SEED, 200);
    for (const count of SIZES) expect(await bits(SEED, count)).toEqual(all.slice(0, count));
    for (const turn of [1, 2, 7]) expect(await bits(SEED, 33, turn)).toEqual(all.slice(16 * turn, 16 * turn + 33));
  });

  it('gives other draws for every word of key and counter', async () => {
    const first = await bits(SEED, 16);
    for (let k = 0; k < 5; k++) {
      const other = await bits(SEED.with(k, (SEED[k] as number) ^ 1), 16);
      expect(other.filter((x, i) => x === first[i])).toEqual([]);
    }
  });
});

describe('randomUniform', () => {
  it('has the moments of the uniform distribution, in every sixteenth of its range', async () => {
    const x = await fill('uniform', SEED, LARGE, -1, 3);
    // Deviations of these means over 2¹⁸ draws: 0.0023 and 0.0023; five of them are allowed.
    expect(Math.abs(meanOf(x, (v) => v) - 1)).toBeLessThan(0.012);
    expect(Math.abs(meanOf(x, (v) => (v - 1) ** 2) - 4 / 3)).toBeLessThan(0.012);
    const counts = new Array<number>(16).fill(0);
    for (const v of x) counts[Math.floor((v + 1) * 4)]! += 1;
    const chi = counts.reduce((sum, n) => sum + (n - LARGE / 16) ** 2 / (LARGE / 16), 0);
    // χ² of 15 degrees of freedom: one in ten thousand lies above 44.
    expect(chi).toBeLessThan(44);
  });

  it('stays in [low, high), where rounding would leave it too', async () => {
    for (const [low, high] of [
      [0, 1],
      [-0.1, 0.1],
      [1, 1 + 2 ** -22],
      [-3e38, 3e38],
      [16777216, 16777220],
    ] as const) {
      const x = await fill('uniform', SEED, 4096, low, high);
      expect(x.every((v) => v >= Math.fround(low) && v < high)).toBe(true);
      expect(new Set(x).size).toBeGreaterThan(1);
    }
    expect(new Set(await fill('uniform', SEED, 100, 2, 2))).toEqual(new Set([2]));
  });

  it('is a function of the draw alone, 24 bits of it', async () => {
    const draws = await bits(SEED, 100);
    const x = await fill('uniform', SEED, 100, 0, 1);
    expect([...x]).toEqual(draws.map((draw) => (draw >>> 8) / 2 ** 24));
    for (const count of SIZES) expect(await fill('uniform', SEED, count, 0, 1)).toEqual(x.slice(0, count));
  });
});

describe('randomNormal', () => {
  it('has the moments of the normal distribution', async () => {
    const z = (await fill('normal', SEED, LARGE, 5, 2)).map((v) => (v - 5) / 2);
    // Deviations of the means of zᵏ: √((2k−1)!! − ((k−1)!!)²)/2⁹; five of them are allowed.
    for (const [power, exact, deviation] of [
      [1, 0, 1],
      [2, 1, Math.SQRT2],
      [3, 0, Math.sqrt(15)],
      [4, 3, Math.sqrt(96)],
    ] as const) {
      expect(Math.abs(meanOf(z, (v) => v ** power) - exact), `moment ${power}`).toBeLessThan((5 * deviation) / 512);
    }
    expect(z.every((v) => Math.abs(v) <= 6.8)).toBe(true);
    // 2.28 % lie beyond two deviations on either side.
    for (const side of [-1, 1])
      expect(Math.abs(meanOf(z, (v) => (v * side > 2 ? 1 : 0)) - 0.02275)).toBeLessThan(0.0015);
    // The two of a pair are not correlated.
    const pairs = z.reduce((sum, v, i) => sum + (i % 2 === 0 ? v * (z[i + 1] as number) : 0), 0) / (LARGE / 2);
    expect(Math.abs(pairs)).toBeLessThan(5 / 362);
  });

  it('is Box and Muller of two draws, whatever the length', async () => {
    const draws = await bits(SEED, 100);
    const x = await fill('normal', SEED, 100, -1, 0.5);
    x.forEach((got, i) => {
      const [first, second] = [draws[i & ~1] as number, draws[i | 1] as number];
      const radius = Math.sqrt(-2 * Math.log((first + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * second) / 2 ** 32;
      const exact = -1 + 0.5 * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      expect(Math.abs(got - exact)).toBeLessThan(3e-7);
    });
    for (const count of SIZES) expect(await fill('normal', SEED, count, -1, 0.5)).toEqual(x.slice(0, count));
    expect(new Set(await fill('normal', SEED, 33, 4, 0))).toEqual(new Set([4]));
  });
});
