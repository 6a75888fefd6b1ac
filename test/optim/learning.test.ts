/** Small models learn: a regression is fitted, and an embedding bag pulls pairs together, with the same bits every time. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { infoNCE } from '../../src/losses/index.js';
import { EmbeddingBag, GELU, Linear, l2Normalize, Sequential } from '../../src/nn/index.js';
import { AdamW, clipGradNorm, learningRateAt, SGD } from '../../src/optim/index.js';
import { add, mean, mul, scale, type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

/** Mean square of y − target. */
function squareError(y: Tensor, target: Tensor): Tensor {
  const off = add(y, scale(target, -1));
  return mean(mul(off, off));
}

/** The product of two inputs and a line, 64 examples. */
function problem(): { x: Tensor; target: Tensor } {
  const x = randomFloats(128, uniform(1));
  const target = Float32Array.from({ length: 64 }, (_, i) => {
    const [a, b] = [x[2 * i] as number, x[2 * i + 1] as number];
    return a * b + a - 0.5 * b;
  });
  return { x: tensor(x, [64, 2]), target: tensor(target, [64, 1]) };
}

/** Losses of a run that is the same every time. */
function losses(): number[] {
  const { x, target } = problem();
  const model = new Sequential(new Linear(2, 24, { seed: 1 }), new GELU(), new Linear(24, 1, { seed: 2 }));
  const optimizer = new AdamW(model.parameters(), { lr: 0.03, weightDecay: 0 });
  const steps = 250;
  return Array.from({ length: steps }, (_, step) => {
    optimizer.lr = 0.03 * learningRateAt(step, steps, { warmup: 0.05 });
    return owner.step(() => {
      optimizer.zeroGrad();
      const loss = squareError(model.forward(x), target);
      loss.backward();
      clipGradNorm(model.parameters(), 1);
      optimizer.step();
      return loss.item();
    });
  });
}

describe('a regression', () => {
  it('is fitted by AdamW, with the same bits in a second run', () => {
    const first = losses();
    expect(first[0]).toBeGreaterThan(0.2);
    expect(first.at(-1)).toBeLessThan(1e-3);
    expect(losses()).toEqual(first);
  });

  it('of a line is solved by SGD with momentum to the last digits', () => {
    const { x } = problem();
    const target = tensor(
      Float32Array.from(
        { length: 64 },
        (_, i) => 3 * (x.data[2 * i] as number) - 2 * (x.data[2 * i + 1] as number) + 1,
      ),
      [64, 1],
    );
    const model = new Linear(2, 1, { seed: 3 });
    const optimizer = new SGD(model.parameters(), { lr: 0.3, momentum: 0.8, nesterov: true });
    for (let step = 0; step < 150; step++) {
      owner.step(() => {
        optimizer.zeroGrad();
        squareError(model.forward(x), target).backward();
        optimizer.step();
      });
    }
    [3, -2].forEach((w, k) => {
      expect(model.weight.data[k]).toBeCloseTo(w, 4);
    });
    expect(model.bias?.data[0]).toBeCloseTo(1, 4);
  });
});

describe('an embedding bag with InfoNCE', () => {
  /** Pair i: both texts hold feature i, among noise of their own. */
  const PAIRS = 24;
  const text = (i: number, seed: number) => {
    const next = uniform(seed * 1000 + i);
    const noise = () => PAIRS + Math.floor((next() + 1) * 8);
    return [i, noise(), noise(), noise()];
  };
  const bags = (seed: number) => {
    const texts = Array.from({ length: PAIRS }, (_, i) => text(i, seed));
    return { ids: texts.flat(), offsets: texts.map((_, i) => 4 * i).concat(4 * PAIRS) };
  };
  const [first, second] = [bags(1), bags(2)];

  /** Share of the first texts whose nearest second text is their own. */
  function recall(model: EmbeddingBag): number {
    return owner.step(() => {
      const [u, v] = [first, second].map((texts) => l2Normalize(model.forward(texts)).data) as [
        Float32Array,
        Float32Array,
      ];
      const d = u.length / PAIRS;
      const score = (i: number, j: number) => {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += (u[i * d + k] as number) * (v[j * d + k] as number);
        return sum;
      };
      const own = Array.from({ length: PAIRS }, (_, i) =>
        Array.from({ length: PAIRS }, (_, j) => score(i, j)).every((s, j) => j === i || s < score(i, i)),
      );
      return own.filter(Boolean).length / PAIRS;
    });
  }

  it('learns to tell pairs apart, with learned weights that favour what counts', () => {
    const model = new EmbeddingBag(PAIRS + 16, 16, { seed: 4, weights: 'learned' });
    const optimizer = new AdamW(model.parameters(), { lr: 0.02 });
    const before = recall(model);
    const losses = Array.from({ length: 60 }, () =>
      owner.step(() => {
        const loss = infoNCE(model.forward(first), model.forward(second), { temperature: 0.1, layout: 'sentence' });
        loss.backward();
        optimizer.step();
        return loss.item();
      }),
    );
    expect(before).toBeLessThan(0.8);
    expect(recall(model)).toBe(1);
    expect(losses.at(-1)).toBeLessThan(0.1 * (losses[0] as number));
    const weights = model.featureWeights?.toArray() as Float32Array;
    const average = (values: Float32Array) => values.reduce((total, w) => total + w, 0) / values.length;
    expect(average(weights.subarray(0, PAIRS))).toBeGreaterThan(average(weights.subarray(PAIRS)) + 0.2);
  });
});
