/** GELU and its slope in both forms against float64: from subnormals to the largest float32, infinities and NaN. */
import { describe, expect, it } from 'vitest';
import { normalCdf, normalTail, SIZES } from '../support/close.js';
import { onCore } from '../support/core.js';
import { stratifiedFloats, ulpError, ulpOf } from '../support/ulp.js';

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;
const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

interface Form {
  tanh: 0 | 1;
  value: (x: number) => number;
  /** The two terms of the slope, which cancel where x < 0. */
  slope: (x: number) => [number, number];
  /** Most ULP of a value, and of a slope's larger term. */
  bounds: (x: number) => { value: number; slope: number };
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
/** 2u of the form by tanh: ½(1 + tanh u) is 1/(1 + e^{−2u}). */
const twoU = (x: number) => 2 * ROOT_TWO_OVER_PI * (x + CUBIC * x ** 3);
const logistic = (z: number) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z)));
/** Products with 0, whatever the other factor. */
const times = (x: number, share: number) => (share === 0 ? Math.sign(x) * 0 : x * share);

const EXACT: Form = {
  tanh: 0,
  value: (x) => times(x, x > 40 ? 1 : x < -40 ? 0 : normalCdf(x)),
  slope: (x) => (Math.abs(x) > 40 ? [x > 0 ? 1 : 0, 0] : [normalCdf(x), x * density(x)]),
  bounds: () => ({ value: 8, slope: 8 }),
};

const TANH: Form = {
  tanh: 1,
  value: (x) => times(x, Math.abs(x) > 40 ? (x > 0 ? 1 : 0) : logistic(twoU(x))),
  slope: (x) => {
    if (Math.abs(x) > 40) return [x > 0 ? 1 : 0, 0];
    const inner = 2 * ROOT_TWO_OVER_PI * (1 + 3 * CUBIC * x * x);
    return [logistic(twoU(x)), x * logistic(twoU(x)) * logistic(-twoU(x)) * inner];
  },
  bounds: (x) => ({
    value: x >= -1 ? 5 : 5 + 3 * Math.abs(twoU(x)),
    slope: x >= -1 ? 5 : 5 + 4 * Math.abs(twoU(x)),
  }),
};

const FORMS: [string, Form][] = [
  ['exact', EXACT],
  ['tanh', TANH],
];

function run(x: Float32Array, tanh: 0 | 1): Promise<{ value: Float32Array; slope: Float32Array }> {
  return onCore(({ engine, core }) => {
    const bytes = x.length * 4;
    const [input, out, g, dx] = [0, 1, 2, 3].map(() => engine.arena.stack(bytes, 'gelu')) as [
      number,
      number,
      number,
      number,
    ];
    engine.f32.set(x, input / 4);
    engine.f32.fill(1, g / 4, g / 4 + x.length);
    engine.f32.fill(0, dx / 4, dx / 4 + x.length);
    core.geluForward(input, out, x.length, tanh);
    core.geluBackward(dx, g, input, x.length, tanh);
    const read = (from: number) => engine.f32.slice(from / 4, from / 4 + x.length);
    return { value: read(out), slope: read(dx) };
  });
}

/** Every exponent, and evenly where the function bends. */
function inputs(): Float32Array {
  const bend = Float32Array.from({ length: 2 ** 15 }, (_, i) => -15 + (30 * i) / 2 ** 15);
  return Float32Array.from([...stratifiedFloats(7).filter((x, i) => i % 32 === 0 && !Number.isNaN(x)), ...bend]);
}

describe('the reference', () => {
  it('has the published values of Φ', () => {
    // Abramowitz & Stegun, tables 26.1 and 26.2.
    for (const [a, tail] of [
      [0, 0.5],
      [1, 0.158655253931457],
      [2, 0.0227501319481792],
      [3, 1.34989803163009e-3],
      [5, 2.86651571879194e-7],
      [10, 7.61985302416052e-24],
    ] as const) {
      expect(Math.abs(normalTail(a) / tail - 1)).toBeLessThan(1e-13);
    }
  });
});

describe.each(FORMS)('GELU, %s', (_, form) => {
  it('and its slope are within their bounds everywhere', async () => {
    const x = inputs();
    const got = await run(x, form.tanh);
    const worst = { value: 0, slope: 0, valueAt: 0, slopeAt: 0 };
    x.forEach((input, i) => {
      const bounds = form.bounds(input);
      const value = ulpError(got.value[i] as number, form.value(input)) / bounds.value;
      if (!(value <= worst.value)) Object.assign(worst, { value, valueAt: input });
      const [share, bend] = form.slope(input);
      const unit = ulpOf(Math.max(Math.abs(share), Math.abs(bend)));
      const slope = Math.abs((got.slope[i] as number) - (share + bend)) / unit / bounds.slope;
      if (!(slope <= worst.slope)) Object.assign(worst, { slope, slopeAt: input });
    });
    expect(worst.value, `value at ${worst.valueAt}`).toBeLessThan(1);
    expect(worst.slope, `slope at ${worst.slopeAt}`).toBeLessThan(1);
    // The bounds say something: an error of half of them occurs.
    expect(Math.min(worst.value, worst.slope)).toBeGreaterThan(0.25);
  });

  it('is right at infinities, zeros and NaN', async () => {
    const cases: [x: number, value: number, slope: number][] = [
      [INFINITE, INFINITE, 1],
      [-INFINITE, -0, 0],
      [NAN, NAN, NAN],
      [0, 0, 0.5],
      [-0, -0, 0.5],
      [20, 20, 1],
      [-20, -0, 0],
      [3e38, Math.fround(3e38), 1],
      [-3e38, -0, 0],
    ];
    const got = await run(
      Float32Array.from(cases, ([x]) => x),
      form.tanh,
    );
    cases.forEach(([x, value, slope], i) => {
      expect(got.value[i], `gelu(${x})`).toBe(value);
      expect((got.slope[i] as number) + 0, `slope at ${x}`).toBe(slope);
    });
  });

  it('gives an element the same bits wherever it stands, within its array, and adds to dx', async () => {
    for (const count of SIZES) {
      const x = Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1) * 4);
      const alone = await run(Float32Array.from([...x].flatMap((value) => [value, 0, 0, 0])), form.tanh);
      await onCore((bench) => {
        const input = bench.floats(x);
        const out = bench.block(count * 4, 'out');
        const dx = bench.floats(new Float32Array(count).fill(3), 'dx');
        const g = bench.floats(new Float32Array(count).fill(2), 'g');
        bench.core.geluForward(input, out, count, form.tanh);
        bench.core.geluBackward(dx, g, input, count, form.tanh);
        expect([...bench.readF32(out, count)]).toEqual([...alone.value.filter((_, i) => i % 4 === 0)]);
        const slopes = alone.slope.filter((_, i) => i % 4 === 0);
        expect([...bench.readF32(dx, count)]).toEqual([...slopes.map((s) => 3 + Math.fround(2 * s))]);
        expect(bench.broken()).toEqual([]);
      });
    }
  });
});
