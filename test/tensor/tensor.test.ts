/** Tensors: shapes, lifetimes, gradients beside the numbers. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { parameter, shapeText, type Tensor, tensor } from '../../src/tensor/index.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

/** Leaves no byte of the memory unused, so that the next allocation makes it grow. */
function fillMemory(): void {
  owner.arena.stack(owner.arena.memory.buffer.byteLength - owner.arena.usedBytes, 'the rest');
}

describe('tensor', () => {
  it('copies numbers and takes one axis by default', () => {
    const values = [1, 2, 3, 4, 5, 6];
    const flat = tensor(values);
    expect([flat.shape, flat.length, flat.requiresGrad, flat.name]).toEqual([[6], 6, false, 'tensor']);
    const matrix = tensor(Float64Array.from(values), [2, 3], { requiresGrad: true, name: 'm' });
    values[0] = 99;
    expect([...flat.toArray()]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...matrix.data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([matrix.requiresGrad, matrix.name, shapeText(matrix.shape)]).toEqual([true, 'm', 'f32[2,3]']);
    expect(flat.pointer % 16).toBe(0);
  });

  it('holds scalars and nothing at all', () => {
    expect(tensor([2.5], []).item()).toBe(2.5);
    expect(tensor([7], [1, 1]).item()).toBe(7);
    expect(tensor([], [0, 4]).length).toBe(0);
    expect(shapeText([])).toBe('f32[]');
  });

  it('copies the numbers of another tensor, also where making room grows the memory', () => {
    owner.step(() => {
      const first = tensor([1, 2, 3]);
      fillMemory();
      const second = tensor(first.data);
      expect([...second.data]).toEqual([1, 2, 3]);
      expect([...first.data]).toEqual([1, 2, 3]);
    });
  });

  it('refuses numbers that do not fill the shape, and lengths that are none', () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(/^E_SHAPE tensor: f32\[2,2\] holds 4 numbers, got 3\.$/);
    for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => tensor([1], [bad])).toThrow(/^E_SHAPE tensor: lengths must be integers >= 0, got \[/);
      expect(() => parameter([2, bad], 'weight')).toThrow(/^E_SHAPE weight: lengths must be integers >= 0/);
    }
  });

  it('refuses item() and backward() of more than one number', () => {
    const pair = tensor([1, 2], [2], { name: 'pair' });
    expect(() => pair.item()).toThrow(/^E_SHAPE item: "pair" must hold one number, got f32\[2\]/);
    expect(() => pair.backward()).toThrow(/^E_SHAPE backward: "pair" must be a scalar, got f32\[2\]\. Hint: /);
  });
});

describe('lifetimes', () => {
  it('end with the step for what was made inside, and not for what was made outside', () => {
    const outside = tensor([1, 2, 3]);
    const used = owner.arena.usedBytes;
    const places = [0, 1].map((round) =>
      owner.step(() => {
        const inside = tensor(Array(100).fill(round), [100], { requiresGrad: true });
        inside.gradPointer;
        inside.free();
        return inside.pointer;
      }),
    );
    expect(places[0]).toBe(places[1]);
    expect(owner.arena.usedBytes).toBe(used);
    expect([...outside.data]).toEqual([1, 2, 3]);
  });

  it('end with free() for a parameter, its gradient included; a second free() does nothing', () => {
    const before = owner.arena.usedBytes;
    const weight = parameter([10, 10], 'weight');
    weight.gradPointer;
    const used = owner.arena.usedBytes;
    expect(used).toBeGreaterThan(before + 800);
    weight.free();
    weight.free();
    expect(owner.arena.usedBytes).toBe(before);
    parameter([10, 10], 'again');
    expect(owner.arena.usedBytes).toBe(used);
  });

  it('start outside a step for parameters: E_STATE', () => {
    expect(() => owner.step(() => parameter([2], 'late'))).toThrow(
      /^E_STATE late: a parameter must outlive the step, but was created inside it\. Hint: create modules before/,
    );
  });
});

describe('gradients', () => {
  const sum = (x: Tensor) => x.grad?.reduce((total, value) => total + value, 0);

  it('of parameters have their room from the start, zeroed', () => {
    const first = parameter([3, 3], 'first');
    first.grad?.fill(5);
    first.free();
    const weight = parameter([3, 3], 'weight');
    expect([...weight.data, ...(weight.grad as Float32Array)]).toEqual(Array(18).fill(0));
    expect(tensor([1, 2], [2], { requiresGrad: true }).grad).toEqual(new Float32Array(2));
    expect(tensor([1, 2]).grad).toBeNull();
  });

  it('are zeroed on first use and by zeroGrad()', () => {
    owner.step(() => {
      const dirty = owner.stackF32(1000, 'dirty');
      owner.f32.fill(7, dirty / 4, dirty / 4 + 1000);
    });
    owner.step(() => {
      const x = tensor([1, 2, 3], [3], { requiresGrad: true });
      expect(x.grad).toBeNull();
      x.zeroGrad();
      expect(x.grad).toBeNull();
      x.gradPointer;
      expect(sum(x)).toBe(0);
      x.grad?.fill(2);
      expect(sum(x)).toBe(6);
      x.zeroGrad();
      expect(sum(x)).toBe(0);
    });
  });
});
