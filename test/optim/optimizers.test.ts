/** AdamW and SGD over several steps against float64 references of torch.optim's formulas; groups and saved states. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { EmbeddingBag } from '../../src/nn/index.js';
import { AdamW, type AdamWOptions, type Optimizer, SGD, type SGDOptions } from '../../src/optim/index.js';
import { mul, parameter, type SparseParameter, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { expectClose } from '../support/close.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

const COUNT = 21;
const STEPS = 6;
const CLOSE = { relative: 5e-6, absolute: 2e-7 };

function make(name: string, count: number, seed: number): Tensor {
  const result = parameter([count], name);
  result.data.set(randomFloats(count, uniform(seed)));
  return result;
}

/** The gradient of a step is what the test says. */
const gradientOf = (step: number, count = COUNT) => randomFloats(count, uniform(100 + step));

/** State of one element. */
interface State {
  p: number;
  m: number;
  v: number;
}
type Rule = (state: State, g: number, step: number, lr: number, decay: number) => void;

function adamw({ betas: [b1, b2] = [0.9, 0.999], eps = 1e-8 }: AdamWOptions): Rule {
  return (s, g, step, lr, decay) => {
    s.p *= 1 - lr * decay;
    s.m = b1 * s.m + (1 - b1) * g;
    s.v = b2 * s.v + (1 - b2) * g * g;
    s.p -= ((lr / (1 - b1 ** step)) * s.m) / (Math.sqrt(s.v) / Math.sqrt(1 - b2 ** step) + eps);
  };
}

function sgd({ momentum = 0, nesterov = false }: SGDOptions): Rule {
  return (s, g, _, lr, decay) => {
    const step = g + decay * s.p;
    s.m = momentum * s.m + step;
    s.p -= lr * (momentum === 0 ? step : nesterov ? step + momentum * s.m : s.m);
  };
}

const CASES: [string, () => Rule, (params: Tensor[]) => Optimizer, number, number][] = [
  ['AdamW', () => adamw({}), (p) => new AdamW(p), 1e-3, 0.01],
  [
    'AdamW of other settings',
    () => adamw({ betas: [0.5, 0.9], eps: 0.1 }),
    (p) => new AdamW(p, { lr: 0.1, betas: [0.5, 0.9], eps: 0.1, weightDecay: 0.3 }),
    0.1,
    0.3,
  ],
  [
    'AdamW without momentum',
    () => adamw({ betas: [0, 0.99] }),
    (p) => new AdamW(p, { lr: 0.1, betas: [0, 0.99] }),
    0.1,
    0.01,
  ],
  ['SGD', () => sgd({ lr: 0.1 }), (p) => new SGD(p, { lr: 0.1 }), 0.1, 0],
  [
    'SGD with momentum and decay',
    () => sgd({ lr: 0.1, momentum: 0.9 }),
    (p) => new SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.2 }),
    0.1,
    0.2,
  ],
  [
    "SGD with Nesterov's momentum",
    () => sgd({ lr: 0.1, momentum: 0.8, nesterov: true }),
    (p) => new SGD(p, { lr: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.01 }),
    0.1,
    0.01,
  ],
];

const statesOf = (x: Tensor): State[] => Array.from(x.data, (p) => ({ p, m: 0, v: 0 }));

