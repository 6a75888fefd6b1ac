/** Estimators as ops: values, gradients against differences, and a critic that learns. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import {
  chiSquare,
  criticScores,
  divergenceInformation,
  donskerVaradhan,
  estimates,
  infoNceBound,
  jensenShannon,
  Mine,
  nwj,
  smile,
} from '../../src/mi/index.js';
import { Linear } from '../../src/nn/index.js';
import { AdamW } from '../../src/optim/index.js';
import { gradcheck, scale, type Tensor, tensor } from '../../src/tensor/index.js';
import { expectClose } from '../support/close.js';
import { uniform } from '../support/core.js';
import { normalFrom } from '../support/mi.js';

let owner: Engine;
beforeAll(async () => {
  owner = await init({});
});

const OPS: Record<string, (scores: Tensor) => Tensor> = {
  donskerVaradhan,
  infoNceBound,
  nwj,
  jensenShannon,
  chiSquare,
  'smile, own gradient': (t) => smile(t, { clip: 80, gradient: 'own' }),
  'divergenceInformation kl': (t) => divergenceInformation(t),
  'divergenceInformation chi2': (t) => divergenceInformation(t, { divergence: 'chi2' }),
  'divergenceInformation reverse_kl': (t) => divergenceInformation(t, { divergence: 'reverse_kl' }),
  'divergenceInformation of order 1.5': (t) => divergenceInformation(t, { divergence: 'cressie_read', order: 1.5 }),
};

/** Scores away from kinks. */
function draw(n: number, seed: number, spread = 1): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: n * n }, (_, k) => spread * next() + (k % (n + 1) === 0 ? 1 : 0));
}

/** ∂op/∂T of fixed scores. */
function gradient(op: (scores: Tensor) => Tensor, scores: ArrayLike<number>): Float32Array {
  const n = Math.sqrt(scores.length);
  return owner.step(() => {
    const t = tensor(scores, [n, n], { requiresGrad: true });
    op(t).backward();
    return (t.grad as Float32Array).slice();
  });
}

describe.each(Object.entries(OPS))('%s', (_, op) => {
  it('has the gradient that differences say, to scores', () => {
    const scores = tensor(draw(5, 4), [5, 5], { requiresGrad: true, name: 'scores' });
    expect(gradcheck(op, [scores])).toMatchObject({ ok: true, deterministic: true, checked: 25 });
    scores.free();
  });

  it('and to both embeddings of a separable critic', () => {
    const next = uniform(7);
    const make = (name: string) =>
      tensor(Float32Array.from({ length: 12 }, next), [4, 3], { requiresGrad: true, name });
    const inputs: [Tensor, Tensor] = [make('u'), make('v')];
    const result = gradcheck((u: Tensor, v: Tensor) => op(criticScores(u, v, { temperature: 0.5 })), inputs);
    expect(result).toMatchObject({ ok: true, checked: 24 });
    for (const input of inputs) input.free();
  });

  it('scales its gradient by what comes from above and adds it to what is there', () => {
    const scores = draw(4, 9);
    const plain = gradient(op, scores);
    expectClose(
      gradient((t) => scale(op(t), -2), scores),
      plain.map((x) => -2 * x),
      { relative: 1e-6, absolute: 1e-9 },
    );
  });

  it('refuses what is no square matrix of finite scores', () => {
    owner.step(() => {
      expect(() => op(tensor([1, 2], [1, 2]))).toThrow(/^E_SHAPE \w+: "scores" must be f32\[n,n\]/);
      expect(() => op(tensor([1], [1, 1]))).toThrow(/^E_SHAPE \w+: .* got f32\[1,1\]/);
      expect(() => op(tensor([1, 2, 3, Number.POSITIVE_INFINITY], [2, 2]))).toThrow(
        /^E_VALUE \w+: "scores" must be finite, row 1 column 1 is Infinity/,
      );
    });
  });
});

describe('values', () => {
  it('are those of estimates()', () => {
    const scores = draw(6, 2, 3);
    const expected = estimates(scores, { clip: 1 });
    const value = (op: (t: Tensor) => Tensor) => owner.step(() => op(tensor(scores, [6, 6])).item());
    expect(value(donskerVaradhan)).toBe(Math.fround(expected.dv));
    expect(value(infoNceBound)).toBe(Math.fround(expected.infonce));
    expect(value(nwj)).toBe(Math.fround(expected.nwj));
    expect(value(jensenShannon)).toBe(Math.fround(expected.js));
    expect(value(chiSquare)).toBe(Math.fround(expected.chi2));
    expect(value((t) => smile(t, { clip: 1 }))).toBe(Math.fround(expected.smile));
    expect(value((t) => new Mine().estimate(t))).toBe(Math.fround(expected.dv));
  });

  it('of any divergence contain DV and the χ² information (Theorem 4.2)', () => {
    const scores = draw(6, 3, 0.4);
    owner.step(() => {
      const t = tensor(scores, [6, 6]);
      expect(divergenceInformation(t).item()).toBeCloseTo(donskerVaradhan(t).item(), 6);
      expect(divergenceInformation(t, { divergence: 'chi2' }).item()).toBeCloseTo(chiSquare(t).item(), 6);
      expect(() => divergenceInformation(t, { divergence: 'cvar', level: 0.5 })).toThrow(/^E_OPTION .* got "cvar"/);
    });
  });

  it('NWJ beyond float32 is its lowest number, and gradients stay finite', () => {
    const scores = [0, 1000, 0, 0];
    expect(owner.step(() => nwj(tensor(scores, [2, 2])).item())).toBe(-3.4028234663852886e38);
    for (const op of Object.values(OPS)) expect(gradient(op, scores).every(Number.isFinite)).toBe(true);
  });
});

