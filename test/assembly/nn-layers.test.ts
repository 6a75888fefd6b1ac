/** ReLU, sums and products of arrays, what a linear layer needs, and layer norm: against float64, at every tail length. */
import { describe, expect, it } from 'vitest';
import { expectClose, SIZES } from '../support/close.js';
import { type Bench, onCore, randomFloats, uniform } from '../support/core.js';

const UNIT = 2 ** -24;
const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;
const { fround } = Math;

/** The last argument of a kernel as what it wrote; fences must hold. */
function written(count: number, start: ArrayLike<number> | null, work: (bench: Bench, at: number) => void) {
  return onCore((bench) => {
    const at = start === null ? bench.block(count * 4, 'target') : bench.floats(start, 'target');
    work(bench, at);
    expect(bench.broken()).toEqual([]);
    return bench.readF32(at, count);
  });
}

const pair = (count: number): [Float32Array, Float32Array, Float32Array] => {
  const next = uniform(count);
  return [randomFloats(count, next), randomFloats(count, next), randomFloats(count, next)];
};

describe.each(SIZES)('arrays of %i', (count) => {
  const [a, b, c] = pair(count);
  const each = (f: (x: number, y: number, z: number) => number) =>
    Float32Array.from(a, (x, i) => f(x, b[i] as number, c[i] as number));

  it('are added, multiplied and scaled with one rounding an operation', async () => {
    const two = (kernel: 'addArrays' | 'multiplyArrays') =>
      written(count, null, (bench, out) => bench.core[kernel](bench.floats(a), bench.floats(b), out, count));
    expect(await two('addArrays')).toEqual(each((x, y) => x + y));
    expect(await two('multiplyArrays')).toEqual(each((x, y) => x * y));
    expect(await written(count, null, (bench, out) => bench.core.scaleArray(bench.floats(a), out, count, 0.3))).toEqual(
      each((x) => x * fround(0.3)),
    );
    expect(
      await written(count, c, (bench, at) => bench.core.addProduct(at, bench.floats(a), bench.floats(b), count)),
    ).toEqual(each((x, y, z) => z + fround(x * y)));
    expect(await written(count, c, (bench, at) => bench.core.addScaledArray(at, bench.floats(a), count, -7.1))).toEqual(
      each((x, _, z) => z + fround(x * fround(-7.1))),
    );
    expect(await written(count, c, (bench, at) => bench.core.addConstant(at, count, 0.1))).toEqual(
      each((_, __, z) => z + fround(0.1)),
    );
  });

  it('may be their own result', async () => {
    expect(await written(count, a, (bench, at) => bench.core.addArrays(at, at, at, count))).toEqual(each((x) => 2 * x));
    expect(await written(count, a, (bench, at) => bench.core.multiplyArrays(at, at, at, count))).toEqual(
      each((x) => x * x),
    );
    expect(await written(count, a, (bench, at) => bench.core.scaleArray(at, at, count, 2))).toEqual(each((x) => 2 * x));
  });

  it('are summed in float64, and their squares, by rows apart too', async () => {
    const big = a.map((x) => x * 1e30);
    const sums = await onCore((bench) => [
      bench.core.sumArray(bench.floats(a), count),
      bench.core.sumOfSquares(bench.floats(a), 0, count, 1),
      bench.core.sumOfSquares(bench.floats(big), 0, count, 1),
    ]);
    const exact = (x: Float32Array, f: (v: number) => number) => x.reduce((sum, v) => sum + f(v), 0);
    expectClose(sums, [exact(a, (v) => v), exact(a, (v) => v * v), exact(big, (v) => v * v)], {
      relative: 1e-13,
      absolute: 1e-13,
    });
  });

  it('go through ReLU and back', async () => {
    expect(await written(count, null, (bench, out) => bench.core.reluForward(bench.floats(a), out, count))).toEqual(
      a.map((x) => Math.max(x, 0)),
    );
    const dx = await written(count, c, (bench, at) =>
      bench.core.reluBackward(at, bench.floats(b), bench.floats(a), count),
    );
    expect(dx).toEqual(each((x, y, z) => (x > 0 ? z + y : z)));
  });

  it('are rows of a linear layer whose columns are summed', async () => {
    for (const rows of [1, 2, 7]) {
      const g = randomFloats(rows * count, uniform(rows));
      const sums = await written(count, b, (bench, db) =>
        bench.core.addColumnSums(db, bench.floats(g), rows, count, count * 4),
      );
      const exact = Float64Array.from(b);
      g.forEach((x, i) => {
        exact[i % count]! += x;
      });
      // Summed in float64 and rounded once: the nearest float32.
      expect(sums).toEqual(Float32Array.from(exact));
    }
  });
});

