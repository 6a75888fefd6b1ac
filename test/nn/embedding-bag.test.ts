/** Embedding bags with sparse gradients: values, gradients over several uses and bags, learned weights, and refusals. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { type Bags, EmbeddingBag, embeddingBag } from '../../src/nn/index.js';
import {
  gradcheck,
  mul,
  parameter,
  type SparseParameter,
  scale,
  sparseParameters,
  sum,
  type Tensor,
  tensor,
} from '../../src/tensor/index.js';
import { expectClose } from '../support/close.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

const ROWS = 6;
const D = 5;
/** A repeated id within a text, a shared one between texts, an empty text. */
const FIRST: Bags = { ids: [4, 1, 1, 0, 4, 4], offsets: [0, 3, 3, 6] };
/** Meets rows of the first and new ones. */
const SECOND: Bags = { ids: [5, 1, 2], offsets: [0, 1, 3] };

interface Use {
  bags: Bags;
  /** Upstream gradient f32[texts, d]. */
  g: Float32Array;
}

/** Values and gradients of Σ g·bag(…) of several uses, in float64. */
function reference(
  table: Float32Array,
  weights: Float32Array | null,
  mode: 'mean' | 'sum',
  uses: readonly Use[],
  d = D,
) {
  const outputs: Float64Array[] = [];
  const dTable = new Float64Array(table.length);
  const dWeights = new Float64Array(table.length / d);
  for (const { bags, g } of uses) {
    const texts = bags.offsets.length - 1;
    const out = new Float64Array(texts * d);
    for (let t = 0; t < texts; t++) {
      const [begin, end] = [bags.offsets[t] as number, bags.offsets[t + 1] as number];
      const c = mode === 'mean' ? 1 / (end - begin) : 1;
      for (let i = begin; i < end; i++) {
        const id = bags.ids[i] as number;
        const w = weights?.[id] ?? 1;
        for (let j = 0; j < d; j++) {
          const upstream = c * (g[t * d + j] as number);
          out[t * d + j]! += c * w * (table[id * d + j] as number);
          dTable[id * d + j]! += w * upstream;
          dWeights[id]! += upstream * (table[id * d + j] as number);
        }
      }
    }
    outputs.push(out);
  }
  return { outputs, dTable, dWeights };
}

const use = (bags: Bags, seed: number, d = D): Use => ({
  bags,
  g: randomFloats((bags.offsets.length - 1) * d, uniform(seed)),
});

/** Σ g·y of one use. */
const weigh = (y: Tensor, { g }: Use) => sum(mul(y, tensor(g, y.shape)));

