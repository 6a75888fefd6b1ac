/** Layers against float64: values, gradients by reference and by differences, and what they refuse. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { GELU, gelu, LayerNorm, Linear, l2Normalize, layerNorm, linear, ReLU, relu } from '../../src/nn/index.js';
import { gradcheck, mul, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { expectClose, normalCdf } from '../support/close.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

function draw(shape: number[], seed: number, name = 'x'): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return tensor(randomFloats(count, uniform(seed)), shape, { requiresGrad: true, name });
}

/** Σ g·y for fixed random g, so that every element of the gradient is different. */
function weigh(y: Tensor, seed = 99): Tensor {
  return sum(mul(y, tensor(randomFloats(y.length, uniform(seed)), y.shape)));
}

const weightsOf = (count: number, seed = 99) => randomFloats(count, uniform(seed));

describe('linear', () => {
  it.each([
    [1, 1, 1],
    [3, 5, 2],
    [7, 33, 9],
    [40, 20, 17],
  ])('of f32[%i,%i] to %i: value and gradients are those of float64', (n, inputs, outputs) => {
    const [x, w, b] = [draw([n, inputs], 1), draw([outputs, inputs], 2, 'w'), draw([outputs], 3, 'b')];
    const g = weightsOf(n * outputs);
    const at = (values: ArrayLike<number>, i: number) => values[i] as number;
    const y = new Float64Array(n * outputs);
    const [dx, dw, db] = [new Float64Array(n * inputs), new Float64Array(outputs * inputs), new Float64Array(outputs)];
    for (let i = 0; i < n; i++) {
      for (let o = 0; o < outputs; o++) {
        const upstream = at(g, i * outputs + o);
        y[i * outputs + o] = at(b.data, o);
        db[o]! += upstream;
        for (let k = 0; k < inputs; k++) {
          y[i * outputs + o]! += at(x.data, i * inputs + k) * at(w.data, o * inputs + k);
          dx[i * inputs + k]! += upstream * at(w.data, o * inputs + k);
          dw[o * inputs + k]! += upstream * at(x.data, i * inputs + k);
        }
      }
    }
    owner.step(() => {
      const result = linear(x, w, b);
      expectClose(result.data, y, { absolute: 1e-5 }, 'y');
      weigh(result).backward();
    });
    expectClose(x.grad as Float32Array, dx, { absolute: 1e-5 }, 'dx');
    expectClose(w.grad as Float32Array, dw, { absolute: 1e-5 }, 'dw');
    expectClose(b.grad as Float32Array, db, { absolute: 1e-6 }, 'db');
  });

  it('passes gradcheck with and without a bias, and with some inputs fixed', () => {
    const [x, w, b] = [draw([3, 4], 1), draw([2, 4], 2, 'w'), draw([2], 3, 'b')];
    expect(gradcheck((x, w, b) => weigh(linear(x, w, b)), [x, w, b])).toMatchObject({ ok: true, checked: 22 });
    expect(gradcheck((x, w) => weigh(linear(x, w)), [x, w])).toMatchObject({ ok: true, checked: 20 });
    const fixed = tensor(x.toArray(), [3, 4]);
    expect(gradcheck((w) => weigh(linear(fixed, w)), [w])).toMatchObject({ ok: true, checked: 8 });
  });

  it('takes a batch of nothing', () => {
    const layer = new Linear(4, 2, { seed: 1 });
    owner.step(() => {
      const y = layer.forward(tensor([], [0, 4], { requiresGrad: true }));
      expect(y.shape).toEqual([0, 2]);
      sum(y).backward();
      for (const { grad } of layer.parameters()) expect(grad?.every((v) => v === 0)).toBe(true);
    });
  });

  it('refuses shapes that do not fit', () => {
    const [x, w] = [draw([3, 4], 1), draw([2, 4], 2)];
    owner.step(() => {
      expect(() => linear(x, draw([2, 5], 1))).toThrow(
        /^E_SHAPE linear: "x" must be f32\[\?,5\], got f32\[3,4\]\. Hint: the last axis of x/,
      );
      expect(() => linear(x, draw([4], 1))).toThrow(/^E_SHAPE linear: "weight" must be f32\[\?,\?\], got f32\[4\]/);
      expect(() => linear(x, w, draw([3], 1))).toThrow(/^E_SHAPE linear: "bias" must be f32\[2\], got f32\[3\]/);
    });
  });

  it('as a layer starts within ±1/√in, the same for the same seed', () => {
    const layer = new Linear(16, 200, { seed: 1 });
    const values = [...layer.weight.data, ...(layer.bias as Tensor).data];
    expect(values.every((x) => Math.abs(x) <= 0.25)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(0.24);
    expect(Math.abs(values.reduce((total, x) => total + x, 0) / values.length)).toBeLessThan(0.01);
    expect(new Linear(16, 200, { seed: 1 }).stateDict()).toEqual(layer.stateDict());
    for (const other of [{ seed: 2 }, { seed: 1, stream: 1 }, { seed: 1 + 2 ** 32 }]) {
      expect(new Linear(16, 200, other).weight.toArray()).not.toEqual(layer.weight.toArray());
    }
    expect(new Linear(2, 2, { seed: 1, bias: false }).bias).toBeNull();
    // Weight and bias come from draws of their own.
    expect(layer.weight.data[0]).not.toBe(layer.bias?.data[0]);
  });

  it.each<[unknown, unknown, unknown, string]>([
    [0, 2, { seed: 1 }, '"inputs" must be an integer >= 1, got 0'],
    [2, '2', { seed: 1 }, '"outputs" must be an integer >= 1, got "2"'],
    [4, 8, undefined, '"options" must be an object, got undefined. Hint: known options are bias, seed, stream'],
    [2, 2, {}, '"seed" must be an integer >= 0 and <= 9007199254740991, got undefined'],
    [2, 2, { seed: 1, stream: -1 }, '"stream" must be an integer >= 0 and <= 4294967295, got -1'],
    [2, 2, { seed: 1, bias: 0 }, '"bias" must be true or false, got 0'],
    [2, 2, { seeed: 1 }, 'unknown option "seeed". Hint: did you mean "seed"'],
  ])('as a layer refuses %j, %j, %j', (inputs, outputs, options, message) => {
    const make = () => new Linear(inputs as number, outputs as number, options as { seed: number });
    expect(make).toThrow(/^E_OPTION Linear: /);
    expect(make).toThrow(message);
  });
});

describe('layerNorm', () => {
  it('passes gradcheck, and leaves rows of mean 0 and variance 1', () => {
    const [x, w, b] = [draw([4, 6], 4), draw([6], 5, 'w'), draw([6], 6, 'b')];
    const result = gradcheck((x, w, b) => weigh(layerNorm(x, w, b)), [x, w, b]);
    expect(result).toMatchObject({ ok: true, checked: 36 });
    const layer = new LayerNorm(6);
    owner.step(() => {
      const y = layer.forward(x).toArray();
      for (let i = 0; i < 4; i++) {
        const row = [...y.subarray(6 * i, 6 * i + 6)];
        const mean = row.reduce((total, v) => total + v, 0) / 6;
        expect(mean).toBeCloseTo(0, 6);
        expect(row.reduce((total, v) => total + (v - mean) ** 2, 0) / 6).toBeCloseTo(1, 3);
      }
    });
  });

  it('takes its eps', () => {
    const [wide, usual] = [new LayerNorm(2, { eps: 3 }), new LayerNorm(2)];
    owner.step(() => {
      const x = tensor([-1, 1], [1, 2]);
      expectClose(wide.forward(x).data, [-0.5, 0.5]);
      const size = 1 / Math.sqrt(1 + 1e-5);
      expectClose(usual.forward(x).data, [-size, size]);
    });
  });

  it('refuses shapes and options that do not fit', () => {
    owner.step(() => {
      const [x, w] = [draw([2, 3], 1), draw([3], 1)];
      expect(() => layerNorm(w, w, w)).toThrow(/^E_SHAPE layerNorm: "x" must be f32\[\?,\?\], got f32\[3\]/);
      expect(() => layerNorm(x, draw([2], 1), w)).toThrow(/^E_SHAPE layerNorm: "weight" must be f32\[3\]/);
      expect(() => layerNorm(x, w, draw([2], 1))).toThrow(/^E_SHAPE layerNorm: "bias" must be f32\[3\]/);
      expect(() => layerNorm(x, w, w, -1)).toThrow(/^E_OPTION layerNorm: "eps" must be a finite number >= 0/);
    });
    expect(() => new LayerNorm(0)).toThrow(/^E_OPTION LayerNorm: "d" must be an integer >= 1, got 0/);
    expect(() => new LayerNorm(2, { eps: Number.NaN })).toThrow(/^E_OPTION LayerNorm: "eps"/);
    expect(() => new LayerNorm(2, { epsilon: 1 } as object)).toThrow(/^E_OPTION LayerNorm: unknown option "epsilon"/);
  });
});

describe('l2Normalize', () => {
  it('makes unit rows, 0 of a row of zeros, and passes gradcheck', () => {
    const x = draw([5, 7], 7);
    expect(gradcheck((x) => weigh(l2Normalize(x)), [x])).toMatchObject({ ok: true, checked: 35 });
    owner.step(() => {
      const y = l2Normalize(tensor([3, 4, 0, 0], [2, 2]));
      expectClose(y.data, [0.6, 0.8, 0, 0]);
    });
  });

  it('refuses what is no matrix, and numbers that are not finite', () => {
    owner.step(() => {
      expect(() => l2Normalize(tensor([1, 2]))).toThrow(/^E_SHAPE l2Normalize: "x" must be f32\[\?,\?\], got f32\[2\]/);
      expect(() => l2Normalize(tensor([1, Number.NaN, 2, 3, Number.POSITIVE_INFINITY, 0], [3, 2]))).toThrow(
        /^E_VALUE l2Normalize: "x" must be finite, got NaN or infinity in 2 of 3 rows\. Hint: lower the learning rate/,
      );
    });
  });
});

describe('activations', () => {
  it('are those of float64 and pass gradcheck', () => {
    const x = draw([4, 9], 8);
    x.data.forEach((v, i, data) => {
      // Away from the kink of ReLU, and out to ±3.
      data[i] = 3 * v + Math.sign(v) * 0.1;
    });
    owner.step(() => {
      expectClose(
        relu(x).data,
        Array.from(x.data, (v) => Math.max(v, 0)),
      );
      expectClose(
        gelu(x).data,
        Array.from(x.data, (v) => v * normalCdf(v)),
      );
      const tanh = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
      expectClose(gelu(x, { approximate: 'tanh' }).data, Array.from(x.data, tanh));
      expect(new ReLU().forward(x).data).toEqual(relu(x).data);
      expect(new GELU().forward(x).data).toEqual(gelu(x).data);
      expect(new GELU({ approximate: 'tanh' }).forward(x).data).toEqual(gelu(x, { approximate: 'tanh' }).data);
    });
    for (const f of [relu, gelu, (x: Tensor) => gelu(x, { approximate: 'tanh' })]) {
      expect(gradcheck((x) => weigh(f(x)), [x])).toMatchObject({ ok: true, checked: 36 });
    }
  });

  it('by tanh is off by up to 5e-4, as its option says', () => {
    const x = tensor(Float32Array.from({ length: 2000 }, (_, i) => (i - 1000) / 200));
    owner.step(() => {
      const [exact, approximate] = [gelu(x).data, gelu(x, { approximate: 'tanh' }).data];
      const off = exact.reduce((most, v, i) => Math.max(most, Math.abs(v - (approximate[i] as number))), 0);
      expect(off).toBeGreaterThan(3e-4);
      expect(off).toBeLessThan(5e-4);
    });
  });

  it('refuse unknown forms', () => {
    const bad = { approximate: 'erf' } as object;
    expect(() => new GELU(bad)).toThrow(/^E_OPTION GELU: "approximate" must be one of "none", "tanh", got "erf"/);
    owner.step(() => {
      expect(() => gelu(tensor([1]), bad)).toThrow(/^E_OPTION gelu: "approximate" must be one of/);
      expect(() => gelu(tensor([1]), { tanh: true } as object)).toThrow(/^E_OPTION gelu: unknown option "tanh"/);
    });
  });
});
