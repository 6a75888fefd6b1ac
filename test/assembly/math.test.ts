/** exp, log and 1/√x against float64, on one bit pattern of every 4,096; `npm run sweep:ulp` takes them all. */
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/engine/index.js';
import { onCore } from '../support/core.js';
import { stratifiedFloats, ulpError } from '../support/ulp.js';

type Kernel = 'expArray' | 'logArray' | 'rsqrtArray';

const SMALLEST_NORMAL = 2 ** -126;
const SMALLEST = 2 ** -149;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

function apply(kernel: Kernel, x: Float32Array): Promise<Float32Array> {
  return onCore((bench) => {
    const input = bench.floats(x);
    const output = bench.block(x.length * 4, 'output');
    (bench.core as Core)[kernel](input, output, x.length);
    return bench.readF32(output, x.length);
  });
}

/** Worst error over the inputs that `counts` lets through, and where it is. */
async function worst(kernel: Kernel, exact: (x: number) => number, counts: (x: number, exact: number) => boolean) {
  const x = stratifiedFloats(20231);
  const got = await apply(kernel, x);
  const result = { ulp: 0, at: 0, counted: 0 };
  for (let i = 0; i < x.length; i++) {
    const input = x[i] as number;
    const expected = exact(input);
    if (!counts(input, expected)) continue;
    result.counted++;
    const ulp = ulpError(got[i] as number, expected);
    if (!(ulp <= result.ulp)) Object.assign(result, { ulp, at: input });
  }
  return result;
}

const isNormal = (y: number) => Math.abs(y) >= SMALLEST_NORMAL && Math.abs(y) <= LARGEST;

describe('exp', () => {
  it('is within 1 ULP wherever the result is a normal number', async () => {
    const { ulp, at, counted } = await worst('expArray', Math.exp, (_, y) => isNormal(y));
    expect(counted).toBeGreaterThan(500_000);
    expect(ulp, `at ${at}`).toBeLessThan(1);
  });

  it('is within 1 ULP of the subnormals below them, and right at zero, infinity and NaN', async () => {
    const { ulp, at, counted } = await worst('expArray', Math.exp, (_, y) => !isNormal(y));
    expect(counted).toBeGreaterThan(400_000);
    expect(ulp, `at ${at}`).toBeLessThan(1);
  });

  it('is right at special values', async () => {
    const cases: [number, number][] = [
      [0, 1],
      [-0, 1],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, 0],
      [Number.NaN, Number.NaN],
      [SMALLEST, 1],
      [-SMALLEST, 1],
      [SMALLEST_NORMAL, 1],
      [LARGEST, Number.POSITIVE_INFINITY],
      [-LARGEST, 0],
      [88.7228317, Math.exp(Math.fround(88.7228317))],
      [88.7228394, Number.POSITIVE_INFINITY],
      [-103.972077, SMALLEST],
      [-103.97209, 0],
    ];
    const got = await apply('expArray', Float32Array.from(cases, ([x]) => x).subarray(0));
    cases.forEach(([x, y], i) => {
      expect(ulpError(got[i] as number, y), `exp(${x}) = ${got[i]}, expected ${y}`).toBeLessThan(1);
      if (!isNormal(y) || y === 1) expect(got[i], `exp(${x})`).toBe(y);
    });
  });

  it('meets its thresholds step by step', async () => {
    for (const centre of [88.7228317, -87.3365448, -103.972077, -103.278929]) {
      const bits = new Uint32Array(new Float32Array([centre]).buffer)[0] as number;
      const x = new Float32Array(Uint32Array.from({ length: 64 }, (_, i) => bits - 32 + i).buffer);
      const got = await apply('expArray', x);
      x.forEach((value, i) => {
        expect(ulpError(got[i] as number, Math.exp(value)), `exp(${value}) = ${got[i]}`).toBeLessThan(1);
      });
    }
  });
});

describe('log', () => {
  it('is within 1 ULP for every positive number', async () => {
    const { ulp, at, counted } = await worst('logArray', Math.log, (x) => x > 0 && x <= LARGEST);
    expect(counted).toBeGreaterThan(520_000);
    expect(ulp, `at ${at}`).toBeLessThan(1);
  });

  it('is NaN below 0 and for NaN', async () => {
    const { ulp, at } = await worst('logArray', Math.log, (x) => !(x >= 0));
    expect(ulp, `at ${at}`).toBe(0);
  });

  it('is right at special values and around 1', async () => {
    const near = [1 - 2 ** -24, 1 - 2 ** -23, 1 + 2 ** -23, 1 + 2 ** -22, Math.SQRT1_2, Math.SQRT2, 2, 0.5];
    const values = [SMALLEST, 2 * SMALLEST, SMALLEST_NORMAL - SMALLEST, SMALLEST_NORMAL, LARGEST, ...near].map(
      Math.fround,
    );
    const special: [number, number][] = [
      [0, Number.NEGATIVE_INFINITY],
      [-0, Number.NEGATIVE_INFINITY],
      [1, 0],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.NaN],
      [-SMALLEST, Number.NaN],
      [Number.NaN, Number.NaN],
    ];
    const got = await apply('logArray', Float32Array.from([...special.map(([x]) => x), ...values, 1, 1, 1, 1]));
    special.forEach(([x, y], i) => {
      expect(got[i], `log(${x})`).toBe(y);
    });
    values.forEach((x, i) => {
      expect(ulpError(got[special.length + i] as number, Math.log(x)), `log(${x})`).toBeLessThan(1);
    });
  });
});

describe('rsqrt', () => {
  it('is within 1.5 ULP for every number', async () => {
    const { ulp, at, counted } = await worst(
      'rsqrtArray',
      (x) => 1 / Math.sqrt(x),
      () => true,
    );
    expect(counted).toBe(2 ** 20);
    expect(ulp, `at ${at}`).toBeLessThan(1.5);
  });

  it('is right at special values', async () => {
    const got = await apply(
      'rsqrtArray',
      new Float32Array([0, -0, Number.POSITIVE_INFINITY, 4, -1, Number.NaN, 1, 0.25]),
    );
    expect([...got]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      0.5,
      Number.NaN,
      Number.NaN,
      1,
      2,
    ]);
  });
});

describe('logScalar', () => {
  it('is the logarithm in float64', async () => {
    const values = [1, 2, 3, 10, 1022, 1e-300, 4094];
    const got = await onCore(({ core }) => values.map((x) => core.logScalar(x)));
    got.forEach((y, i) => {
      const exact = Math.log(values[i] as number);
      expect(Math.abs(y - exact)).toBeLessThanOrEqual(2 ** -52 * Math.abs(exact));
    });
  });
});
