/**
 * gemm against float64, over size classes below, at and above the register tile (5×8), the depth block (256) and the row
 * block (240), in the three orders the library uses. Outputs and work space are fenced by canaries, and what lies between
 * the rows of a strided matrix must not change.
 */
import { describe, expect, it } from 'vitest';
import { onCore, randomFloats, uniform } from '../support/core.js';

type Order = 'nn' | 'nt' | 'tn';

interface Product {
  order: Order;
  m: number;
  n: number;
  k: number;
  accumulate: boolean;
  /** Floats between the rows of each matrix beyond their length. */
  slack: number;
  /** How a and b are drawn. */
  fill: 'uniform' | 'cancelling' | 'ranges';
}

const UNIT = 2 ** -24;
const GAP = Math.fround(12345.678);

/** Row-major with rows `columns + slack` long; the gaps hold a marker. */
function strided(rows: number, columns: number, slack: number, value: (row: number, column: number) => number) {
  const stride = columns + slack;
  const out = new Float32Array(Math.max(0, rows * stride - slack)).fill(GAP);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[i * stride + j] = value(i, j);
  return out;
}

/** Numbers that hurt: neighbours that cancel, or products of 1e30 and 1e-30. */
function drawing(fill: Product['fill'], side: 'a' | 'b', next: () => number): (k: number) => number {
  if (fill === 'cancelling') return (k) => (side === 'a' ? 1 + next() * 1e-6 : k % 2 === 0 ? 1000 : -1000);
  if (fill === 'ranges') return (k) => next() * (k % 2 === (side === 'a' ? 0 : 1) ? 1e30 : 1e-30);
  return next;
}

/** Runs one product; returns the worst error over its bound, the broken fences and whether gaps stayed as they were. */
function run(p: Product) {
  return onCore((bench) => {
    const { order, m, n, k, slack } = p;
    const next = uniform(m * 1000003 + n * 1009 + k);
    const drawA = drawing(p.fill, 'a', next);
    const drawB = drawing(p.fill, 'b', next);
    const a = order === 'tn' ? strided(k, m, slack, (t) => drawA(t)) : strided(m, k, slack, (_, t) => drawA(t));
    const b = order === 'nt' ? strided(n, k, slack, (_, t) => drawB(t)) : strided(k, n, slack, (t) => drawB(t));
    const c = strided(m, n, slack, next);
    const lda = (order === 'tn' ? m : k) + slack;
    const ldb = (order === 'nt' ? k : n) + slack;
    const ldc = n + slack;
    const [pa, pb, pc] = [bench.floats(a, 'a'), bench.floats(b, 'b'), bench.floats(c, 'c')];
    const work = bench.block(bench.core.gemmWorkBytes(m, n, k), 'work');
    const [ta, tb] = [Number(order === 'tn'), Number(order === 'nt')];
    bench.core.gemm(ta, tb, m, n, k, pa, lda, pb, ldb, pc, ldc, Number(p.accumulate), work);

    const got = bench.readF32(pc, c.length);
    const strideA: [number, number] = order === 'tn' ? [1, lda] : [lda, 1];
    const strideB: [number, number] = order === 'nt' ? [1, ldb] : [ldb, 1];
    let worst = 0;
    let gapsKept = true;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let exact = p.accumulate ? (c[i * ldc + j] as number) : 0;
        let size = Math.abs(exact);
        for (let t = 0; t < k; t++) {
          const x = (a[i * strideA[0] + t * strideA[1]] as number) * (b[t * strideB[0] + j * strideB[1]] as number);
          exact += x;
          size += Math.abs(x);
        }
        // The docstring's bound; products below the normal numbers lose up to half of the smallest one each.
        const steps = Math.min(k, 256) + Math.ceil(k / 256) + 1;
        const bound = steps * UNIT * size * (1 + 1e-4) + k * 2 ** -149;
        const error = Math.abs((got[i * ldc + j] as number) - exact);
        if (error > 0 || !Number.isFinite(error)) worst = Math.max(worst, error / bound || Number.POSITIVE_INFINITY);
      }
      for (let j = n; j < ldc && i < m - 1; j++) gapsKept &&= got[i * ldc + j] === GAP;
    }
    const inputsKept = sameBits(bench.readF32(pa, a.length), a) && sameBits(bench.readF32(pb, b.length), b);
    return { worst, broken: bench.broken(), gapsKept, inputsKept, got };
  });
}

function sameBits(x: Float32Array, y: Float32Array): boolean {
  return Buffer.from(x.buffer, x.byteOffset, x.byteLength).equals(Buffer.from(y.buffer, y.byteOffset, y.byteLength));
}

const plain = { accumulate: false, slack: 0, fill: 'uniform' } as const;

async function holds(p: Product) {
  const { worst, broken, gapsKept, inputsKept } = await run(p);
  const name = JSON.stringify(p);
  expect(worst, `error over bound of ${name}`).toBeLessThanOrEqual(1);
  expect({ broken, gapsKept, inputsKept }, name).toEqual({ broken: [], gapsKept: true, inputsKept: true });
}

const ORDERS: Order[] = ['nn', 'nt', 'tn'];
const ROWS = [1, 4, 5, 6, 10, 13];
const COLUMNS = [1, 7, 8, 9, 16, 19];
const DEPTHS = [1, 3, 4, 5, 33];

