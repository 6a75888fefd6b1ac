/** The losses inside tf: value, every gradient, training and memory, against the engine used directly. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, init, losses, type Tensor, tensor } from '../../src/index.js';
import { type TfLosses, tfjsLosses } from '../../src/interop/tfjs.js';

const { dense } = layers;
const glorot = (seed: number) => initializers.glorotUniform({ seed });

const N = 12;
const D = 5;
const rows = (seed: number, n = N) => Float32Array.from({ length: n * D }, (_, i) => Math.sin(i * 1.7 + seed * 9.1));
const labels = Array.from({ length: N }, (_, i) => i % 3);

type Views = [tf.Tensor, tf.Tensor, tf.Tensor];
let all: TfLosses<tf.Tensor, tf.Scalar>;

beforeAll(async () => {
  await tf.setBackend('cpu');
  all = await tfjsLosses(tf);
});

/** Each objective on tensors of tf, and the same on ours: two views, and one more matrix where it takes one. */
const CASES: Record<keyof typeof all, [(x: Views) => tf.Scalar, (a: Tensor, b: Tensor, c: Tensor) => Tensor]> = {
  adnce: [
    ([a, b, c]) => all.adnce(a, b, { temperature: 0.2, mu: 0.4, sigma: 1, hardNegatives: c }),
    (a, b, c) => losses.adnce(a, b, { temperature: 0.2, mu: 0.4, sigma: 1, hardNegatives: c }),
  ],
  infoNCE: [
    ([a, b, c]) => all.infoNCE(a, b, { temperature: 0.3, negatives: c, positive: 'out' }),
    (a, b, c) => losses.infoNCE(a, b, { temperature: 0.3, negatives: c, positive: 'out' }),
  ],
  simCSE: [
    ([a, b, c]) => all.simCSE(a, b, { temperature: 0.05, hardNegatives: c, hardNegativeWeight: 1 }),
    (a, b, c) => losses.simCSE(a, b, { temperature: 0.05, hardNegatives: c, hardNegativeWeight: 1 }),
  ],
  sigLIP: [
    ([a, b, c]) => all.sigLIP(a, b, { temperature: 0.1, bias: -2, negatives: c }),
    (a, b, c) => losses.sigLIP(a, b, { temperature: 0.1, bias: -2, negatives: c }),
  ],
  ntXent: [([a, b]) => all.ntXent(a, b, { temperature: 0.5 }), (a, b) => losses.ntXent(a, b, { temperature: 0.5 })],
  dcl: [([a, b]) => all.dcl(a, b, { temperature: 0.5 }), (a, b) => losses.dcl(a, b, { temperature: 0.5 })],
  hcl: [
    ([a, b]) => all.hcl(a, b, { temperature: 0.5, beta: 0.5, symmetric: true }),
    (a, b) => losses.hcl(a, b, { temperature: 0.5, beta: 0.5, symmetric: true }),
  ],
  alphaCL: [([a, b]) => all.alphaCL(a, b, { temperature: 0.5 }), (a, b) => losses.alphaCL(a, b, { temperature: 0.5 })],
  meanVariance: [
    ([a, b]) => all.meanVariance(a, b, { temperature: 0.5, layout: 'graph' }),
    (a, b) => losses.meanVariance(a, b, { temperature: 0.5, layout: 'graph' }),
  ],
  clDro: [
    ([a, b]) => all.clDro(a, b, { divergence: 'chi2', temperature: 0.5 }),
    (a, b) => losses.clDro(a, b, { divergence: 'chi2', temperature: 0.5 }),
  ],
  triplet: [([a, b]) => all.triplet(a, b, { margin: 0.4 }), (a, b) => losses.triplet(a, b, { margin: 0.4 })],
  supCon: [
    ([a, b]) => all.supCon([a, b], { temperature: 0.2, labels }),
    (a, b) => losses.supCon([a, b], { temperature: 0.2, labels }),
  ],
};

/** Value and gradients of the three matrices, straight from the engine. */
function expected(loss: (a: Tensor, b: Tensor, c: Tensor) => Tensor): { value: number; gradients: number[][] } {
  return engine().step(() => {
    const inputs = [0, 1, 2].map((seed) => tensor(rows(seed), [N, D], { requiresGrad: true }));
    const result = loss(...(inputs as [Tensor, Tensor, Tensor]));
    result.backward();
    return { value: result.item(), gradients: inputs.map(({ grad }) => Array.from(grad ?? new Float32Array(N * D))) };
  });
}