describe('smile', () => {
  it('trains by JS unless told otherwise; its own gradient is 0 where scores are clipped', () => {
    const scores = [1, 3, -3, 2];
    expect([...gradient((t) => smile(t, { clip: 2 }), scores)]).toEqual([...gradient(jensenShannon, scores)]);
    const own = gradient((t) => smile(t, { clip: 2, gradient: 'own' }), scores);
    expect([...own]).toEqual([0.5, 0, 0, 0.5]);
  });
});

describe('Mine', () => {
  it('divides by the moving average, which starts at the first batch and can be stored', () => {
    const [first, second] = [draw(4, 1), draw(4, 2)];
    const product = (scores: Float32Array) =>
      Array.from(scores)
        .filter((_, k) => k % 5 !== 0)
        .reduce((sum, x) => sum + Math.exp(x) / 12, 0);
    const mine = new Mine({ rate: 0.25 });
    expect(mine.state()).toEqual({ logAverage: null });
    const dv = gradient(donskerVaradhan, first);
    expectClose(
      gradient((t) => mine.estimate(t), first),
      dv,
      { relative: 1e-6, absolute: 1e-8 },
    );
    const other = new Mine({ rate: 0.25 });
    other.load(mine.state());
    const got = gradient((t) => mine.estimate(t), second);
    const average = 0.75 * product(first) + 0.25 * product(second);
    expect(mine.state().logAverage).toBeCloseTo(Math.log(average), 12);
    expect(got[1]).toBeCloseTo(-Math.exp(second[1] as number) / 12 / average, 6);
    expect(gradient((t) => other.estimate(t), second)).toEqual(got);
  });

  it('stays finite where batches differ by hundreds of nats', () => {
    const mine = new Mine();
    for (const level of [0, 500, -500, 80]) {
      const scores = draw(3, 5).map((x) => x + level);
      expect(gradient((t) => mine.estimate(t), scores).every(Number.isFinite)).toBe(true);
      expect(Number.isFinite(mine.state().logAverage as number)).toBe(true);
    }
    expect(() => new Mine({ rate: 0 })).toThrow(/^E_OPTION Mine: "rate"/);
  });
});

describe('criticScores', () => {
  it('is U·Vᵀ/τ', () => {
    owner.step(() => {
      const u = tensor([1, 2, 3, 4], [2, 2]);
      const v = tensor([1, 0, 1, -1], [2, 2]);
      expect([...criticScores(u, v).data]).toEqual([1, -1, 3, -1]);
      expect([...criticScores(u, v, { temperature: 0.5 }).data]).toEqual([2, -2, 6, -2]);
      expect(() => criticScores(u, tensor([1, 2], [1, 2]))).toThrow(/^E_SHAPE criticScores: "v" must be f32\[2,2\]/);
      expect(() => criticScores(u, v, { temperature: 0 })).toThrow(/^E_OPTION criticScores: "temperature"/);
    });
  });
});

describe('a trained critic', () => {
  it('approaches the information of correlated Gaussians from below', () => {
    const [n, d, truth] = [64, 2, 1];
    const rho = Math.sqrt(1 - Math.exp((-2 * truth) / d));
    const normal = normalFrom(uniform(12));
    const [f, g] = [new Linear(5, 8, { seed: 1 }), new Linear(5, 8, { seed: 2 })];
    const parameters = [...f.parameters(), ...g.parameters()];
    const optimizer = new AdamW(parameters, { lr: 0.02, weightDecay: 0 });
    // The log density ratio is linear in x, y, x², y²: with those as features a linear critic is enough.
    const features = (x: readonly number[]) => [x[0] as number, x[1] as number, ...x.map((a) => a * a), 1];
    const values: number[] = [];
    for (let k = 0; k < 300; k++) {
      const x = Array.from({ length: n }, () => [normal(), normal()]);
      const y = x.map((row) => row.map((a) => rho * a + Math.sqrt(1 - rho * rho) * normal()));
      owner.step(() => {
        const u = f.forward(tensor(x.flatMap(features), [n, 5]));
        const v = g.forward(tensor(y.flatMap(features), [n, 5]));
        const value = infoNceBound(criticScores(u, v));
        scale(value, -1).backward();
        optimizer.step();
        optimizer.zeroGrad();
        values.push(value.item());
      });
    }
    const last = values.slice(-100).reduce((sum, x) => sum + x / 100, 0);
    expect(last).toBeGreaterThan(0.85);
    expect(last).toBeLessThan(1.05);
    optimizer.free();
    for (const part of [f, g]) part.free();
  });
});
