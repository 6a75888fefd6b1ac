/** What a loss needs: memory in proportion to the batch, not to its square, and nothing from the JavaScript heap for it. */
import { describe, expect, it } from 'vitest';
import { Engine, engine, init } from '../../src/engine/index.js';
import { adnce, type Layout } from '../../src/losses/index.js';
import { parameter, type Tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';
import { heapBytes } from '../support/heap.js';

const D = 16;
const LAYOUTS: Layout[] = ['image', 'sentence', 'graph'];

function batch(n: number, seed: number): Tensor {
  const x = parameter([n, D], 'embeddings');
  x.data.set(randomFloats(n * D, uniform(seed)));
  return x;
}

function step(a: Tensor, b: Tensor, layout: Layout): void {
  engine().step(() =>
    adnce(a, b, { temperature: 0.2, mu: 0.5, sigma: 1, layout, symmetric: layout !== 'image' }).backward(),
  );
}

/** Bytes a step takes over what its inputs take. */
async function extraBytes(n: number, layout: Layout, scoreBudget: number): Promise<number> {
  const owner = await init({ scoreBudget, threads: 1 });
  const [a, b] = [batch(n, 1), batch(n, 2)];
  const before = owner.arena.usedBytes;
  step(a, b, layout);
  return owner.arena.peakBytes - before;
}

describe('memory', () => {
  it.each(LAYOUTS)('of layout %s grows with the batch, not with its square', async (layout) => {
    const [small, middle, large] = [
      await extraBytes(480, layout, 0),
      await extraBytes(960, layout, 0),
      await extraBytes(1920, layout, 0),
    ];
    // Linear: doubling the batch twice adds twice as much the second time; its square would add four times as much.
    const ratio = (large - middle) / (middle - small);
    expect(ratio).toBeGreaterThan(1.9);
    expect(ratio).toBeLessThan(2.1);
    // Unit rows, panels and gradients of both sides and the statistics of each row: some 16 floats for each of D and 40 more.
    expect(large).toBeLessThan(1920 * (16 * D + 64) * 4 * (layout === 'image' ? 2 : 1) + 2 ** 18);
  });

  it('of 4·n·d floats and 128 bytes an anchor is enough for both views of a large batch', async () => {
    const [n, d] = [1000, 128];
    const owner = await init({ scoreBudget: 0, threads: 1 });
    const views = [0, 1].map(() => parameter([n, d], 'embeddings'));
    views.forEach((x, seed) => {
      x.data.set(randomFloats(n * d, uniform(seed + 1)));
    });
    const before = owner.arena.usedBytes;
    step(views[0] as Tensor, views[1] as Tensor, 'image');
    // Unit rows, panels and gradients; a tile and its arrays.
    expect(owner.arena.peakBytes - before).toBeLessThan(2 * n * (4 * d * 4 + 128) + 2 ** 17);
  });

  it('keeps scores within the budget', async () => {
    const without = await extraBytes(480, 'graph', 0);
    const within = await extraBytes(480, 'graph', 2 ** 21);
    expect(within).toBeGreaterThan(without + 480 * 480 * 4 - 2 ** 17);
    expect(within).toBeLessThan(without + 2 ** 21);
  });

  it('of the engine does not grow from step to step', async () => {
    const owner = await init({});
    const [a, b] = [batch(200, 1), batch(200, 2)];
    step(a, b, 'image');
    const { usedBytes, peakBytes } = owner.arena;
    const size = owner.arena.memory.buffer.byteLength;
    for (let i = 0; i < 20; i++) step(a, b, 'image');
    expect([owner.arena.usedBytes, owner.arena.peakBytes]).toEqual([usedBytes, peakBytes]);
    expect(owner.arena.memory.buffer.byteLength).toBe(size);
  });

  it('is E_MEMORY when a batch is too large, and the engine goes on with a smaller one', async () => {
    const owner = await init({ maximumMemory: 2 ** 22, threads: 1 });
    const [a, b] = [batch(8000, 1), batch(8000, 2)];
    const used = owner.arena.usedBytes;
    expect(() => step(a, b, 'image')).toThrow(
      /^E_MEMORY contrastive loss: .* Hint: use a smaller batch or model, or raise init/,
    );
    expect(owner.arena.usedBytes).toBe(used);
    const [c, d] = [batch(40, 1), batch(40, 2)];
    step(c, d, 'image');
    expect(c.grad?.some((x) => x !== 0)).toBe(true);
    expect(a.grad?.every((x) => x === 0)).toBe(true);
  });
});

describe('the JavaScript heap', () => {
  it('gives as much to a step of 1,000 pairs as to one of 50', async () => {
    // Threads that start in the middle would be on the heap, too.
    const owner = await init({ threads: 1 });
    owner.arena.free(owner.arena.allocate(2 ** 26, 'room, so that no view is made anew'));
    for (const layout of LAYOUTS) {
      const steps = [50, 1000].map((n) => {
        const [a, b] = [batch(n, 1), batch(n, 2)];
        return () => step(a, b, layout);
      });
      const [small, large] = heapBytes(...steps) as [number, number];
      // A number on the heap for each pair would be 15,200 bytes more; what a block of a job leaves before its code is optimised is some hundreds.
      expect(large - small, layout).toBeLessThan(12_000);
    }
  });

  it('is measured by a measure that measures', () => {
    const kept: unknown[] = [];
    const bytes = heapBytes(
      () => kept.push(Array.from({ length: 950 }, (_, i) => i + 0.5)),
      () => kept.push(new Float32Array(1900)),
    );
    for (const taken of bytes) expect(taken).toBeGreaterThan(5000);
  });

  it('holds views of the memory, made anew only when it grows', async () => {
    const owner = await Engine.create();
    const view = owner.f32;
    owner.step(() => owner.stackZeros(100, 'zeros'));
    expect(owner.f32 === view).toBe(true);
  });
});
