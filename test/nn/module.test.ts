/** Modules: names, parameters, modes and states, and the containers that hold them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import {
  Dropout,
  EmbeddingBag,
  GELU,
  LayerNorm,
  Linear,
  Module,
  ReLU,
  Residual,
  Sequential,
  type StateValue,
} from '../../src/nn/index.js';
import { parameter, type Tensor, tensor } from '../../src/tensor/index.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

const mlp = () =>
  new Sequential(
    new Linear(3, 4, { seed: 1 }),
    new Residual(new Sequential(new GELU(), new Linear(4, 4, { seed: 2, bias: false }))),
    new LayerNorm(4),
  );

/** A module of the test's own that may name its parts badly. */
class Custom extends Module {
  constructor(parts: [string, Tensor | Module][]) {
    super();
    for (const [name, part] of parts) this.own(name, part);
  }
}

describe('Module', () => {
  it('names its tensors by their place, in the order of construction', () => {
    const names = ['0.weight', '0.bias', '1.body.1.weight', '2.weight', '2.bias'];
    const model = mlp();
    expect(model.namedTensors().map(([name]) => name)).toEqual(names);
    expect(model.namedParameters().map(([name]) => name)).toEqual(names);
    expect(model.namedTensors('encoder.')[0]?.[0]).toBe('encoder.0.weight');
    expect(model.parameters().map(({ shape }) => shape)).toEqual([[4, 3], [4], [4, 4], [4], [4]]);
  });

  it('counts a shared part once among its parameters, and leaves out what is not trainable', () => {
    const shared = new Linear(2, 2, { seed: 1 });
    const model = new Sequential(shared, new ReLU(), shared);
    expect(model.namedTensors()).toHaveLength(4);
    expect(model.namedParameters().map(([name]) => name)).toEqual(['0.weight', '0.bias']);
    const bag = new EmbeddingBag(5, 2, { seed: 1, weights: 'fixed' });
    expect(bag.namedTensors().map(([name]) => name)).toEqual(['weight', 'featureWeights']);
    expect(bag.parameters()).toEqual([bag.weight]);
    expect([...bag.stateDict().keys()]).toEqual(['weight', 'featureWeights']);
  });

  it('trains and evaluates with all its parts', () => {
    const drop = new Dropout({ p: 0.5, seed: 1 });
    const model = new Sequential(new Residual(drop), new ReLU());
    expect([model.training, drop.training]).toEqual([true, true]);
    expect(model.eval()).toBe(model);
    expect([model.training, drop.training]).toEqual([false, false]);
    expect(model.train()).toBe(model);
    expect(drop.training).toBe(true);
    expect(() => model.train('yes' as unknown as boolean)).toThrow(/^E_OPTION train: "mode" must be true or false/);
  });

  it('zeroes gradients and gives its memory back', () => {
    const before = owner.arena.usedBytes;
    const model = mlp();
    for (const { grad } of model.parameters()) grad?.fill(1);
    model.zeroGrad();
    expect(model.parameters().every(({ grad }) => grad?.every((x) => x === 0))).toBe(true);
    model.free();
    model.free();
    expect(owner.arena.usedBytes).toBe(before);
  });

  it('refuses parts without a usable name, and parts that are none', () => {
    const part = tensor([1]);
    for (const names of [[''], ['a.b'], ['a', 'a']]) {
      expect(() => new Custom(names.map((name) => [name, part]))).toThrow(
        /^E_OPTION Custom: the name of a part must be new, not empty and without dots, got "/,
      );
    }
    expect(() => new Custom([['a', 7 as unknown as Tensor]])).toThrow(
      /^E_OPTION Custom: part "a" must be a tensor or a module, got 7/,
    );
    expect(() => new Residual(undefined as unknown as Linear)).toThrow(/^E_OPTION Residual: part "body" must be/);
    expect(() => new Sequential(new ReLU(), 'relu' as unknown as ReLU)).toThrow(/^E_OPTION Sequential: part "1" must/);
  });
});

