/** A whole training step of an encoder: what it takes from the JavaScript heap does not grow with the batch. */
import { describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { adnce } from '../../src/losses/index.js';
import { Dropout, EmbeddingBag, GELU, LayerNorm, Linear, Residual, Sequential } from '../../src/nn/index.js';
import { AdamW, clipGradNorm } from '../../src/optim/index.js';
import { uniform } from '../support/core.js';
import { heapBytes } from '../support/heap.js';

const D = 16;
const ROWS = 5000;
const FEATURES = 6;

/** Bags as the data room makes them, arrays of integers. */
function bags(texts: number, seed: number) {
  const next = uniform(seed);
  const ids = Int32Array.from({ length: texts * FEATURES }, () => Math.floor(((next() + 1) / 2) * ROWS));
  return { ids, offsets: Int32Array.from({ length: texts + 1 }, (_, i) => FEATURES * i) };
}

function encoder() {
  return new Sequential(
    new EmbeddingBag(ROWS, D, { seed: 1, weights: 'learned' }),
    new Residual(new Sequential(new Linear(D, 32, { seed: 2 }), new GELU(), new Linear(32, D, { seed: 3 }))),
    new Dropout({ p: 0.1, seed: 4 }),
    new LayerNorm(D),
  );
}

describe('a step of an encoder', () => {
  it('takes as much of the JavaScript heap for 1,000 pairs as for 50, and no more memory from step to step', async () => {
    const owner = await init({ threads: 1 });
    const model = encoder();
    const parameters = model.parameters();
    const optimizer = new AdamW(parameters);
    const stepOf = (n: number) => {
      const [a, b] = [bags(n, 1), bags(n, 2)];
      return () => {
        owner.step(() => {
          optimizer.zeroGrad();
          const options = { temperature: 0.2, mu: 0.5, sigma: 1, layout: 'sentence' } as const;
          adnce(model.forward(a), model.forward(b), options).backward();
          clipGradNorm(parameters, 1);
          optimizer.step();
        });
      };
    };
    // The largest step first, so that the memory and its views stay as they are.
    const [small, large] = [stepOf(50), stepOf(1000)];
    large();
    const { peakBytes, usedBytes } = owner.arena;
    const [few, many] = heapBytes(small, large) as [number, number];
    // A number on the heap for each pair would be 15,200 bytes more; what a block of a job leaves before its code is optimised is some hundreds.
    expect(many - few).toBeLessThan(12_000);
    expect([owner.arena.peakBytes, owner.arena.usedBytes]).toEqual([peakBytes, usedBytes]);
  });
});
