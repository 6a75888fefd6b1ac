/** What the losses and the weights refuse, and in which words. */
import { beforeAll, describe, expect, it } from 'vitest';
import { adnceWeights, klWeights } from '../../src/dro/index.js';
import { engine, init } from '../../src/engine/index.js';
import { AdnceError } from '../../src/errors.js';
import { type AdnceOptions, adnce, type InfoNceOptions, infoNCE, ntXent } from '../../src/losses/index.js';
import { type Tensor, tensor } from '../../src/tensor/index.js';

beforeAll(async () => {
  await init({});
});

const A = [1, 2, 3, -1, 0, 2];

function errorOf(work: () => unknown): AdnceError {
  try {
    engine().step(work);
  } catch (error) {
    expect(error).toBeInstanceOf(AdnceError);
    return error as AdnceError;
  }
  throw new Error('nothing was thrown');
}

const batch = (n = 3, d = 2): Tensor =>
  tensor(
    Array.from({ length: n * d }, (_, i) => A[i % 6] as number),
    [n, d],
  );

/** Options that are wrong in one place, and what the message must contain. */
const INFONCE: [object, string, string][] = [
  [{}, 'E_OPTION', '"temperature" must be a finite number >= 0.001 and <= 1000, got undefined'],
  [{ temperature: 0 }, 'E_OPTION', 'got 0'],
  [{ temperature: -1 }, 'E_OPTION', 'got -1'],
  [{ temperature: 1001 }, 'E_OPTION', 'got 1001'],
  [{ temperature: Number.NaN }, 'E_OPTION', 'got NaN'],
  [{ temperature: Number.POSITIVE_INFINITY }, 'E_OPTION', 'got Infinity'],
  [{ temperature: '0.1' }, 'E_OPTION', 'got "0.1"'],
  [
    { temperature: 0.1, layout: 'text' },
    'E_OPTION',
    '"layout" must be one of "image", "sentence", "graph", got "text"',
  ],
  [{ temperature: 0.1, layout: 'imge' }, 'E_OPTION', 'Hint: did you mean "image"'],
  [{ temperature: 0.1, layout: 7 }, 'E_OPTION', 'got 7'],
  [{ temperature: 0.1, positive: 'inside' }, 'E_OPTION', '"positive" must be one of "in", "out", got "inside"'],
  [{ temperature: 0.1, denominator: 'avg' }, 'E_OPTION', '"denominator" must be one of "sum", "mean", got "avg"'],
  [{ temperature: 0.1, denominator: 'mean' }, 'E_OPTION', '"denominator" can be "mean" only with positive: "out"'],
  [{ temperature: 0.1, symmetric: 1 }, 'E_OPTION', '"symmetric" must be true or false, got 1'],
  [
    { temperature: 0.1, hardNegativeWeight: 'x' },
    'E_OPTION',
    '"hardNegativeWeight" must be a finite number >= -10000 and <= 10000, got "x"',
  ],
  [{ temperature: 0.1, hardNegativeWeight: Number.NaN }, 'E_OPTION', 'got NaN'],
  [{ temperature: 0.1, hardNegativeWeight: 1 }, 'E_OPTION', '"hardNegativeWeight" goes with "hardNegatives"'],
  [{ temperature: 0.1, hardNegativeWeight: 1e39 }, 'E_OPTION', 'Hint: the nearest valid value is 10000'],
  [
    { temprature: 0.1 },
    'E_OPTION',
    'unknown option "temprature". Hint: did you mean "temperature"? Known: temperature, ',
  ],
  [{ temperature: 0.1, Symmetric: true }, 'E_OPTION', 'did you mean "symmetric"?'],
  [{ temperature: 0.1, mu: 0.5 }, 'E_OPTION', 'unknown option "mu"'],
];

