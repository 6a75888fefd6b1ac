/** A whole training step, from features to weights, gives the same bits on 1, 2, 3 and 8 threads. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { adnce } from '../../src/losses/index.js';
import { type Bags, EmbeddingBag, GELU, LayerNorm, Linear, ReLU, Residual, Sequential } from '../../src/nn/index.js';
import { AdamW, clipGradNorm, SGD } from '../../src/optim/index.js';
import { uniform } from '../support/core.js';

const ROWS = 900;
const WIDTH = 72;
const TEXTS = 530;

/** Bags of up to twelve features, some of them empty. */
function drawBags(seed: number): Bags {
  const next = uniform(seed);
  const below = (n: number) => Math.floor(((next() + 1) / 2) * n);
  const ids: number[] = [];
  const offsets = [0];
  for (let text = 0; text < TEXTS; text++) {
    for (let k = below(12); k > 0; k--) ids.push(below(ROWS));
    offsets.push(ids.length);
  }
  return { ids, offsets };
}

/** A model with every kind of layer. */
function makeModel(): Sequential<Bags> {
  const seed = 3;
  return new Sequential<Bags>(
    new EmbeddingBag(ROWS, WIDTH, { seed, weights: 'learned', std: 0.5 }),
    new Linear(WIDTH, 2 * WIDTH, { seed, stream: 1 }),
    new GELU(),
    new LayerNorm(2 * WIDTH),
    new Residual(new Sequential(new Linear(2 * WIDTH, 2 * WIDTH, { seed, stream: 2 }), new ReLU())),
    new Linear(2 * WIDTH, 50, { seed, stream: 3 }),
  );
}

/** SHA-256 of all weights after some steps. */
async function train(threads: number, optimizer: 'adamw' | 'sgd'): Promise<string> {
  const owner = await init({ threads });
  await owner.ready();
  const model = makeModel();
  const parameters = model.parameters();
  const options = { lr: 0.01, weightDecay: 0.01 };
  const moves =
    optimizer === 'adamw' ? new AdamW(parameters, options) : new SGD(parameters, { ...options, momentum: 0.9 });
  for (let step = 0; step < 3; step++) {
    owner.step(() => {
      const [a, b] = [model.forward(drawBags(2 * step)), model.forward(drawBags(2 * step + 1))];
      adnce(a, b, { temperature: 0.3, mu: 0.5, sigma: 1, layout: 'image' }).backward();
      expect(clipGradNorm(parameters, 0.001)).toBeGreaterThan(0.001);
      moves.step();
      moves.zeroGrad();
    });
  }
  expect([owner.threads, owner.notice]).toEqual([threads, null]);
  await owner.close();
  const hash = createHash('sha256');
  for (const [, tensor] of model.namedTensors()) hash.update(new Uint8Array(tensor.toArray().buffer));
  return hash.digest('hex');
}

describe('a training step', () => {
  it.each(['adamw', 'sgd'] as const)('with %s', async (optimizer) => {
    const digests: string[] = [];
    for (const threads of [1, 2, 3, 8]) digests.push(await train(threads, optimizer));
    expect(new Set(digests).size).toBe(1);
  });
});