describe.each(CASES)('%s', (_, ruleOf, optimizerOf, lr, decay) => {
  it('follows float64 over several steps, dense', () => {
    const x = make('x', COUNT, 1);
    const [rule, optimizer, states] = [ruleOf(), optimizerOf([x]), statesOf(x)];
    for (let step = 1; step <= STEPS; step++) {
      const g = gradientOf(step);
      x.grad?.set(g);
      optimizer.step();
      states.forEach((state, i) => {
        rule(state, g[i] as number, step, lr, decay);
      });
      expectClose(
        x.data,
        states.map(({ p }) => p),
        CLOSE,
        `step ${step}`,
      );
    }
    expect(optimizer.steps).toBe(STEPS);
  });

  it('updates touched rows of a table only, their weights too, over two uses in a step', () => {
    const [rows, d] = [5, 3];
    const bag = new EmbeddingBag(rows, d, { seed: 1, std: 1, mode: 'sum', weights: 'learned' });
    const weights = bag.featureWeights as SparseParameter;
    weights.data.set(randomFloats(rows, uniform(7)));
    const [rule, optimizer] = [ruleOf(), optimizerOf(bag.parameters())];
    const [table, factors] = [statesOf(bag.weight), statesOf(weights)];
    const touched = [
      [0, 3],
      [3, 4],
      [0, 1],
      [4, 4],
    ];
    touched.forEach((ids, k) => {
      owner.step(() => {
        for (const id of ids) {
          const y = bag.forward({ ids: [id], offsets: [0, 1] });
          sum(mul(y, tensor(gradientOf(id, d), [1, d]))).backward();
        }
        const [dTable, dWeights] = [bag.weight.denseGrad(), weights.denseGrad()];
        optimizer.step();
        for (const id of new Set(ids)) {
          rule(factors[id] as State, dWeights[id] as number, k + 1, lr, decay);
          for (let j = 0; j < d; j++) rule(table[id * d + j] as State, dTable[id * d + j] as number, k + 1, lr, decay);
        }
      });
      const values = (states: State[]) => states.map(({ p }) => p);
      expectClose(bag.weight.data, values(table), { relative: 2e-5, absolute: 1e-6 }, `table, step ${k}`);
      expectClose(weights.data, values(factors), { relative: 2e-5, absolute: 1e-6 }, `weights, step ${k}`);
    });
    // Row 2 was never touched: not even decay reaches it.
    const fresh = new EmbeddingBag(rows, d, { seed: 1, std: 1 }).weight.data;
    expect(bag.weight.data.subarray(2 * d, 3 * d)).toEqual(fresh.subarray(2 * d, 3 * d));
  });

  it('goes on from a saved state with the same bits', () => {
    const [whole, half] = [make('whole', COUNT, 2), make('half', COUNT, 2)];
    const run = (optimizer: Optimizer, x: Tensor, from: number, to: number) => {
      for (let step = from; step <= to; step++) {
        x.grad?.set(gradientOf(step));
        optimizer.step();
      }
    };
    const [first, second] = [optimizerOf([whole]), optimizerOf([half])];
    run(first, whole, 1, 8);
    run(second, half, 1, 3);
    const third = optimizerOf([half]);
    third.loadStateDict(second.stateDict());
    expect([third.steps, third.stateDict()]).toEqual([3, second.stateDict()]);
    run(third, half, 4, 8);
    expect(half.toArray()).toEqual(whole.toArray());
    // And back to an earlier state.
    half.data.set(randomFloats(COUNT, uniform(2)));
    third.loadStateDict(optimizerOf([half]).stateDict());
    run(third, half, 1, 8);
    expect(half.toArray()).toEqual(whole.toArray());
  });
});

describe('groups', () => {
  it('have rates and decays of their own, and keep their ratio when the rate is set', () => {
    const [a, b] = [make('a', COUNT, 3), make('b', COUNT, 4)];
    const optimizer = new AdamW([{ params: [a] }, { params: [b], lr: 0.02, weightDecay: 0 }], {
      lr: 0.01,
      weightDecay: 0.5,
    });
    const [rule, sa, sb] = [adamw({}), statesOf(a), statesOf(b)];
    [0.01, 0.005, 0].forEach((lr, k) => {
      optimizer.lr = lr;
      const g = gradientOf(k);
      for (const x of [a, b]) x.grad?.set(g);
      optimizer.step();
      g.forEach((value, i) => {
        rule(sa[i] as State, value, k + 1, lr, 0.5);
        rule(sb[i] as State, value, k + 1, 2 * lr, 0);
      });
      for (const [x, states] of [
        [a, sa],
        [b, sb],
      ] as const) {
        expectClose(
          x.data,
          states.map(({ p }) => p),
          CLOSE,
        );
      }
    });
    expect(optimizer.groups.map(({ lrFactor, weightDecay }) => [lrFactor, weightDecay])).toEqual([
      [1, 0.5],
      [2, 0],
    ]);
  });

  it('of rate 0 stay where they are', () => {
    const [a, b] = [make('a', COUNT, 3), make('b', COUNT, 4)];
    const before = b.toArray();
    const optimizer = new SGD([{ params: [a] }, { params: [b], lr: 0 }], { lr: 0.1, momentum: 0.9 });
    for (const x of [a, b]) x.grad?.fill(1);
    optimizer.step();
    expect(b.toArray()).toEqual(before);
    expect(a.data[0]).not.toBe(before[0]);
  });
});
