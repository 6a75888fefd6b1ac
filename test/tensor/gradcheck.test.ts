/** Gradcheck must catch what is wrong, let pass what is right, and see what differs from run to run. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { AdnceError } from '../../src/errors.js';
import { add, gradcheck, mean, mul, output, record, scale, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

function input(count: number, seed: number, name = 'x'): Tensor {
  return tensor(randomFloats(count, uniform(seed)), [count], { requiresGrad: true, name });
}

/** f of every element, with a derivative that may be wrong: `slope(x, i)` for element i. */
function elementwise(x: Tensor, f: (value: number) => number, slope: (value: number, i: number) => number): Tensor {
  const y = output([x], x.shape, 'elementwise');
  y.data.set(x.data.map(f));
  record(y, () => {
    const upstream = y.grad as Float32Array;
    x.gradPointer;
    const target = x.grad as Float32Array;
    x.data.forEach((value, i) => {
      target[i]! += (upstream[i] as number) * slope(value, i);
    });
  });
  return y;
}

const square = (x: Tensor, slope = (value: number, _: number) => 2 * value) => elementwise(x, (v) => v * v, slope);

describe('gradcheck of a right gradient', () => {
  it('passes, element by element and along directions', () => {
    const short = gradcheck((x) => sum(square(x)), [input(10, 1)]);
    expect(short).toMatchObject({ ok: true, deterministic: true, checked: 10 });
    const long = gradcheck((x) => sum(square(x)), [input(500, 2)]);
    expect(long).toMatchObject({ ok: true, deterministic: true, checked: 8 });
    expect(gradcheck((x) => sum(square(x)), [input(10, 1)], { elements: 0, directions: 3 })).toMatchObject({
      ok: true,
      checked: 3,
    });
    expect(Math.max(short.worst.error, long.worst.error)).toBeLessThan(1e-3);
  });

  it('passes for every op of tensors, with inputs used twice', () => {
    const [a, b] = [input(9, 3, 'a'), input(9, 4, 'b')];
    const ops: ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x, y) => sum(add(x, y)),
      (x, y) => sum(mul(x, y)),
      (x, y) => mean(mul(mul(x, x), add(y, x))),
      (x, y) => mul(mean(x), sum(scale(y, -2.5))),
      (x, y) => sum(mul(add(x, x), scale(y, 3))),
    ];
    for (const op of ops) expect(gradcheck(op, [a, b])).toMatchObject({ ok: true, checked: 18 });
  });

  it('leaves inputs as they were and their gradients zero, and skips those that want none', () => {
    const [x, fixed] = [input(5, 5), tensor([1, 2, 3, 4, 5])];
    const before = x.toArray();
    expect(gradcheck((a, b) => sum(mul(a, b)), [x, fixed])).toMatchObject({ ok: true, checked: 5 });
    expect(x.toArray()).toEqual(before);
    expect([...(x.grad as Float32Array)]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('gradcheck of a wrong gradient', () => {
  it('fails for one wrong element, and says which', () => {
    const result = gradcheck(
      (x) => sum(square(x, (v, i) => (i === 3 ? 2.02 * v : 2 * v))),
      [tensor([0.5, -0.3, 0.2, 0.9, 0.1], [5], { requiresGrad: true, name: 'weights' })],
    );
    expect(result.ok).toBe(false);
    expect(result.worst.where).toBe('input 0, weights[3]');
    expect(result.worst.numeric).toBeCloseTo(1.8, 4);
    expect(result.worst.analytic).toBeCloseTo(1.818, 4);
    expect(result.worst.error).toBeCloseTo(0.01, 3);
  });

  it('fails along directions too, for a sign, a factor and a forgotten element', () => {
    for (const slope of [
      (v: number) => -2 * v,
      (v: number) => 2.1 * v,
      (v: number, i: number) => (i === 100 ? 0 : 2 * v),
    ]) {
      const x = input(200, 6);
      x.data[100] = 3;
      const result = gradcheck((y) => sum(square(y, slope)), [x]);
      expect(result.ok).toBe(false);
      expect(result.worst.where).toMatch(/^input 0, x along direction \d$/);
    }
  });

  it('fails where a gradient or a value is NaN or infinite, wherever it stands', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const place of [0, 2, 4]) {
        const wrong = gradcheck((x) => sum(square(x, (v, i) => (i === place ? bad : 2 * v))), [input(5, 7)]);
        expect(wrong.ok, `gradient ${bad} at ${place}`).toBe(false);
      }
    }
    // √x is NaN two steps below the first element only.
    const root = (x: Tensor) => sum(elementwise(x, Math.sqrt, (v) => 0.5 / Math.sqrt(v)));
    const result = gradcheck(root, [tensor([0.01, 1, 2], [3], { requiresGrad: true, name: 'x' })]);
    expect(result.ok).toBe(false);
    expect(result.worst).toMatchObject({ where: 'input 0, x[0]', error: Number.NaN });
  });

  it('throws E_VALUE if it is to throw', () => {
    const wrong = () => gradcheck((x) => sum(square(x, () => 1)), [input(3, 8)], { throws: true });
    expect(wrong).toThrow(
      /^E_VALUE gradcheck: the gradient at input 0, x\[\d\] must be -?[\d.]+ as differences say, got (1|0\.99999\d*) \(error/,
    );
  });
});

describe('gradcheck of a function that differs from run to run', () => {
  it('says so, and fails', () => {
    let calls = 0;
    const restless = (x: Tensor) => scale(sum(x), 1 + calls++ * 1e-6);
    const result = gradcheck(restless, [input(3, 9)]);
    expect(result).toMatchObject({ ok: false, deterministic: false });
    expect(() => gradcheck(restless, [input(3, 9)], { throws: true })).toThrow(
      /^E_VALUE gradcheck: two runs of the function must give the same bits, got different ones\. Hint: give random/,
    );
  });

  it('sees a gradient that differs while the value does not', () => {
    let calls = 0;
    const result = gradcheck((x) => sum(square(x, (v) => 2 * v + calls++ * 1e-6)), [input(3, 10)]);
    expect(result.deterministic).toBe(false);
  });
});

describe('gradcheck', () => {
  it('refuses what is no scalar, unknown options and running steps', () => {
    const x = input(3, 11);
    expect(() => gradcheck((y) => square(y), [x])).toThrow(
      /^E_SHAPE gradcheck: the function must make a scalar, got f32\[3\]\. Hint: reduce it with sum\(\) or mean\(\)/,
    );
    expect(() => gradcheck((y) => sum(y), [x], { epsilon: 1 } as object)).toThrow(
      /^E_OPTION gradcheck: unknown option "epsilon"\. Hint: did you mean "eps"/,
    );
    expect(() => gradcheck((y) => sum(y), [x], { eps: 0 })).toThrow(/^E_OPTION gradcheck: "eps" must be/);
    expect(() => owner.step(() => gradcheck((y) => sum(y), [x]))).toThrow(/^E_STATE engine\.step: a step is already/);
    expect(() => gradcheck((y) => sum(y), [tensor([1])])).toThrow(AdnceError);
  });
});
