/** Embedding bags and the slots of touched rows: forward, turning round and backward against plain loops in float64. */
import { describe, expect, it } from 'vitest';
import type { Pointer } from '../../src/engine/index.js';
import { expectClose } from '../support/close.js';
import { type Bench, onCore, randomFloats, uniform } from '../support/core.js';

/** Lengths of rows around the four and thirty-two columns that are taken at a time. */
const WIDTHS = [1, 3, 4, 5, 31, 32, 33, 36, 64, 70];
const ROWS = 9;
/** Repeated ids, an empty text at the start, in the middle and at the end; rows 4 and 8 are never used. */
const IDS = [3, 0, 3, 7, 1, 1, 1, 2, 6, 5, 0];
const OFFSETS = [0, 0, 4, 5, 5, 7, 10, 11, 11];
const TEXTS = OFFSETS.length - 1;

function ints(bench: Bench, values: ArrayLike<number>, name = 'integers'): Pointer {
  const at = bench.block(values.length * 4, name);
  bench.engine.i32.set(values, at / 4);
  return at;
}

const readInts = ({ engine }: Bench, at: Pointer, count: number) => [...engine.i32.slice(at / 4, at / 4 + count)];

/** Every feature of every text. */
function features(): { text: number; id: number; factor: number }[] {
  return OFFSETS.slice(0, -1).flatMap((begin, text) =>
    IDS.slice(begin, OFFSETS[text + 1]).map((id, _, bag) => ({ text, id, factor: 1 / bag.length })),
  );
}

describe('bagForward', () => {
  it.each(WIDTHS)('of rows of %i: means and sums, weighted or not', async (d) => {
    const next = uniform(d);
    const [table, weights] = [randomFloats(ROWS * d, next), randomFloats(ROWS, next)];
    for (const mean of [0, 1]) {
      for (const weighted of [false, true]) {
        const exact = new Float64Array(TEXTS * d);
        for (const { text, id, factor } of features()) {
          const c = (mean ? factor : 1) * (weighted ? (weights[id] as number) : 1);
          for (let j = 0; j < d; j++) exact[text * d + j]! += c * (table[id * d + j] as number);
        }
        const { out, factors } = await onCore((bench) => {
          const at = bench.block(TEXTS * d * 4, 'out');
          const c = bench.block(TEXTS * 4, 'factors');
          const w = weighted ? bench.floats(weights) : 0;
          const [ids, offsets] = [ints(bench, IDS), ints(bench, OFFSETS)];
          bench.core.bagForward(bench.floats(table), d, w, ids, offsets, TEXTS, mean, c, at);
          expect(bench.broken()).toEqual([]);
          return { out: bench.readF32(at, TEXTS * d), factors: bench.readF32(c, TEXTS) };
        });
        expectClose(out, exact, { relative: 1e-6, absolute: 1e-6 }, `mean ${mean}, weighted ${weighted}`);
        expect([...factors]).toEqual(mean ? [1, 0.25, 1, 1, 0.5, Math.fround(1 / 3), 1, 1] : Array(TEXTS).fill(1));
        // Texts 0, 3 and 7 are empty.
        for (const empty of [0, 3, 7]) expect(out.subarray(empty * d, empty * d + d).every((y) => y === 0)).toBe(true);
      }
    }
  });
});

describe('bagCheck', () => {
  const check = (ids: number[], offsets: number[], rows = ROWS) =>
    onCore((bench) =>
      bench.core.bagCheck(ints(bench, ids), ids.length, rows, ints(bench, offsets), offsets.length - 1),
    );

  it('lets right bags pass', async () => {
    expect(await check(IDS, OFFSETS)).toBe(0);
    expect(await check([], [0])).toBe(0);
    expect(await check([], [0, 0, 0])).toBe(0);
    expect(await check([0, 0], [0, 2], 1)).toBe(0);
  });

  it.each([
    [[0, 9, 1], [0, 3], 2],
    [[9], [0, 1], 1],
    [[0, 1, -1], [0, 3], 3],
    [[0, 1], [1, 2], -1],
    [[0, 1], [0, 1], -2],
    [[0, 1], [0, 3], -2],
    [[0, 1, 2], [0, 2, 1, 3], -3],
    [[0, 1], [0, -1, 2], -2],
    [[0], [0], -1],
  ])('points at what is wrong in ids %j, offsets %j', async (ids, offsets, expected) => {
    expect(await check(ids, offsets)).toBe(expected);
  });
});