describe('reluForward and reluBackward', () => {
  it('are right at zeros, infinities and NaN', async () => {
    const x = [0, -0, NAN, INFINITE, -INFINITE, 2 ** -149];
    const g = [1, 1, 1, 1, NAN, 1];
    const out = await written(6, null, (bench, at) => bench.core.reluForward(bench.floats(x), at, 6));
    expect([...out].map((v) => v + 0)).toEqual([0, 0, NAN, INFINITE, 0, 2 ** -149]);
    const dx = await written(6, new Float32Array(6), (bench, at) =>
      bench.core.reluBackward(at, bench.floats(g), bench.floats(x), 6),
    );
    expect([...dx]).toEqual([0, 0, 0, 1, 0, 1]);
  });
});

describe('scaleRows and sumOfSquares', () => {
  it('leave what stands between rows alone', async () => {
    for (const width of [1, 3, 4, 7]) {
      const [rows, stride] = [5, width + 3];
      const x = randomFloats(rows * stride, uniform(width));
      const inside = (i: number) => i % stride < width;
      const square = await onCore((bench) => bench.core.sumOfSquares(bench.floats(x), stride * 4, width, rows));
      expectClose([square], [x.reduce((sum, v, i) => (inside(i) ? sum + v * v : sum), 0)], { relative: 1e-13 });
      const scaled = await written(x.length, x, (bench, at) => bench.core.scaleRows(at, stride * 4, width, rows, 0.25));
      expect(scaled).toEqual(x.map((v, i) => (inside(i) ? v / 4 : v)));
    }
  });

  it('square the largest float32 without overflow', async () => {
    const x = new Float32Array(5).fill(3e38);
    const square = await onCore((bench) => bench.core.sumOfSquares(bench.floats(x), 0, 5, 1));
    expect(Math.abs(square / (5 * fround(3e38) ** 2) - 1)).toBeLessThan(1e-15);
  });
});

/** Layer norm in float64, with the gradients of Σ g·y. */
function layerNormReference(x: Float32Array, gamma: Float32Array, beta: Float32Array, g: Float32Array, eps: number) {
  const d = gamma.length;
  const n = x.length / d;
  const out = new Float64Array(x.length);
  const dx = new Float64Array(x.length);
  const [dGamma, dBeta] = [new Float64Array(d), new Float64Array(d)];
  for (let i = 0; i < n; i++) {
    const row = Array.from(x.subarray(i * d, (i + 1) * d));
    const mean = row.reduce((sum, v) => sum + v, 0) / d;
    const rstd = 1 / Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d + eps);
    const unit = row.map((v) => (v - mean) * rstd);
    const h = unit.map((_, j) => (gamma[j] as number) * (g[i * d + j] as number));
    const meanOf = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / d;
    const along = meanOf(h.map((v, j) => v * (unit[j] as number)));
    unit.forEach((u, j) => {
      out[i * d + j] = (gamma[j] as number) * u + (beta[j] as number);
      dx[i * d + j] = rstd * ((h[j] as number) - meanOf(h) - u * along);
      dGamma[j]! += (g[i * d + j] as number) * u;
      dBeta[j]! += g[i * d + j] as number;
    });
  }
  return { out, dx, dGamma, dBeta };
}

