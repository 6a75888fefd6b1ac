/** Encoders: what they give for texts and vectors, and what they start from. */
import { beforeAll, describe, expect, it } from 'vitest';
import { TextFeatures } from '../../src/data/index.js';
import { engine, init } from '../../src/engine/index.js';
import { noGrad } from '../../src/tensor/index.js';
import { BagEncoder, completeEncoderOptions, embedTexts, embedVectors, VectorEncoder } from '../../src/train/index.js';

const TEXTS = ['a small bird', 'a big bird', 'the quick fox', 'a small fox', 'the big bird'];

function norms(rows: Float32Array, d: number): number[] {
  return Array.from({ length: rows.length / d }, (_, i) => Math.hypot(...rows.subarray(i * d, (i + 1) * d)));
}

beforeAll(async () => {
  await init();
});

describe('BagEncoder', () => {
  const features = TextFeatures.fit(TEXTS, { minCount: 1, buckets: 64 });

  it('gives rows of length 1, and zeros for a text without a word', () => {
    const encoder = new BagEncoder(features, { dimension: 16 });
    const rows = embedTexts(encoder, [...TEXTS, '', '…']);
    for (const norm of norms(rows, 16).slice(0, 5)) expect(norm).toBeCloseTo(1, 5);
    expect(norms(rows, 16).slice(5)).toEqual([0, 0]);
    encoder.free();
  });

  it('gives a text the same row alone and among thousands', () => {
    const encoder = new BagEncoder(features, { dimension: 12, hidden: 8 });
    const many = embedTexts(
      encoder,
      Array.from({ length: 2500 }, (_, i) => TEXTS[i % 5] as string),
    );
    const alone = embedTexts(encoder, [TEXTS[4] as string]);
    expect([...many.subarray(2499 * 12)]).toEqual([...alone]);
    encoder.free();
  });

  it('is the same for the same seed, and another for another', () => {
    const make = (seed: number) => {
      const encoder = new BagEncoder(features, { dimension: 8, hidden: 4 }, seed);
      const rows = [...embedTexts(encoder, TEXTS)];
      encoder.free();
      return rows;
    };
    expect(make(3)).toEqual(make(3));
    expect(make(3)).not.toEqual(make(4));
  });

  it('starts with an MLP that adds nothing to the normalised mean of words', () => {
    const encoder = new BagEncoder(features, { dimension: 8, hidden: 16 });
    engine().step(() =>
      noGrad(() => {
        const bags = features.encode(TEXTS);
        const mean = encoder.bag.forward(bags).toArray();
        const whole = encoder.forward(bags).toArray();
        for (let i = 0; i < TEXTS.length; i++) {
          const row = mean.subarray(i * 8, (i + 1) * 8);
          const average = row.reduce((sum, x) => sum + x, 0) / 8;
          const deviation = Math.sqrt(row.reduce((sum, x) => sum + (x - average) ** 2, 0) / 8 + 1e-5);
          row.forEach((x, k) => {
            expect(whole[i * 8 + k]).toBeCloseTo((x - average) / deviation, 4);
          });
        }
      }),
    );
    encoder.free();
  });

  it('weights words by inverse frequency unless told otherwise', () => {
    const learned = new BagEncoder(features, { dimension: 4 });
    const fixed = new BagEncoder(features, { dimension: 4, tokenWeights: 'fixed' });
    const none = new BagEncoder(features, { dimension: 4, tokenWeights: 'none' });
    const weights = features.featureWeights();
    expect([...(learned.bag.featureWeights?.data ?? [])]).toEqual([...weights]);
    expect(learned.parameters()).toHaveLength(2);
    expect(fixed.parameters()).toHaveLength(1);
    expect(none.bag.featureWeights).toBeNull();
    for (const encoder of [learned, fixed, none]) encoder.free();
  });
});

describe('VectorEncoder', () => {
  it('maps vectors to rows of length 1', () => {
    const encoder = new VectorEncoder(6, { dimension: 4, hidden: 8 });
    const rows = embedVectors(
      encoder,
      Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
    );
    expect(rows).toHaveLength(40);
    for (const norm of norms(rows, 4)) expect(norm).toBeCloseTo(1, 5);
    expect(() => embedVectors(encoder, new Float32Array(7))).toThrow(/E_SHAPE embedVectors.*f32\[n,6\]/);
    encoder.free();
  });
});

describe('completeEncoderOptions', () => {
  it.each([
    [{ dimension: 0 }, /"dimension" must be an integer >= 1/],
    [{ hidden: -1 }, /"hidden" must be an integer >= 0/],
    [{ dropout: 1 }, /"dropout" must be a finite number >= 0 and < 1/],
    [{ tokenWeights: 'idf' }, /"tokenWeights" must be one of/],
    [{ dimensions: 8 }, /unknown option "dimensions".*"dimension"/],
  ])('refuses %j', (options, message) => {
    expect(() => completeEncoderOptions(options as never)).toThrow(message);
  });
});

describe('words with ready vectors', () => {
  it('get features of their own, in their order, without n-grams', () => {
    const known = ['zebra', 'bird', 'two words', 'Upper', 'fox'];
    const fitted = TextFeatures.fit(TEXTS, { minCount: 1, buckets: 16 }, known);
    expect(fitted.idOf('zebra')).toBe(fitted.vocabularySize - 1);
    expect(fitted.idOf('two words')).toBeUndefined();
    expect(fitted.idOf('Upper')).toBeUndefined();
    expect([...fitted.encode(['zebra']).ids]).toEqual([fitted.idOf('zebra')]);
    const copy = TextFeatures.fromJSON(JSON.parse(JSON.stringify(fitted)));
    expect([...copy.encode(TEXTS).ids]).toEqual([...fitted.encode(TEXTS).ids]);
  });
});