describe('values and gradients', () => {
  for (const mode of ['mean', 'sum'] as const) {
    for (const weights of ['none', 'fixed', 'learned'] as const) {
      it(`of mode ${mode} with weights ${weights}, over two uses of one table in a step`, () => {
        const bag = new EmbeddingBag(ROWS, D, { seed: 3, mode, weights, std: 1 });
        bag.featureWeights?.data.set(randomFloats(ROWS, uniform(4)));
        const uses = [use(FIRST, 5), use(SECOND, 6), use(FIRST, 7)];
        const exact = reference(bag.weight.toArray(), bag.featureWeights?.toArray() ?? null, mode, uses);
        owner.step(() => {
          for (const [k, each] of uses.entries()) {
            const y = bag.forward(each.bags);
            expectClose(y.data, exact.outputs[k] as Float64Array, { relative: 1e-6 }, `use ${k}`);
            weigh(y, each).backward();
          }
          expect(bag.weight.sparse.touched).toBe(5);
          expectClose(bag.weight.denseGrad(), exact.dTable, { relative: 1e-6 }, 'table');
          const dWeights = weights === 'learned' ? exact.dWeights : new Float64Array(ROWS);
          if (bag.featureWeights !== null) expectClose(bag.featureWeights.denseGrad(), dWeights, {}, 'weights');
        });
        expect(bag.weight.sparse.touched).toBe(0);
      });
    }
  }

  it('pass gradcheck', () => {
    const bag = new EmbeddingBag(ROWS, D, { seed: 3, weights: 'learned', std: 1 });
    const factors = tensor(use(FIRST, 8).g, [3, D]);
    const work = () => {
      const y = bag.forward(FIRST);
      return sum(mul(mul(y, y), factors));
    };
    const result = gradcheck(work, [bag.weight, bag.featureWeights as SparseParameter]);
    expect(result).toMatchObject({ ok: true, checked: ROWS * D + ROWS });
  });

  it('of two tables in one step do not mix', () => {
    const [a, b] = [new EmbeddingBag(ROWS, D, { seed: 1, std: 1 }), new EmbeddingBag(ROWS, D, { seed: 2, std: 1 })];
    const [first, second] = [use(FIRST, 9), use(SECOND, 10)];
    owner.step(() => {
      const [x, y] = [weigh(a.forward(FIRST), first), weigh(b.forward(SECOND), second)];
      mul(x, y).backward();
      const scaled = ({ g, bags }: Use, by: number): Use => ({ bags, g: g.map((v) => v * by) });
      const ga = reference(a.weight.toArray(), null, 'mean', [scaled(first, y.item())]).dTable;
      const gb = reference(b.weight.toArray(), null, 'mean', [scaled(second, x.item())]).dTable;
      expectClose(a.weight.denseGrad(), ga);
      expectClose(b.weight.denseGrad(), gb);
    });
  });

  it('are those of float64 for any bags', () => {
    const bag = new EmbeddingBag(ROWS, 33, { seed: 3, weights: 'learned', std: 1 });
    bag.featureWeights?.data.set(randomFloats(ROWS, uniform(11)));
    const texts = fc.array(fc.array(fc.nat(ROWS - 1), { maxLength: 6 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.constantFrom<('mean' | 'sum')[]>('mean', 'sum'), (lists, mode) => {
        const offsets = [0];
        for (const list of lists) offsets.push((offsets.at(-1) as number) + list.length);
        const each = use({ ids: lists.flat(), offsets }, lists.length, 33);
        const weights = bag.featureWeights as SparseParameter;
        const exact = reference(bag.weight.toArray(), weights.toArray(), mode, [each], 33);
        owner.step(() => {
          const y = embeddingBag(bag.weight, each.bags, { mode, weights });
          expectClose(y.data, exact.outputs[0] as Float64Array);
          weigh(y, each).backward();
          expectClose(bag.weight.denseGrad(), exact.dTable);
          expectClose(weights.denseGrad(), exact.dWeights, { absolute: 1e-5 });
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('parameters that share rows', () => {
  it('may stand in any order, and those an op does not write stay zero', () => {
    const [weights, table, other] = sparseParameters(ROWS, [
      { name: 'weights' },
      { name: 'table', shape: [D] },
      { name: 'other', shape: [3] },
    ]) as [SparseParameter, SparseParameter, SparseParameter];
    const values = randomFloats(ROWS * D, uniform(12));
    const factors = randomFloats(ROWS, uniform(13));
    table.data.set(values);
    weights.data.set(factors);
    const each = use(FIRST, 14);
    const wide = use(SECOND, 15, 3);
    const exact = reference(values, factors, 'mean', [each]);
    // What the memory held before must not matter.
    owner.step(() => owner.f32.fill(7, owner.arena.stack(2 ** 16, 'dirt') / 4));
    owner.step(() => {
      weigh(embeddingBag(table, FIRST, { weights }), each).backward();
      expectClose(table.denseGrad(), exact.dTable, {}, 'table');
      expectClose(weights.denseGrad(), exact.dWeights, {}, 'weights');
      expect(other.denseGrad().every((x) => x === 0)).toBe(true);
      weigh(embeddingBag(other, SECOND), wide).backward();
      expectClose(other.denseGrad(), reference(new Float32Array(ROWS * 3), null, 'mean', [wide], 3).dTable);
      expectClose(table.denseGrad(), exact.dTable, {}, 'table, again');
      expectClose(weights.denseGrad(), exact.dWeights, {}, 'weights, again');
    });
  });
});

describe('sparse gradients', () => {
  it('can be forgotten within a step', () => {
    const bag = new EmbeddingBag(ROWS, D, { seed: 1, std: 1 });
    const each = use(FIRST, 16);
    owner.step(() => {
      weigh(bag.forward(SECOND), use(SECOND, 17)).backward();
      bag.zeroGrad();
      expect(bag.weight.denseGrad().every((x) => x === 0)).toBe(true);
      weigh(bag.forward(FIRST), each).backward();
      expectClose(bag.weight.denseGrad(), reference(bag.weight.toArray(), null, 'mean', [each]).dTable);
    });
  });

  it('leave no trace of a step that failed', () => {
    const bag = new EmbeddingBag(ROWS, D, { seed: 1, std: 1 });
    const each = use(SECOND, 18);
    const fail = () =>
      owner.step(() => {
        sum(bag.forward(FIRST)).backward();
        throw new Error('stop');
      });
    expect(fail).toThrow('stop');
    owner.step(() => {
      weigh(bag.forward(SECOND), each).backward();
      expectClose(bag.weight.denseGrad(), reference(bag.weight.toArray(), null, 'mean', [each]).dTable);
    });
  });

  it('are never dense: another op than a bag is E_STATE', () => {
    const bag = new EmbeddingBag(ROWS, D, { seed: 1 });
    expect(bag.weight.grad).toBeNull();
    owner.step(() => {
      expect(() => sum(scale(bag.weight, 2)).backward()).toThrow(
        /^E_STATE weight: a table has gradients for touched rows only, .* Hint: use it through embeddingBag\(\)/,
      );
    });
  });
});

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
        embeddingBag(table as SparseParameter, FIRST, weights === undefined ? {} : { weights });
      expect(call(tensor([1, 2], [2, 1]))).toThrow(
        /^E_OPTION embeddingBag: "table" must have sparse gradients\. Hint: /,
      );
      expect(call(alien)).toThrow(/^E_SHAPE embeddingBag: "table" must be f32\[\?,\?\], got f32\[6\]/);
      expect(call(weight, tensor([1, 2]))).toThrow(/^E_SHAPE embeddingBag: "weights" must be f32\[6\], got f32\[2\]/);
      for (const strange of [alien, tensor(Array(ROWS).fill(1), [ROWS], { requiresGrad: true })]) {
        expect(call(weight, strange)).toThrow(/^E_OPTION embeddingBag: trainable "weights" must share the rows of/);
      }
      expect(call(weight, tensor(Array(ROWS).fill(2)))).not.toThrow();
      expect(() => embeddingBag(weight, FIRST, { mean: true } as object)).toThrow(
        /^E_OPTION embeddingBag: unknown option "mean"\. Hint: did you mean "mode"/,
      );
    });
    expect(() => embeddingBag(weight, FIRST)).toThrow(/^E_STATE embeddingBag: operations run inside a step/);
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
    parameter([1], 'next').free();
  });
});