describe('sparseTouch and sparseClear', () => {
  it('give slots in the order of first touch, go on from those given, and take them back', async () => {
    await onCore((bench) => {
      const { core } = bench;
      const slots = ints(bench, new Int32Array(ROWS), 'slots');
      const touched = bench.block(IDS.length * 4, 'touched');
      expect(core.sparseTouch(slots, ints(bench, IDS), IDS.length, 0, touched)).toBe(7);
      expect(readInts(bench, touched, 7)).toEqual([3, 0, 7, 1, 2, 6, 5]);
      expect(readInts(bench, slots, ROWS)).toEqual([2, 4, 5, 1, 0, 7, 6, 3, 0]);
      const more = bench.block(8, 'more');
      expect(core.sparseTouch(slots, ints(bench, [8, 3, 4, 8]), 4, 7, more)).toBe(2);
      expect(readInts(bench, more, 2)).toEqual([8, 4]);
      expect(core.sparseTouch(slots, ints(bench, [8, 3]), 2, 9, more)).toBe(0);
      core.sparseClear(slots, more, 2);
      expect(readInts(bench, slots, ROWS)).toEqual([2, 4, 5, 1, 0, 7, 6, 3, 0]);
      core.sparseClear(slots, touched, 7);
      expect(readInts(bench, slots, ROWS)).toEqual(Array(ROWS).fill(0));
      expect(bench.broken()).toEqual([]);
    });
  });
});

/** Slots and turned bags of IDS; `before` are rows touched earlier. */
function invert(bench: Bench, before: number[] = []) {
  const { core } = bench;
  const slots = ints(bench, new Int32Array(ROWS), 'slots');
  const touched = bench.block((IDS.length + before.length) * 4, 'touched');
  const earlier = core.sparseTouch(slots, ints(bench, before), before.length, 0, touched);
  const total = earlier + core.sparseTouch(slots, ints(bench, IDS), IDS.length, earlier, touched + earlier * 4);
  const starts = bench.block((total + 2) * 4, 'starts');
  const entries = bench.block(IDS.length * 4, 'entries');
  core.bagInvert(slots, ints(bench, IDS), ints(bench, OFFSETS), TEXTS, total, starts, entries);
  return { total, touched, starts, entries };
}

describe('bagInvert', () => {
  it('lists for every slot the texts of its row, ascending, once for each time', async () => {
    await onCore((bench) => {
      const { total, touched, starts, entries } = invert(bench, [4, 6]);
      expect(total).toBe(8);
      const rows = readInts(bench, touched, total);
      expect(rows).toEqual([4, 6, 3, 0, 7, 1, 2, 5]);
      const places = readInts(bench, starts, total + 1);
      const texts = readInts(bench, entries, IDS.length);
      rows.forEach((row, slot) => {
        const expected = features().flatMap(({ text, id }) => (id === row ? [text] : []));
        expect(texts.slice(places[slot], places[slot + 1]), `row ${row}`).toEqual(expected);
      });
      expect(bench.broken()).toEqual([]);
    });
  });
});

describe('bagBackward', () => {
  it.each(WIDTHS)('of rows of %i: gradients of touched rows and their weights, written or added', async (d) => {
    const next = uniform(d + 50);
    const [table, weights, g] = [randomFloats(ROWS * d, next), randomFloats(ROWS, next), randomFloats(TEXTS * d, next)];
    const factors = randomFloats(TEXTS, next);
    const weightAt = Math.ceil(d / 4) * 16;
    const stride = weightAt + 16;
    for (const fresh of [0, 1]) {
      for (const weighted of [false, true]) {
        for (const wantsWeight of weighted ? [false, true] : [false]) {
          const { rows, got } = await onCore((bench) => {
            const { total, touched, starts, entries } = invert(bench, [4]);
            const start = new Float32Array((total * stride) / 4).fill(0.5);
            const dRows = bench.floats(start, 'dRows');
            const w = weighted ? bench.floats(weights) : 0;
            bench.core.bagBackward(
              dRows,
              stride,
              fresh,
              wantsWeight ? weightAt : 0,
              bench.floats(g),
              bench.floats(factors),
              bench.floats(table),
              d,
              w,
              starts,
              entries,
              touched,
              total,
            );
            expect(bench.broken()).toEqual([]);
            return { rows: readInts(bench, touched, total), got: bench.readF32(dRows, start.length) };
          });
          const label = `fresh ${fresh}, weighted ${weighted}, wantsWeight ${wantsWeight}`;
          rows.forEach((row, slot) => {
            const sum = new Float64Array(d);
            for (const { text, id } of features()) {
              if (id !== row) continue;
              for (let j = 0; j < d; j++) sum[j]! += (factors[text] as number) * (g[text * d + j] as number);
            }
            const w = weighted ? (weights[row] as number) : 1;
            const from = (slot * stride) / 4;
            const base = fresh ? 0 : 0.5;
            const exact = sum.map((s) => base + w * s);
            expectClose(got.subarray(from, from + d), exact, { relative: 1e-6, absolute: 1e-6 }, label);
            const dot = sum.reduce((total, s, j) => total + s * (table[row * d + j] as number), 0);
            const weight = wantsWeight ? base + dot : 0.5;
            expectClose([got[from + weightAt / 4] as number], [weight], { absolute: 1e-5 }, `${label}, weight`);
          });
        }
      }
    }
  });
});
