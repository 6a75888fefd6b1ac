/** Dropout: a mask by seed, stream and turn, in training only. The mask itself is tested with its kernel. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { Dropout, dropout } from '../../src/nn/index.js';
import { gradcheck, mul, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

function draw(): Tensor {
  return tensor(randomFloats(36, uniform(9)), [6, 6], { requiresGrad: true });
}

describe('dropout', () => {
  const OPTIONS = { p: 0.4, seed: 5 };

  it('is a function of seed, stream and turn, and passes gradcheck', () => {
    const x = draw();
    const weights = draw();
    expect(gradcheck((x) => sum(mul(dropout(x, OPTIONS), weights)), [x])).toMatchObject({
      ok: true,
      deterministic: true,
    });
    owner.step(() => {
      const y = dropout(x, OPTIONS).toArray();
      expect(dropout(x, { ...OPTIONS, stream: 0, turn: 0 }).toArray()).toEqual(y);
      for (const other of [{ seed: 6 }, { stream: 1 }, { turn: 1 }, { p: 0.41, turn: 2 }]) {
        expect(dropout(x, { ...OPTIONS, ...other }).toArray()).not.toEqual(y);
      }
      const kept = [...y].filter((v) => v !== 0);
      expect(kept.length).toBeGreaterThan(12);
      expect(kept.length).toBeLessThan(32);
      const ones = tensor(new Float32Array(36).fill(1));
      expect(new Set(dropout(ones, OPTIONS).data)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
    });
  });

  it('as a layer takes the next mask at each forward in training, and none in evaluation', () => {
    const layer = new Dropout({ p: 0.4, seed: 5 });
    const x = draw();
    owner.step(() => {
      const [first, second] = [layer.forward(x).toArray(), layer.forward(x).toArray()];
      expect(first).toEqual(dropout(x, OPTIONS).toArray());
      expect(second).toEqual(dropout(x, { ...OPTIONS, turn: 1 }).toArray());
      expect(layer.turn).toBe(2);
      expect(layer.eval().forward(x)).toBe(x);
      expect(layer.turn).toBe(2);
      layer.train().turn = 2 ** 32 - 1;
      layer.forward(x);
      expect(layer.turn).toBe(0);
      expect(new Dropout({ p: 0, seed: 1 }).forward(x)).toBe(x);
    });
  });

  it.each<[object, string]>([
    [{ p: 1, seed: 1 }, '"p" must be a finite number >= 0 and < 1, got 1'],
    [{ p: -0.1, seed: 1 }, 'got -0.1'],
    [{ seed: 1 }, 'got undefined'],
    [{ p: 0.1 }, '"seed" must be an integer'],
    [{ p: 0.1, seed: 1, rate: 2 }, 'unknown option "rate"'],
  ])('refuses %j', (options, message) => {
    expect(() => new Dropout(options as { p: number; seed: number })).toThrow(/^E_OPTION Dropout: /);
    expect(() => new Dropout(options as { p: number; seed: number })).toThrow(message);
    owner.step(() => {
      expect(() => dropout(tensor([1]), options as { p: number; seed: number })).toThrow(message);
    });
  });
});