describe('stateDict', () => {
  it('is a copy that another module of the same make takes over', () => {
    const [source, target] = [mlp(), mlp()];
    for (const tensor of source.parameters()) tensor.data.set(tensor.data.map((_, i) => Math.sin(i)));
    const state = source.stateDict();
    source.parameters()[0]?.data.fill(9);
    target.loadStateDict(state);
    expect(target.stateDict()).toEqual(state);
    expect(target.parameters()[0]?.data[1]).toBe(Math.fround(Math.sin(1)));
  });

  it('may carry shapes', () => {
    const model = new Linear(2, 3, { seed: 1 });
    const state = new Map<string, StateValue>([
      ['weight', { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['bias', Float32Array.of(7, 8, 9)],
    ]);
    model.loadStateDict(state);
    expect([...model.weight.data, ...(model.bias as Tensor).data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  const WEIGHT = new Float32Array(6);
  const BIAS = new Float32Array(3);
  it.each<[string, [string, StateValue][], string]>([
    ['nothing', [], 'missing: "weight", "bias"'],
    ['a missing tensor', [['weight', WEIGHT]], 'missing: "bias"'],
    [
      'one too many',
      [
        ['weight', WEIGHT],
        ['bias', BIAS],
        ['extra', BIAS],
      ],
      'unexpected: "extra"',
    ],
    [
      'another name',
      [
        ['weight', WEIGHT],
        ['beta', BIAS],
      ],
      'missing: "bias"; unexpected: "beta"',
    ],
    [
      'another length',
      [
        ['weight', WEIGHT],
        ['bias', WEIGHT],
      ],
      '"bias" must hold 3 numbers, got 6',
    ],
    [
      'another shape',
      [
        ['weight', { shape: [2, 3], data: WEIGHT }],
        ['bias', { shape: [3, 1], data: BIAS }],
      ],
      '"weight" must be f32[3,2], got f32[2,3]; "bias" must be f32[3], got f32[3,1]',
    ],
    [
      'many strangers',
      Array.from({ length: 12 }, (_, i) => [`x${i}`, BIAS]),
      'unexpected: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", and 4 more',
    ],
  ])('with %s is refused, and nothing changes', (_, entries, message) => {
    const model = new Linear(2, 3, { seed: 1 });
    const before = model.stateDict();
    const load = () => model.loadStateDict(new Map(entries));
    expect(load).toThrow(/^E_CHECKPOINT loadStateDict: the tensors must be those of this module, but /);
    expect(load).toThrow(message);
    expect(load).toThrow(/Hint: make the module with the options the checkpoint was made with\.$/);
    expect(model.stateDict()).toEqual(before);
  });

  it('with a shape its numbers do not fill is refused', () => {
    const model = new LayerNorm(3);
    const state = new Map<string, StateValue>([
      ['weight', { shape: [3], data: new Float32Array(2) }],
      ['bias', BIAS],
    ]);
    expect(() => model.loadStateDict(state)).toThrow('"weight" must hold 3 numbers, got 2');
  });
});

describe('containers', () => {
  it('chain layers, and add their input', () => {
    const double = new Linear(2, 2, { seed: 1, bias: false });
    double.weight.data.set([2, 0, 0, 2]);
    const x = tensor([1, -3], [1, 2]);
    owner.step(() => {
      expect([...new Sequential(double, new ReLU(), double).forward(x).data]).toEqual([4, 0]);
      expect([...new Residual(new Sequential(double, new ReLU())).forward(x).data]).toEqual([3, -3]);
    });
  });

  it('take bags at the front', () => {
    const model = new Sequential(new EmbeddingBag(4, 3, { seed: 1 }), new Linear(3, 2, { seed: 2 }));
    owner.step(() => expect(model.forward({ ids: [0, 1, 2], offsets: [0, 2, 3] }).shape).toEqual([2, 2]));
  });

  it('refuse a residual body that changes the shape', () => {
    const body = new Residual(new Linear(2, 3, { seed: 1 }));
    owner.step(() => {
      expect(() => body.forward(tensor([1, 2], [1, 2]))).toThrow(
        /^E_SHAPE add: "b" must be f32\[1,2\], got f32\[1,3\]\. Hint: both sides need the same shape/,
      );
    });
  });
});

describe('construction inside a step', () => {
  it('is E_STATE', () => {
    owner.step(() => {
      for (const make of [() => new Linear(2, 2, { seed: 1 }), () => new LayerNorm(2), () => parameter([1], 'p')]) {
        expect(make).toThrow(/^E_STATE \w+: a parameter must outlive the step/);
      }
      expect(() => new EmbeddingBag(2, 2, { seed: 1 })).toThrow(/^E_STATE weight: a parameter must outlive the step/);
    });
  });
});
