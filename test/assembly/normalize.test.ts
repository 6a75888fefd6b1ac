/** Rows to unit length and back, against float64: every tail length, padded strides, and norms from 1e-12 to 1e38. */
import { describe, expect, it } from 'vitest';
import { onCore, randomFloats, uniform } from '../support/core.js';

const UNIT = 2 ** -24;
const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 20, 33, 128];

/** Runs the pair of kernels on rows `width` + `slack` floats apart. */
function normalize(a: Float32Array, g: Float32Array, n: number, d: number, slack: number, scale: number) {
  const stride = d + slack;
  return onCore((bench) => {
    const unit = bench.block((n * stride - slack) * 4, 'unit');
    const inverse = bench.block(n * 8, 'inverse norms');
    const da = bench.floats(new Float32Array(n * d).fill(1), 'da');
    const source = bench.floats(a, 'a');
    bench.core.l2NormalizeForward(source, n, d, unit, stride * 4, inverse);
    const units = bench.readF32(unit, n * stride - slack);
    const gradient = bench.floats(Float32Array.from(units, (_, at) => (at % stride < d ? rowOf(g, at, stride, d) : 9)));
    bench.core.l2NormalizeBackward(da, gradient, stride * 4, unit, stride * 4, inverse, n, d, scale);
    return {
      units,
      inverse: bench.readF64(inverse, n),
      da: bench.readF32(da, n * d),
      broken: bench.broken(),
    };
  });
}

function rowOf(g: Float32Array, at: number, stride: number, d: number): number {
  return g[Math.floor(at / stride) * d + (at % stride)] as number;
}

describe('l2NormalizeForward', () => {
  it('gives the nearest float32 of a/‖a‖ and leaves the padding alone', async () => {
    for (const d of WIDTHS) {
      for (const slack of [0, 3, 8]) {
        const n = 7;
        const a = randomFloats(n * d, uniform(d));
        const { units, inverse, broken } = await normalize(a, a, n, d, slack, 1);
        expect(broken).toEqual([]);
        for (let i = 0; i < n; i++) {
          const row = a.subarray(i * d, (i + 1) * d);
          const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
          expect(Math.abs((inverse[i] as number) * norm - 1)).toBeLessThan(d * 2 ** -52);
          row.forEach((x, j) => {
            const got = units[i * (d + slack) + j] as number;
            expect(Math.abs(got - x / norm)).toBeLessThanOrEqual(UNIT * Math.abs(x / norm) * (1 + 1e-6));
          });
          const padding = new Uint8Array(units.slice(i * (d + slack) + d, (i + 1) * (d + slack)).buffer);
          if (i < n - 1) expect(padding.every((byte) => byte === 0xa5)).toBe(true);
        }
      }
    }
  });

  it('keeps its digits for norms from 1e-11 to 1e38, where squares leave float32', async () => {
    for (const size of [1e-11, 1e-9, 1e-5, 1, 1e10, 1e19, 1e25, 1e38]) {
      const a = Float32Array.from([3, 4, 0, 0, 12], (x) => (x / 13) * size);
      const { units } = await normalize(a, a, 1, 5, 0, 1);
      [3, 4, 0, 0, 12].forEach((x, j) => {
        expect(Math.abs((units[j] as number) - x / 13)).toBeLessThanOrEqual(3 * UNIT);
      });
    }
  });

  it('gives 0 for a row shorter than 1e-12, with no gradient', async () => {
    for (const row of [
      [0, 0, 0],
      [1e-13, 1e-13, 0],
      [-1e-40, 0, 1e-45],
      [0, 0, 9.9e-13],
    ]) {
      const { units, inverse, da } = await normalize(new Float32Array(row), new Float32Array([1, 2, 3]), 1, 3, 0, 1);
      expect([...units]).toEqual(row.map((x) => (x < 0 ? -0 : 0)));
      expect([...inverse]).toEqual([0]);
      expect([...da]).toEqual([1, 1, 1]);
    }
    const { units } = await normalize(new Float32Array([0, 1.1e-12, 0]), new Float32Array(3), 1, 3, 0, 1);
    expect([...units]).toEqual([0, 1, 0]);
  });
});

describe('what l2NormalizeForward returns', () => {
  it('is the number of rows that hold NaN or infinity, whatever their bits', async () => {
    const rows = new Uint32Array(6 * 5).fill(0x3f800000);
    for (const [row, bits] of [
      [0, 0x7fc00000],
      [1, 0x7f800000],
      [3, 0xff800001],
      [4, 0x7fffffff],
    ] as const) {
      rows[row * 5 + row] = bits;
    }
    const count = await onCore((bench) => {
      const a = bench.block(rows.byteLength, 'a');
      bench.engine.i32.set(rows, a / 4);
      return bench.core.l2NormalizeForward(a, 6, 5, bench.block(120, 'unit'), 20, bench.block(48, 'inverse'));
    });
    expect(count).toBe(4);
  });
});

describe('l2NormalizeBackward', () => {
  it('adds (g − u (u·g))·scale/‖a‖', async () => {
    for (const d of WIDTHS) {
      for (const slack of [0, 5]) {
        for (const scale of [1, -0.25]) {
          const n = 5;
          const next = uniform(d + 100);
          const a = randomFloats(n * d, next);
          const g = randomFloats(n * d, next);
          const { units, inverse, da, broken } = await normalize(a, g, n, d, slack, scale);
          expect(broken).toEqual([]);
          for (let i = 0; i < n; i++) {
            const factor = (inverse[i] as number) * scale;
            let along = 0;
            for (let j = 0; j < d; j++) along += (units[i * (d + slack) + j] as number) * (g[i * d + j] as number);
            for (let j = 0; j < d; j++) {
              const u = units[i * (d + slack) + j] as number;
              const step = ((g[i * d + j] as number) - u * along) * factor;
              const bound = 2 * UNIT * (1 + Math.abs(step)) + 1e-12 * Math.abs(factor);
              expect(Math.abs((da[i * d + j] as number) - 1 - step)).toBeLessThanOrEqual(bound);
            }
          }
        }
      }
    }
  });
});
