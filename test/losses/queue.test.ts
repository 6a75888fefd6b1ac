/** The memory queue: first in, first out, unit rows, and what it is as a source of negatives. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, init } from '../../src/engine/index.js';
import { infoNCE, MemoryQueue } from '../../src/losses/index.js';
import { parameter, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

beforeAll(async () => {
  await init({});
});

/** Rows along the axes of a plane, told apart by their angle. */
const angles = (list: readonly number[]) =>
  tensor(
    list.flatMap((x) => [3 * Math.cos(x), 3 * Math.sin(x)]),
    [list.length, 2],
  );
const anglesOf = (queue: MemoryQueue) => {
  const rows = queue.toArray();
  return Array.from({ length: queue.length }, (_, i) =>
    Number(Math.atan2(rows[2 * i + 1] as number, rows[2 * i] as number).toFixed(5)),
  );
};

describe('MemoryQueue', () => {
  it('drops the oldest rows for the newest, around its end', () => {
    const queue = new MemoryQueue({ size: 5, dimension: 2 });
    const enqueue = (list: number[]) => engine().step(() => queue.enqueue(angles(list)));
    expect(queue.length).toBe(0);
    enqueue([0.1, 0.2, 0.3]);
    expect(anglesOf(queue)).toEqual([0.1, 0.2, 0.3]);
    enqueue([0.4, 0.5, 0.6]);
    expect(anglesOf(queue)).toEqual([0.2, 0.3, 0.4, 0.5, 0.6]);
    queue.dequeue(2);
    expect(anglesOf(queue)).toEqual([0.4, 0.5, 0.6]);
    enqueue([0.7, 0.8, 0.9, 1, 1.1]);
    expect(anglesOf(queue)).toEqual([0.7, 0.8, 0.9, 1, 1.1]);
    queue.free();
  });

  it('keeps rows at unit length, a zero row as zeros', () => {
    const queue = new MemoryQueue({ size: 3, dimension: 3 });
    engine().step(() => queue.enqueue(tensor([0, 30, 40, 0, 0, 0], [2, 3])));
    const expected = [0, 0.6, 0.8, 0, 0, 0];
    queue.toArray().forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i] as number, 6);
    });
    queue.free();
  });

  it('refuses a queue smaller than a batch, telling the nearest size', () => {
    const queue = new MemoryQueue({ size: 2, dimension: 2 });
    const message =
      /^E_OPTION MemoryQueue\.enqueue: the "size" of the queue must be an integer >= the batch of 3 rows, got 2\. Hint: the nearest valid size is 3/;
    expect(() => engine().step(() => queue.enqueue(angles([1, 2, 3])))).toThrow(message);
    engine().step(() => queue.enqueue(angles([1, 2])));
    const loss = () => engine().step(() => infoNCE(angles([1, 2, 3]), angles([1, 2, 3]), { temperature: 1, queue }));
    expect(loss).toThrow(/^E_OPTION infoNCE: the "size" of the queue must be an integer >= the batch of 3 rows, got 2/);
    queue.free();
  });

  it('refuses what is no size, no row and not finite, and is not changed by it', () => {
    expect(() => new MemoryQueue({ size: 0, dimension: 2 })).toThrow(/"size" must be an integer >= 1, got 0/);
    const queue = new MemoryQueue({ size: 4, dimension: 2 });
    engine().step(() => queue.enqueue(angles([0.5, 1])));
    const enqueue = (values: number[], shape: number[]) => engine().step(() => queue.enqueue(tensor(values, shape)));
    expect(() => enqueue([1, 2, 3], [1, 3])).toThrow(/^E_SHAPE MemoryQueue.enqueue: "embeddings" must be f32\[\?,2\]/);
    expect(() => enqueue([1, 2, 3, Number.NaN], [2, 2])).toThrow(/^E_VALUE .*row 1 column 1 is NaN/);
    expect(() => queue.dequeue(3)).toThrow(
      /"count" must be an integer >= 0 and <= 2, got 3. Hint: the nearest valid value is 2/,
    );
    expect(anglesOf(queue)).toEqual([0.5, 1]);
    queue.free();
    queue.free();
    expect(() => queue.toArray()).toThrow(/^E_STATE MemoryQueue: the queue was freed/);
  });

  it('must hold a row when nothing else is a negative, and rows of the length of the batch', () => {
    const queue = new MemoryQueue({ size: 4, dimension: 2 });
    const alone = { temperature: 1, queue, inBatch: false };
    expect(() => engine().step(() => infoNCE(angles([1, 2]), angles([1, 2]), alone))).toThrow(
      /^E_STATE infoNCE: every anchor needs a negative, the queue is empty\. Hint: enqueue a batch/,
    );
    const wide = tensor(new Float32Array(6).fill(1), [2, 3]);
    expect(() => engine().step(() => infoNCE(wide, wide, { temperature: 1, queue }))).toThrow(
      /^E_SHAPE infoNCE: "queue" must hold rows of length 3, got 2/,
    );
    wide.free();
    queue.free();
  });

  it('gives the loss and the gradients that the same rows give as negatives, and takes none itself', () => {
    const [n, d] = [40, 7];
    const [a, b] = [parameter([n, d], 'a'), parameter([n, d], 'b')];
    const next = uniform(3);
    for (const x of [a, b]) x.data.set(randomFloats(n * d, next));
    // More than a block of candidates without gradients, from the middle of a tile on.
    const rows = randomFloats(300 * d, next);
    const queue = new MemoryQueue({ size: 300, dimension: d });
    engine().step(() => queue.enqueue(tensor(rows, [300, d])));
    const results = [{ queue }, { negatives: true }].map((kind) => {
      for (const x of [a, b]) x.zeroGrad();
      return engine().step(() => {
        const negatives = tensor(rows, [300, d]);
        const options = kind.queue === undefined ? { negatives } : { queue };
        const loss = infoNCE(a, b, { temperature: 0.2, inBatch: true, ...options });
        loss.backward();
        return { loss: loss.item(), a: a.grad?.slice(), b: b.grad?.slice() };
      });
    });
    expect(results[0]).toEqual(results[1]);
    for (const x of [a, b, queue]) x.free();
  });
});