const ADNCE: [object, string, string][] = [
  [{ mu: 0, sigma: 1 }, 'E_OPTION', '"temperature" must be'],
  [{ temperature: 0.1, sigma: 1 }, 'E_OPTION', '"mu" must be a finite number >= -100 and <= 100, got undefined'],
  [{ temperature: 0.1, mu: 101, sigma: 1 }, 'E_OPTION', 'got 101'],
  [{ temperature: 0.1, mu: null, sigma: 1 }, 'E_OPTION', 'got null'],
  [{ temperature: 0.1, mu: 0 }, 'E_OPTION', '"sigma" must be a finite number >= 0.001 and <= 1000000, got undefined'],
  [{ temperature: 0.1, mu: 0, sigma: 0 }, 'E_OPTION', 'got 0'],
  [{ temperature: 0.1, mu: 0, sigma: [1] }, 'E_OPTION', 'got an array of length 1'],
  [{ temperature: 0.1, mu: 0, sigma: 1, detach: 'yes' }, 'E_OPTION', '"detach" must be true or false, got "yes"'],
  [{ temperature: 0.1, mu: 0, sigma: 1, layout: 'grap' }, 'E_OPTION', 'did you mean "graph"'],
  [{ temperature: 0.1, mu: 0, sigma: 1, symmetric: null }, 'E_OPTION', 'E_OPTION adnce: '],
  [{ temperature: 0.1, mu: 0, sgima: 1 }, 'E_OPTION', 'unknown option "sgima". Hint: did you mean "sigma"?'],
];

