/** One update of AdamW and SGD against float64, dense and by rows. Schedules of several steps are in test/optim. */
import { describe, expect, it } from 'vitest';
import { expectClose, SIZES } from '../support/close.js';
import { type Bench, onCore, randomFloats, uniform } from '../support/core.js';

const CLOSE = { relative: 4e-7, absolute: 1e-7 };
const IDS = [4, 0, 5];
const ROWS = 7;

const draw = (count: number, seed: number) => randomFloats(count, uniform(seed));

/** Adamw's constants: decay, 1 − β₁, 1 − β₂, step, root and ε. */
const ADAMW = [0.999, 0.1, 0.001, 0.05, 4, 1e-8] as const;

function adamwReference(p: number, g: number, m: number, v: number): [p: number, m: number, v: number] {
  const [decay, share1, share2, step, root, epsilon] = ADAMW;
  const first = m + share1 * (g - m);
  const second = v + share2 * (g * g - v);
  return [decay * p - (step * first) / (Math.sqrt(second) * root + epsilon), first, second];
}

type SgdCase = [momentum: number, nesterov: 0 | 1, decay: number];
const LR = 0.3;

function sgdReference(p: number, g: number, b: number, [momentum, nesterov, decay]: SgdCase): [p: number, b: number] {
  const step = g + decay * p;
  if (momentum === 0) return [p - LR * step, b];
  const velocity = momentum * b + step;
  return [p - LR * (nesterov ? step + momentum * velocity : velocity), velocity];
}

/** Runs `work` on copies of arrays, reads them back and holds them against the columns of `exact`. */
async function compare(
  arrays: Float32Array[],
  work: (bench: Bench, at: number[]) => void,
  exact: (i: number) => number[],
): Promise<void> {
  const got = await onCore((bench) => {
    const at = arrays.map((values, k) => bench.floats(values, `array ${k}`));
    work(bench, at);
    expect(bench.broken()).toEqual([]);
    return at.map((pointer, k) => bench.readF32(pointer, (arrays[k] as Float32Array).length));
  });
  got.forEach((values, k) => {
    expectClose(
      values,
      Array.from(values, (_, i) => exact(i)[k] as number),
      CLOSE,
      `array ${k}`,
    );
  });
}

describe.each(SIZES)('updates of %i', (count) => {
  const [p, g, m] = [draw(count, 1), draw(count, 2), draw(count, 3)];
  const v = draw(count, 4).map(Math.abs);
  const at = (x: Float32Array, i: number) => x[i] as number;

  it('by AdamW', async () => {
    await compare(
      [p, m, v],
      (bench, [pp, mm, vv]) => bench.core.adamwStep(pp!, bench.floats(g), mm!, vv!, count, ...ADAMW),
      (i) => adamwReference(at(p, i), at(g, i), at(m, i), at(v, i)),
    );
  });

  it.each([
    [0, 0, 0],
    [0, 0, 0.1],
    [0.9, 0, 0],
    [0.9, 1, 0.01],
  ] as SgdCase[])('by SGD with momentum %f, Nesterov %i, decay %f', async (...options) => {
    const [momentum, nesterov, decay] = options;
    await compare(
      [p, m],
      (bench, [pp, bb]) => {
        const b = momentum > 0 ? bb! : 0;
        bench.core.sgdStep(pp!, bench.floats(g), b, count, LR, decay, momentum, nesterov);
      },
      (i) => sgdReference(at(p, i), at(g, i), at(m, i), options),
    );
  });

  it('by rows leave the rows that were not touched alone', async () => {
    const length = ROWS * count;
    const stride = count + 2;
    const [table, first, second] = [draw(length, 5), draw(length, 6), draw(length, 7).map(Math.abs)];
    const gradients = draw(IDS.length * stride, 8);
    const gradient = (i: number) => {
      const slot = IDS.indexOf(Math.floor(i / count));
      return slot < 0 ? null : at(gradients, slot * stride + (i % count));
    };
    const ids = (bench: Bench) => {
      const pointer = bench.block(IDS.length * 4, 'ids');
      bench.engine.i32.set(IDS, pointer / 4);
      return pointer;
    };
    await compare(
      [table, first, second],
      (bench, [pp, mm, vv]) => {
        const rows = bench.floats(gradients);
        bench.core.adamwRows(pp!, rows, stride * 4, mm!, vv!, ids(bench), IDS.length, count, ...ADAMW);
      },
      (i) => {
        const g = gradient(i);
        const [p, m, v] = [at(table, i), at(first, i), at(second, i)];
        return g === null ? [p, m, v] : adamwReference(p, g, m, v);
      },
    );
    for (const options of [
      [0, 0, 0.1],
      [0.9, 1, 0.01],
    ] as SgdCase[]) {
      const [momentum, nesterov, decay] = options;
      await compare(
        [table, first],
        (bench, [pp, bb]) => {
          const b = momentum > 0 ? bb! : 0;
          const rows = bench.floats(gradients);
          bench.core.sgdRows(pp!, rows, stride * 4, b, ids(bench), IDS.length, count, LR, decay, momentum, nesterov);
        },
        (i) => {
          const g = gradient(i);
          return g === null ? [at(table, i), at(first, i)] : sgdReference(at(table, i), g, at(first, i), options);
        },
      );
    }
  });
});