function runLayerNorm(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  g: Float32Array,
  wanted = [true, true, true],
) {
  const d = gamma.length;
  const n = x.length / d;
  return onCore((bench) => {
    const { core } = bench;
    const out = bench.block(n * d * 4, 'out');
    const stats = bench.block(n * 16, 'stats');
    const [source, weight] = [bench.floats(x), bench.floats(gamma)];
    core.layerNormForward(source, weight, bench.floats(beta), out, stats, n, d, 1e-5);
    const targets = [n * d, d, d].map((length) => bench.floats(new Float32Array(length), 'gradient')) as [
      number,
      number,
      number,
    ];
    const [dx, dGamma, dBeta] = targets.map((at, k) => (wanted[k] ? at : 0)) as [number, number, number];
    const work = bench.block(d * 16, 'work');
    core.layerNormBackward(dx, dGamma, dBeta, bench.floats(g), source, weight, stats, n, d, work);
    expect(bench.broken()).toEqual([]);
    return {
      out: bench.readF32(out, n * d),
      dx: bench.readF32(targets[0], n * d),
      dGamma: bench.readF32(targets[1], d),
      dBeta: bench.readF32(targets[2], d),
    };
  });
}

describe('layer norm', () => {
  it.each(SIZES)('of rows of %i is that of float64, and so are its gradients', async (d) => {
    for (const n of [1, 5]) {
      const next = uniform(d + n);
      const [x, g] = [randomFloats(n * d, next), randomFloats(n * d, next)];
      const [gamma, beta] = [randomFloats(d, next), randomFloats(d, next)];
      const got = await runLayerNorm(x, gamma, beta, g);
      const exact = layerNormReference(x, gamma, beta, g, 1e-5);
      expectClose(got.out, exact.out, { relative: 0, absolute: 8 * UNIT * (1 + Math.sqrt(d)) }, 'out');
      const largest = exact.dx.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      expectClose(got.dx, exact.dx, { relative: 4 * UNIT, absolute: 4 * UNIT * largest }, 'dx');
      expectClose(got.dGamma, exact.dGamma, { relative: UNIT, absolute: 1e-12 }, 'dγ');
      expectClose(got.dBeta, exact.dBeta, { relative: UNIT, absolute: 1e-12 }, 'dβ');
    }
  });

  it('keeps its digits far from zero, where a variance in float32 has none', async () => {
    const x = Float32Array.from({ length: 33 }, (_, i) => 10_000 + (i % 4) / 128);
    const ones = new Float32Array(33).fill(1);
    const got = await runLayerNorm(x, ones, new Float32Array(33), ones);
    const exact = layerNormReference(x, ones, new Float32Array(33), ones, 1e-5);
    expectClose(got.out, exact.out, { relative: 2 * UNIT, absolute: 1e-9 });
  });

  it('of a constant row is the bias', async () => {
    const beta = Float32Array.from([1, 2, 3, 4, 5]);
    const { out, dx } = await runLayerNorm(new Float32Array(5).fill(7), beta, beta, beta);
    expect(out).toEqual(beta);
    expect(dx.every(Number.isFinite)).toBe(true);
  });

  it('computes only the gradients that are wanted', async () => {
    const x = randomFloats(12, uniform(3));
    const [gamma, g] = [randomFloats(4, uniform(4)), randomFloats(12, uniform(5))];
    const all = await runLayerNorm(x, gamma, gamma, g);
    for (const wanted of [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]) {
      const some = await runLayerNorm(x, gamma, gamma, g, wanted);
      (['dx', 'dGamma', 'dBeta'] as const).forEach((key, k) => {
        expect(some[key], key).toEqual(wanted[k] ? all[key] : new Float32Array(all[key].length));
      });
    }
  });
});
