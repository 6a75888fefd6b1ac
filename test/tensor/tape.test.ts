/** The tape, with losses and with a small op of the test's own. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { infoNCE } from '../../src/losses/index.js';
import {
  mustHaveShape,
  noGrad,
  output,
  parameter,
  record,
  scalarGrad,
  type Tensor,
  tensor,
  wantsGrad,
} from '../../src/tensor/index.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

const A = [1, 2, -1, 0.5, 3, 1];
const B = [2, 1, 0, 1, -1, 2];
const OPTIONS = { temperature: 0.5 };

/** factor·x of scalars. */
function times(x: Tensor, factor: number): Tensor {
  const y = output([x], [], 'times');
  y.data[0] = x.item() * factor;
  record(y, () => {
    const upstream = scalarGrad(y) * factor;
    const at = x.gradPointer / 4;
    x.engine.f32[at] = (x.engine.f32[at] as number) + upstream;
  });
  return y;
}

describe('backward', () => {
  it('sends gradients through a chain, and adds where a tensor is used twice', () => {
    owner.step(() => {
      const x = tensor([3], [], { requiresGrad: true });
      const y = times(times(x, 2), -5);
      y.backward();
      expect([y.item(), x.grad?.[0]]).toEqual([-30, -10]);
      times(x, 4).backward();
      expect(x.grad?.[0]).toBe(-6);
    });
  });

  it('reaches parameters inside a step, without an optimiser too, and adds up over steps', () => {
    const a = parameter([3, 2], 'a');
    a.data.set(A);
    const b = tensor(B, [3, 2]);
    const once = () => owner.step(() => infoNCE(a, b, OPTIONS).backward());
    once();
    const first = a.grad?.slice() as Float32Array;
    expect(first.some((x) => x !== 0)).toBe(true);
    once();
    expect([...(a.grad as Float32Array)]).toEqual([...first].map((x) => 2 * x));
    a.zeroGrad();
    once();
    expect(a.grad).toEqual(first);
  });

  it('scales by what comes from above', () => {
    const gradient = (factor: number) =>
      owner.step(() => {
        const a = tensor(A, [3, 2], { requiresGrad: true });
        const temperature = tensor([0.5], [], { requiresGrad: true });
        times(infoNCE(a, tensor(B, [3, 2]), { temperature }), factor).backward();
        return [...(a.grad as Float32Array), temperature.grad?.[0] as number];
      });
    const [plain, doubled] = [gradient(1), gradient(-2)];
    expect(doubled).toEqual(plain.map((x) => -2 * x));
  });

  it('finds its gradients also where making room for them grows the memory', () => {
    const gradient = (full: boolean) =>
      owner.step(() => {
        const a = tensor(A, [3, 2], { requiresGrad: true });
        const loss = infoNCE(a, tensor(B, [3, 2]), OPTIONS);
        if (full) owner.arena.stack(owner.arena.memory.buffer.byteLength - owner.arena.usedBytes, 'the rest');
        loss.backward();
        return [...(a.grad as Float32Array)];
      });
    const expected = gradient(false);
    expect(expected.some((x) => x !== 0)).toBe(true);
    expect(gradient(true)).toEqual(expected);
  });

  it('is for once: the second time is E_STATE', () => {
    owner.step(() => {
      const loss = infoNCE(tensor(A, [3, 2], { requiresGrad: true }), tensor(B, [3, 2]), OPTIONS);
      loss.backward();
      expect(() => loss.backward()).toThrow(
        /^E_STATE backward: "infoNCE" was not computed from a tensor that requires/,
      );
    });
  });

  it('is for recorded ops of the running step: otherwise E_STATE', () => {
    const code =
      /^E_STATE backward: .* Hint: call backward\(\) inside the step that computed it, once, and not under noGrad/;
    const loss = owner.step(() => {
      const plain = infoNCE(tensor(A, [3, 2]), tensor(B, [3, 2]), OPTIONS);
      expect(() => plain.backward()).toThrow(code);
      const a = tensor(A, [3, 2], { requiresGrad: true });
      expect(() => noGrad(() => infoNCE(a, a, OPTIONS)).backward()).toThrow(code);
      return infoNCE(a, a, OPTIONS);
    });
    expect(() => loss.backward()).toThrow(code);
    owner.step(() => expect(() => loss.backward()).toThrow(code));
  });

  it('does not run what no gradient reached', () => {
    owner.step(() => {
      const x = tensor([1], [], { requiresGrad: true });
      const unused = output([x], [], 'unused');
      const never = vi.fn();
      record(unused, never);
      times(x, 3).backward();
      expect(never).not.toHaveBeenCalled();
      expect(x.grad?.[0]).toBe(3);
    });
  });

  it('forgets a step that failed', () => {
    const x = tensor([1], [], { requiresGrad: true });
    expect(() =>
      owner.step(() => {
        times(x, 2);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    owner.step(() => times(x, 3).backward());
    expect(x.grad?.[0]).toBe(3);
  });
});

describe('noGrad', () => {
  it('records nothing, also where its work throws or is nested', () => {
    owner.step(() => {
      const x = tensor([1], [], { requiresGrad: true });
      expect(wantsGrad(x)).toBe(true);
      noGrad(() => {
        expect(wantsGrad(x)).toBe(false);
        noGrad(() => 0);
        expect(wantsGrad(x)).toBe(false);
        expect(times(x, 2).requiresGrad).toBe(false);
      });
      expect(() =>
        noGrad(() => {
          throw new Error('stop');
        }),
      ).toThrow('stop');
      expect(wantsGrad(x)).toBe(true);
      expect(wantsGrad(tensor([1]))).toBe(false);
      expect(noGrad(() => 'result')).toBe('result');
    });
  });

  it('gives the same loss, in less memory', () => {
    const [a, b] = [tensor(A, [3, 2], { requiresGrad: true }), tensor(B, [3, 2])];
    const used = (work: () => number) => owner.step(() => [work(), owner.arena.usedBytes] as const);
    const [loss, memory] = used(() => infoNCE(a, b, OPTIONS).item());
    const [same, less] = used(() => noGrad(() => infoNCE(a, b, OPTIONS).item()));
    expect(same).toBe(loss);
    expect(less).toBeLessThan(memory);
  });
});

describe('an op', () => {
  it('outside a step is E_STATE', () => {
    const a = tensor(A, [3, 2]);
    expect(() => infoNCE(a, a, OPTIONS)).toThrow(
      /^E_STATE infoNCE: operations run inside a step\. Hint: wrap the work in engine\.step/,
    );
  });

  it('on tensors of two engines is E_STATE', async () => {
    const a = tensor(A, [3, 2]);
    const second = await init({});
    const b = tensor(A, [3, 2]);
    for (const [engine, x, y] of [
      [owner, a, b],
      [second, b, a],
    ] as const) {
      expect(() => engine.step(() => infoNCE(x, y, OPTIONS))).toThrow(
        /^E_STATE infoNCE: its inputs belong to two engines/,
      );
    }
  });

  it('on a wrong shape is E_SHAPE, with what was expected', () => {
    const x = tensor([1, 2, 3, 4], [2, 2]);
    expect(() => mustHaveShape('op', 'x', x, [2, 2])).not.toThrow();
    expect(() => mustHaveShape('op', 'x', x, [null, 2])).not.toThrow();
    expect(() => mustHaveShape('op', 'x', x, [null, 3], 'look')).toThrow(
      /^E_SHAPE op: "x" must be f32\[\?,3\], got f32\[2,2\]\. Hint: look\.$/,
    );
    expect(() => mustHaveShape('op', 'x', x, [4])).toThrow(/^E_SHAPE op: "x" must be f32\[4\], got f32\[2,2\]\.$/);
  });
});