describe.each(ORDERS)('gemm %s', (order) => {
  it('is within its bound at every size class of the register tile', async () => {
    for (const m of ROWS) for (const n of COLUMNS) for (const k of DEPTHS) await holds({ ...plain, order, m, n, k });
  });

  it('is within its bound around the depth block', async () => {
    for (const k of [255, 256, 257, 512, 515]) {
      for (const [m, n] of [
        [1, 1],
        [5, 8],
        [7, 11],
        [13, 17],
      ] as const)
        await holds({ ...plain, order, m, n, k });
    }
  });

  it('is within its bound around the row block', async () => {
    for (const m of [235, 239, 240, 241, 245, 480, 483]) await holds({ ...plain, order, m, n: 9, k: 20 });
    await holds({ ...plain, order, m: 243, n: 17, k: 259 });
  });

  it('adds to the output where it is told to', async () => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [5, 8, 4],
      [6, 9, 257],
      [241, 3, 300],
      [13, 17, 512],
    ] as const) {
      await holds({ ...plain, order, m, n, k, accumulate: true });
    }
  });

  it('keeps to strides, odd ones too, and leaves the gaps between rows alone', async () => {
    for (const slack of [1, 3, 5, 8]) {
      for (const accumulate of [false, true]) {
        await holds({ ...plain, order, m: 7, n: 11, k: 13, slack, accumulate });
        await holds({ ...plain, order, m: 10, n: 16, k: 258, slack, accumulate });
      }
    }
  });

  it('is within its bound for numbers that cancel or span sixty orders of magnitude', async () => {
    for (const fill of ['cancelling', 'ranges'] as const) {
      for (const k of [2, 64, 256, 600]) await holds({ ...plain, order, m: 11, n: 10, k, fill });
    }
  });
});

describe('gemm', () => {
  it('does nothing for no rows or columns, and gives zeros for a sum of none', async () => {
    await holds({ ...plain, order: 'nn', m: 0, n: 4, k: 4 });
    await holds({ ...plain, order: 'nn', m: 4, n: 0, k: 4 });
    for (const accumulate of [false, true])
      await holds({ ...plain, order: 'nn', m: 3, n: 5, k: 0, slack: 2, accumulate });
  });

  it('gives an element the same bits whatever surrounds it', async () => {
    const k = 300;
    const next = uniform(7);
    const row = randomFloats(k, next);
    const column = randomFloats(k, next);
    const bits = new Set<number>();
    for (const [m, n, i, j] of [
      [1, 1, 0, 0],
      [5, 8, 4, 7],
      [6, 9, 5, 8],
      [241, 17, 240, 3],
      [12, 24, 2, 20],
    ] as const) {
      const value = await onCore((bench) => {
        const a = strided(m, k, 0, (r, t) => (r === i ? (row[t] as number) : r + t));
        const b = strided(n, k, 0, (r, t) => (r === j ? (column[t] as number) : r - t));
        const [pa, pb] = [bench.floats(a), bench.floats(b)];
        const pc = bench.block(m * n * 4, 'c');
        const work = bench.block(bench.core.gemmWorkBytes(m, n, k), 'work');
        bench.core.gemm(0, 1, m, n, k, pa, k, pb, k, pc, n, 0, work);
        return bench.readF32(pc, m * n)[i * n + j] as number;
      });
      bits.add(value);
    }
    expect(bits.size).toBe(1);
  });
});

describe('packing', () => {
  it('puts eight columns side by side and fills the last panel with zeros', async () => {
    for (const n of [1, 7, 8, 9, 16, 21]) {
      for (const k of [1, 3, 4, 9]) {
        const b = strided(k, n, 3, (t, j) => t * 100 + j);
        const bt = strided(n, k, 3, (j, t) => t * 100 + j);
        const panels = Math.ceil(n / 8);
        const [rows, transposed, broken] = await onCore((bench) => {
          const count = panels * k * 8;
          const [p, q] = [bench.block(count * 4, 'rows'), bench.block(count * 4, 'transposed')];
          bench.core.packRows(bench.floats(b), (n + 3) * 4, n, k, p);
          bench.core.packTransposed(bench.floats(bt), (k + 3) * 4, n, k, q);
          return [bench.readF32(p, count), bench.readF32(q, count), bench.broken()] as const;
        });
        const expected = Array.from({ length: panels * k * 8 }, (_, at) => {
          const [panel, t, lane] = [Math.floor(at / (k * 8)), Math.floor(at / 8) % k, at % 8];
          return panel * 8 + lane < n ? t * 100 + panel * 8 + lane : 0;
        });
        expect([...rows], `rows ${n}×${k}`).toEqual(expected);
        expect([...transposed], `transposed ${n}×${k}`).toEqual(expected);
        expect(broken).toEqual([]);
      }
    }
  });
});

describe('similarities', () => {
  it('are the products of all rows with all rows', async () => {
    for (const [n, m, d] of [
      [1, 1, 1],
      [5, 8, 3],
      [41, 39, 20],
      [6, 250, 33],
    ] as const) {
      const next = uniform(n + m + d);
      const [u, v] = [randomFloats(n * d, next), randomFloats(m * d, next)];
      const [got, broken] = await onCore((bench) => {
        const out = bench.block(n * m * 4, 'out');
        const work = bench.block(bench.core.similarityWorkBytes(n, m, d), 'work');
        bench.core.similarities(bench.floats(u), bench.floats(v), n, m, d, out, work);
        return [bench.readF32(out, n * m), bench.broken()] as const;
      });
      expect(broken).toEqual([]);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          let exact = 0;
          for (let t = 0; t < d; t++) exact += (u[i * d + t] as number) * (v[j * d + t] as number);
          expect(Math.abs((got[i * m + j] as number) - exact)).toBeLessThanOrEqual(d * d * UNIT);
        }
      }
    }
  });
});