describe('losses as operations of tf', () => {
  it('are all of the losses', () => {
    const ours = Object.entries(losses).filter(
      ([, value]) => typeof value === 'function' && !/^class/.test(`${value}`),
    );
    expect(Object.keys(all).sort()).toEqual(ours.map(([name]) => name).sort());
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(all).sort());
  });

  it.each(Object.entries(CASES))('%s has our value and our gradients, and leaks nothing', (_, [inTf, ours]) => {
    const views = [0, 1, 2].slice(0, ours.length).map((seed) => tf.tensor2d(rows(seed), [N, D])) as unknown as Views;
    const { value, gradients } = expected(ours);
    const before = tf.memory().numTensors;
    const alone = inTf(views);
    expect(alone.shape).toEqual([]);
    expect(alone.dataSync()[0]).toBe(value);
    alone.dispose();
    const doubled = tf.valueAndGrads((...x: tf.Tensor[]) => tf.mul(inTf(x as Views), 2) as tf.Scalar)(views);
    expect(doubled.value.dataSync()[0]).toBe(2 * value);
    doubled.grads.forEach((gradient, k) => {
      expect(Array.from(gradient.dataSync())).toEqual(gradients[k]?.map((g) => 2 * g));
    });
    tf.dispose(doubled);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(views);
  });

  it('send a gradient to a temperature that is a scalar of tf', () => {
    const [a, b] = [tf.tensor2d(rows(0), [N, D]), tf.tensor2d(rows(1), [N, D])];
    const gradient = tf.grad((temperature) => all.infoNCE(a, b, { temperature }))(tf.scalar(0.3));
    const ours = engine().step(() => {
      const temperature = tensor([0.3], [], { requiresGrad: true });
      losses.infoNCE(tensor(rows(0), [N, D]), tensor(rows(1), [N, D]), { temperature }).backward();
      return temperature.grad?.[0];
    });
    expect(gradient.dataSync()[0]).toBe(ours);
    expect(ours).not.toBe(0);
  });

  it('take a queue of ours', () => {
    const queue = new losses.MemoryQueue({ size: N, dimension: D });
    const [a, b] = [tf.tensor2d(rows(0), [N, D]), tf.tensor2d(rows(1), [N, D])];
    const without = all.infoNCE(a, b, { temperature: 0.3 }).dataSync()[0] as number;
    queue.enqueue(tensor(rows(2), [N, D]));
    expect(all.infoNCE(a, b, { temperature: 0.3, queue }).dataSync()[0]).toBeGreaterThan(without);
    queue.free();
  });

  it('train a dense model of tf', async () => {
    const x = [3, 4].map((seed) => tf.tensor2d(rows(seed, 64), [64, D]));
    const hidden = dense({ units: 16, activation: 'tanh', inputShape: [D], kernelInitializer: glorot(1) });
    const model = sequential({ layers: [hidden, dense({ units: 8, kernelInitializer: glorot(2) })] });
    const embed = (input: tf.Tensor) => model.apply(input) as tf.Tensor;
    const optimizer = tf.train.adam(0.05);
    const step = () => {
      const loss = optimizer.minimize(
        () => all.adnce(embed(x[0]!), embed(x[1]!), { layout: 'image', temperature: 0.5, mu: 0.4, sigma: 1 }),
        true,
      ) as tf.Scalar;
      const value = loss.dataSync()[0] as number;
      loss.dispose();
      return value;
    };
    const first = step();
    const held = tf.memory().numTensors;
    const used = engine().arena.usedBytes;
    let last = first;
    for (let i = 0; i < 20; i++) last = step();
    expect(last).toBeLessThan(first - 0.1);
    expect(tf.memory().numTensors).toBe(held);
    expect(engine().arena.usedBytes).toBe(used);
  });

  it('refuse what is no embedding, with the engine and tf usable after', () => {
    const a = tf.tensor2d(rows(0), [N, D]);
    const before = tf.memory().numTensors;
    expect(() => all.ntXent([1, 2] as never, a, { temperature: 1 })).toThrow(
      /^E_OPTION ntXent: embeddings must be tensors/,
    );
    expect(() => all.ntXent(a, tf.slice(a, [0, 0], [N, 2]), { temperature: 1 })).toThrow(/^E_SHAPE ntXent/);
    expect(() => all.ntXent(a, a, { temprature: 1 } as never)).toThrow(/did you mean "temperature"/);
    expect(() => all.alphaCL(a, a, { temperature: tf.scalar(1) })).toThrow(/can't be learnt/);
    expect(all.ntXent(a, a, { temperature: 1 }).dataSync()[0]).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before + 3);
  });

  it('start the engine', async () => {
    expect(await init()).toBe(engine());
  });
});