describe('options', () => {
  it.each(INFONCE)('infoNCE refuses %j: %s', (options, code, message) => {
    const error = errorOf(() => infoNCE(batch(), batch(), options as InfoNceOptions));
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
  });

  it.each(ADNCE.filter(([options]) => !('symmetric' in options)))('adnce refuses %j: %s', (options, code, message) => {
    const error = errorOf(() => adnce(batch(), batch(), options as AdnceOptions));
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
  });

  it('no options, and embeddings that are no tensors', () => {
    const none = errorOf(() => infoNCE(batch(), batch(), undefined as never));
    expect(none.message).toMatch(
      /^E_OPTION infoNCE: "options" must be an object, got undefined\. Hint: known options are temperature, /,
    );
    const list = errorOf(() => infoNCE([0.1, 0.2] as never, batch(), { temperature: 0.1 }));
    expect(list.message).toMatch(/^E_SHAPE infoNCE: "a" must be a Tensor, got an array\. Hint: tensor\(/);
  });

  it('ntXent takes a temperature alone, and is infoNCE in layout image', () => {
    const error = errorOf(() =>
      ntXent(batch(), batch(), { temperature: 1, layout: 'graph' } as { temperature: number }),
    );
    expect(error.message).toMatch(/^E_OPTION ntXent: unknown option "layout"\. Hint: known are temperature\./);
    const [x, y] = engine().step(() => [
      ntXent(batch(), batch(), { temperature: 0.3 }).item(),
      infoNCE(batch(), batch(), { temperature: 0.3, layout: 'image' }).item(),
    ]);
    expect(x).toBe(y);
  });

  it('hard negatives go with layout sentence, one direction, and the shape of the batch', () => {
    const call = (options: object, c: Tensor) =>
      errorOf(() => infoNCE(batch(), batch(), { temperature: 0.1, hardNegatives: c, ...options })).message;
    expect(call({ layout: 'image' }, batch())).toMatch(/"hardNegatives" go with layout "sentence", got "image"/);
    expect(call({ symmetric: true }, batch())).toMatch(/"symmetric" can't be true with hard negatives/);
    expect(call({}, batch(4))).toMatch(/^E_SHAPE infoNCE: "hardNegatives" must be f32\[3,2\], got f32\[4,2\]/);
    expect(call({}, tensor([1, 2]))).toMatch(/^E_SHAPE infoNCE: "hardNegatives" must be f32\[3,2\], got f32\[2\]/);
  });

  it('a learnt scalar must hold one number, within the range of the option', () => {
    const adnceWith = (options: object) =>
      errorOf(() => adnce(batch(), batch(), { temperature: 0.1, mu: 0, sigma: 1, ...options }));
    expect(adnceWith({ mu: tensor([1, 2]) }).message).toMatch(
      /^E_SHAPE adnce: "mu" must hold one number, got f32\[2\]/,
    );
    expect(adnceWith({ sigma: tensor([-1], []) }).message).toContain('"sigma" must be a finite number >= 0.001');
    expect(adnceWith({ temperature: tensor([Number.NaN], []) }).message).toContain('got NaN');
  });
});

describe('shapes', () => {
  it('must be two axes, the same twice, with at least two pairs of one number', () => {
    const call = (a: Tensor, b: Tensor) => errorOf(() => infoNCE(a, b, { temperature: 0.1 })).message;
    expect(call(tensor(A), batch())).toMatch(
      /^E_SHAPE infoNCE: "a" must be f32\[\?,\?\], got f32\[6\]\. Hint: pass one emb/,
    );
    expect(call(tensor(A, [1, 3, 2]), batch())).toMatch(/"a" must be f32\[\?,\?\], got f32\[1,3,2\]/);
    expect(call(batch(3, 2), batch(2, 3))).toMatch(
      /^E_SHAPE infoNCE: "b" must be f32\[3,2\], got f32\[2,3\]\. Hint: both views need the same encoder output size/,
    );
    for (const [n, d] of [
      [1, 4],
      [0, 4],
      [4, 0],
    ] as const) {
      expect(call(batch(n, d), batch(n, d))).toMatch(
        /^E_SHAPE infoNCE: at least 2 pairs of length >= 1 are needed, got f32/,
      );
    }
  });
});

describe('numbers that are not finite', () => {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it('are named by input, row and column, in every layout, bounded or streaming', () => {
    for (const value of bad) {
      for (const layout of ['image', 'sentence', 'graph'] as const) {
        for (const temperature of [0.5, 0.01]) {
          const spoilt = (which: number) => {
            const [a, b] = [batch(), batch()];
            (which === 0 ? a : b).data[3] = value;
            return [a, b] as const;
          };
          for (const which of [0, 1]) {
            const info = errorOf(() => infoNCE(...spoilt(which), { temperature, layout }));
            const gaussian = errorOf(() => adnce(...spoilt(which), { temperature, layout, mu: 0.5, sigma: 1 }));
            for (const { code, message } of [info, gaussian]) {
              expect(code).toBe('E_VALUE');
              expect(message).toContain(`"${'ab'[which]}" must be finite, row 1 column 1 is ${value}`);
            }
          }
        }
      }
    }
  });

  it('are found in hard negatives, whatever the bits of the NaN', () => {
    for (const bits of [0x7fc00000, 0x7fc00001, 0x7f800001, 0xffc0007f, 0x7fffffff, 0x7f800000]) {
      for (const temperature of [0.5, 0.01]) {
        const { message } = errorOf(() => {
          const c = batch();
          engine().i32[c.pointer / 4 + 2] = bits;
          return infoNCE(batch(), batch(), { temperature, hardNegatives: c });
        });
        expect(message).toMatch(
          /^E_VALUE infoNCE: "hardNegatives" must be finite, row 1 column 0 is (NaN|Infinity)\. Hint: /,
        );
      }
    }
  });

  it('leave the engine usable', () => {
    errorOf(() => infoNCE(tensor([Number.NaN, 1], [2, 1]), tensor([1, 2], [2, 1]), { temperature: 1 }));
    expect(engine().step(() => infoNCE(batch(), batch(), { temperature: 1 }).item())).toBeGreaterThan(0);
  });
});

describe('weights', () => {
  const scores = new Float32Array([0.1, 0.5, -0.3]);

  it('refuse options that are missing, wrong or unknown', () => {
    expect(() => adnceWeights(scores, { mu: 0.5 } as never)).toThrow(/^E_OPTION adnceWeights: "sigma" must be/);
    expect(() => adnceWeights(scores, { mu: Number.NaN, sigma: 1 })).toThrow(/^E_OPTION adnceWeights: "mu" must be/);
    expect(() => adnceWeights(scores, { mu: 1e200, sigma: 1 })).toThrow(/the nearest valid value is 100\./);
    expect(() => adnceWeights(scores, { mu: 0, sigma: 1, tau: 1 } as never)).toThrow(/unknown option "tau"/);
    expect(() => klWeights(scores, { temperature: 0 })).toThrow(/^E_OPTION klWeights: "temperature" must be/);
  });

  it('refuse no scores and scores that are not finite', () => {
    expect(() => klWeights(new Float32Array(0), { temperature: 1 })).toThrow(
      /^E_SHAPE klWeights: "scores" must hold at least one/,
    );
    const bad = new Float32Array([0, Number.NaN]);
    expect(() => adnceWeights(bad, { mu: 0, sigma: 1 })).toThrow(
      /^E_VALUE adnceWeights: "scores" must be finite, score 1 is NaN/,
    );
  });
});
