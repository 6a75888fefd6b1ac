/** What optimisers need, refuse and store. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { EmbeddingBag, Linear } from '../../src/nn/index.js';
import { AdamW, SGD, type SGDOptions } from '../../src/optim/index.js';
import { parameter, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

function make(name: string, count: number, seed: number): Tensor {
  const result = parameter([count], name);
  result.data.set(randomFloats(count, uniform(seed)));
  return result;
}

describe('an optimiser', () => {
  it('zeroes gradients, dense and sparse, and gives its state back', () => {
    const [layer, bag] = [new Linear(3, 3, { seed: 1 }), new EmbeddingBag(4, 3, { seed: 1 })];
    const before = owner.arena.usedBytes;
    const optimizer = new AdamW([...layer.parameters(), ...bag.parameters()]);
    expect(owner.arena.usedBytes).toBeGreaterThan(before);
    owner.step(() => {
      sum(layer.forward(bag.forward({ ids: [1], offsets: [0, 1] }))).backward();
      expect(bag.weight.sparse.touched).toBe(1);
      optimizer.zeroGrad();
      expect(bag.weight.sparse.touched).toBe(0);
      expect(layer.weight.grad?.every((g) => g === 0)).toBe(true);
    });
    optimizer.free();
    expect(owner.arena.usedBytes).toBe(before);
  });

  it('counts steps beyond the integers of float32', () => {
    const optimizer = new AdamW([make('x', 1, 1)]);
    const state = optimizer.stateDict();
    state.set('step', Float32Array.of(5, 3));
    optimizer.loadStateDict(state);
    expect(optimizer.steps).toBe(3 * 2 ** 24 + 5);
    expect(optimizer.stateDict().get('step')).toEqual(Float32Array.of(5, 3));
  });

  it('is made outside a step: E_STATE', () => {
    const x = make('x', 2, 1);
    owner.step(() => {
      for (const work of [() => new AdamW([x]), () => new SGD([x], { lr: 0.1, momentum: 0.5 })]) {
        expect(work).toThrow(
          /^E_STATE (AdamW|SGD): the state of an optimiser must outlive the step, .* Hint: create optimisers before/,
        );
      }
    });
  });

  it('steps inside the step of sparse gradients: E_STATE, and nothing is counted', () => {
    const bag = new EmbeddingBag(4, 3, { seed: 1 });
    const optimizer = new AdamW(bag.parameters());
    expect(() => optimizer.step()).toThrow(
      /^E_STATE AdamW\.step: the gradients of "weight" are sparse and ended with the step.* Hint: call optimizer\.step/,
    );
    expect(optimizer.steps).toBe(0);
  });

  it.each<[unknown, string]>([
    [[], 'at least one parameter is needed, got none'],
    [[{ params: [] }], 'at least one parameter is needed, got none'],
    [
      ['x', 'x'],
      'parameters must be trainable tensors, each given once, got "x" twice. Hint: pass module.parameters()',
    ],
    [['fixed'], 'parameters must be trainable tensors, each given once, got "fixed"'],
    [[{ params: ['x'] }, { params: ['x'] }], 'got "x" twice'],
    [[{ params: [3] }], 'got 3'],
    [[{}], 'parameters must be trainable tensors'],
    [[null], 'got null'],
    [['x', { params: ['y'] }], 'got "x"'],
    [[{ params: ['x'], lr: -1 }], '"lr" must be a finite number >= 0, got -1'],
    [[{ params: ['x'], weightDecay: Number.NaN }], '"weightDecay" must be'],
    [[{ params: ['x'], decay: 1 }], 'unknown option "decay"'],
  ])('refuses parameters %j', (given, message) => {
    const tensors: Record<string, Tensor> = {
      x: make('x', 2, 1),
      y: make('y', 2, 1),
      fixed: tensor([1], [1], { name: 'fixed' }),
    };
    const fill = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(fill);
      if (typeof value === 'string') return tensors[value];
      return value !== null && typeof value === 'object' && 'params' in value
        ? { ...value, params: fill(value.params) }
        : value;
    };
    const work = () => new SGD(fill(given) as Tensor[], { lr: 0.1 });
    expect(work).toThrow(/^E_OPTION SGD: /);
    expect(work).toThrow(message);
  });

  it.each<[object, string]>([
    [{ lr: 0 }, '"lr" must be a finite number > 0, got 0'],
    [{ betas: [0.9] }, '"betas" must be two numbers, got 0.9'],
    [{ betas: 0.9 }, '"betas" must be two numbers, got 0.9'],
    [{ betas: [1, 0.9] }, '"betas[0]" must be a finite number >= 0 and < 1, got 1'],
    [{ betas: [0.9, -1] }, '"betas[1]" must be'],
    [{ eps: -1 }, '"eps" must be a finite number >= 0, got -1'],
    [{ weightDecay: '1' }, '"weightDecay" must be a finite number >= 0, got "1"'],
    [{ weight_decay: 1 }, 'unknown option "weight_decay". Hint: did you mean "weightDecay"'],
  ])('AdamW refuses %j', (options, message) => {
    const work = () => new AdamW([make('x', 1, 1)], options);
    expect(work).toThrow(/^E_OPTION AdamW: /);
    expect(work).toThrow(message);
  });

  it.each<[object, string]>([
    [{}, '"lr" must be a finite number > 0, got undefined'],
    [{ lr: 1, momentum: 1 }, '"momentum" must be a finite number >= 0 and < 1, got 1'],
    [{ lr: 1, nesterov: true }, '"nesterov" needs a momentum above 0, got 0'],
    [{ lr: 1, nesterov: 1 }, '"nesterov" must be true or false, got 1'],
    [{ lr: 1, betas: [0, 0] }, 'unknown option "betas"'],
  ])('SGD refuses %j', (options, message) => {
    const work = () => new SGD([make('x', 1, 1)], options as SGDOptions);
    expect(work).toThrow(/^E_OPTION SGD: /);
    expect(work).toThrow(message);
  });

  it('refuses rates below 0', () => {
    const optimizer = new AdamW([make('x', 1, 1)]);
    expect(() => {
      optimizer.lr = -1;
    }).toThrow(/^E_OPTION AdamW: "lr" must be a finite number >= 0, got -1/);
    expect(optimizer.lr).toBe(1e-3);
  });
});

describe('a state that does not fit', () => {
  const THREE = new Float32Array(3);
  it.each<[string, (state: Map<string, Float32Array>) => void, string]>([
    ['lacks the count', (s) => s.delete('step'), '"step" must hold 2 numbers, got nothing'],
    ['lacks a moment', (s) => s.delete('0.exp_avg_sq'), '"0.exp_avg_sq" must hold 3 numbers, got nothing'],
    ['has another length', (s) => s.set('0.exp_avg', new Float32Array(2)), '"0.exp_avg" must hold 3 numbers, got 2'],
    ['is of more parameters', (s) => s.set('1.exp_avg', THREE), '"1.exp_avg" is not expected'],
    ['counts backwards', (s) => s.set('step', Float32Array.of(-1, 0)), '"step" must be a count, got -1'],
    ['counts halves', (s) => s.set('step', Float32Array.of(0.5, 0)), '"step" must be a count, got 0.5'],
    ['counts NaN', (s) => s.set('step', Float32Array.of(Number.NaN, 0)), '"step" must be a count, got NaN'],
  ])('since it %s is refused, and nothing changes', (_, spoil, message) => {
    const optimizer = new AdamW([make('x', 3, 1)]);
    const before = optimizer.stateDict();
    const state = new Map([...before].map(([name, values]) => [name, values.map(() => 1)]));
    spoil(state);
    const load = () => optimizer.loadStateDict(state);
    expect(load).toThrow(/^E_CHECKPOINT AdamW\.loadStateDict: /);
    expect(load).toThrow(message);
    expect(optimizer.stateDict()).toEqual(before);
  });
});
