/** Embedding bags with sparse gradients: values, gradients over several uses and bags, learned weights. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { type Bags, EmbeddingBag, embeddingBag } from '../../src/nn/index.js';
import {
  gradcheck,
  mul,
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
