/** What embedding bags and their tables start with, and what they refuse. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { type Bags, EmbeddingBag, embeddingBag } from '../../src/nn/index.js';
import { type SparseParameter, sparseParameters, type Tensor, tensor } from '../../src/tensor/index.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

const ROWS = 6;
const D = 5;
const BAGS: Bags = { ids: [4, 1, 1, 0, 4, 4], offsets: [0, 3, 3, 6] };

describe('EmbeddingBag', () => {
  it('starts normal around 0, the same for the same seed, with weights of 1', () => {
    const make = (options: object = {}) => new EmbeddingBag(500, 20, { seed: 1, weights: 'learned', ...options });
    const bag = make();
    const values = bag.weight.toArray();
    expect(Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length)).toBeCloseTo(0.02, 3);
    expect(make().weight.toArray()).toEqual(values);
    expect(make({ stream: 1 }).weight.toArray()).not.toEqual(values);
    expect(make({ seed: 2 }).weight.toArray()).not.toEqual(values);
    expect(new Set(bag.featureWeights?.toArray())).toEqual(new Set([1]));
    expect(new EmbeddingBag(2, 2, { seed: 1 }).featureWeights).toBeNull();
  });

  it.each<[number, number, object, string]>([
    [0, 2, { seed: 1 }, '"rows" must be an integer >= 1, got 0'],
    [2, 1.5, { seed: 1 }, '"d" must be an integer >= 1, got 1.5'],
    [2, 2, {}, '"seed" must be an integer'],
    [2, 2, { seed: 1, mode: 'max' }, '"mode" must be one of "mean", "sum", got "max"'],
    [2, 2, { seed: 1, weights: true }, '"weights" must be one of'],
    [2, 2, { seed: 1, std: -1 }, '"std" must be a finite number >= 0, got -1'],
    [2, 2, { seed: 1, wieghts: 'fixed' }, 'unknown option "wieghts". Hint: did you mean "weights"'],
  ])('refuses rows %j, d %j, options %j', (rows, d, options, message) => {
    const make = () => new EmbeddingBag(rows, d, options as { seed: number });
    expect(make).toThrow(/^E_OPTION EmbeddingBag: /);
    expect(make).toThrow(message);
  });
});

describe('embeddingBag refuses', () => {
  const HINT = ' Hint: encode texts with the vocabulary the table was made for.';

  it.each<[string, Bags, string]>([
    ['an id too large', { ids: [0, 6], offsets: [0, 2] }, `ids must be integers in [0, 6), got 6 at 1.${HINT}`],
    ['an id below 0', { ids: [-1], offsets: [0, 1] }, 'ids must be integers in [0, 6), got -1 at 0'],
    ['half an id', { ids: [0, 1.5], offsets: [0, 2] }, 'ids must be integers in [0, 2³¹), got 1.5 at 1'],
    ['an id that is NaN', { ids: [Number.NaN], offsets: [0, 1] }, 'ids must be integers in [0, 2³¹), got NaN at 0'],
    ['an id beyond 32 bits', { ids: [2 ** 32], offsets: [0, 1] }, 'got 4294967296 at 0'],
    ['no offsets', { ids: [], offsets: [] }, 'offsets must rise from 0 to 0, the number of ids, got undefined at 0'],
    [
      'offsets that start late',
      { ids: [1, 2], offsets: [1, 2] },
      'offsets must rise from 0 to 2, the number of ids, got 1',
    ],
    [
      'offsets that end early',
      { ids: [1, 2], offsets: [0, 1] },
      'offsets must rise from 0 to 2, the number of ids, got 1',
    ],
    ['offsets that end late', { ids: [1, 2], offsets: [0, 3] }, 'got 3 at 1'],
    ['offsets that fall', { ids: [1, 2], offsets: [0, 2, 1, 2] }, 'got 1 at 2'],
    ['offsets of floats', { ids: [1, 2], offsets: [0, 0.5, 2] }, 'offsets must be integers in [0, 2³¹), got 0.5 at 1'],
  ])('%s: E_SHAPE', (_, bags, message) => {
    const bag = new EmbeddingBag(ROWS, D, { seed: 1 });
    owner.step(() => {
      expect(() => bag.forward(bags)).toThrow(/^E_SHAPE embeddingBag: /);
      expect(() => bag.forward(bags)).toThrow(message);
    });
  });

  it('tables and weights that do not fit', () => {
    const { weight } = new EmbeddingBag(ROWS, D, { seed: 1 });
    const [alien] = sparseParameters(ROWS, [{ name: 'alien' }]) as [SparseParameter];
    owner.step(() => {
      const call = (table: Tensor, weights?: Tensor) => () =>
        embeddingBag(table as SparseParameter, BAGS, weights === undefined ? {} : { weights });
      expect(call(tensor([1, 2], [2, 1]))).toThrow(
        /^E_OPTION embeddingBag: "table" must have sparse gradients\. Hint: /,
      );
      expect(call(alien)).toThrow(/^E_SHAPE embeddingBag: "table" must be f32\[\?,\?\], got f32\[6\]/);
      expect(call(weight, tensor([1, 2]))).toThrow(/^E_SHAPE embeddingBag: "weights" must be f32\[6\], got f32\[2\]/);
      for (const strange of [alien, tensor(Array(ROWS).fill(1), [ROWS], { requiresGrad: true })]) {
        expect(call(weight, strange)).toThrow(/^E_OPTION embeddingBag: trainable "weights" must share the rows of/);
      }
      expect(call(weight, tensor(Array(ROWS).fill(2)))).not.toThrow();
      expect(() => embeddingBag(weight, BAGS, { mean: true } as object)).toThrow(
        /^E_OPTION embeddingBag: unknown option "mean"\. Hint: known are mode, weights/,
      );
    });
    expect(() => embeddingBag(weight, BAGS)).toThrow(/^E_STATE embeddingBag: operations run inside a step/);
  });
});

describe('sparseParameters', () => {
  it('refuses lengths that are none', () => {
    for (const rows of [0, -1, 1.5]) {
      expect(() => sparseParameters(rows, [{ name: 'table', shape: [2] }])).toThrow(
        /^E_SHAPE table: lengths must be integers >= 1, got \[/,
      );
    }
    expect(() => sparseParameters(2, [{ name: 'table', shape: [0] }])).toThrow(/^E_SHAPE table/);
  });

  it('share one set of slots, and give everything back', () => {
    const before = owner.arena.usedBytes;
    const bag = new EmbeddingBag(1000, D, { seed: 1, weights: 'learned' });
    expect(bag.weight.sparse).toBe(bag.featureWeights?.sparse);
    bag.free();
    expect(owner.arena.usedBytes).toBe(before);
  });
});
