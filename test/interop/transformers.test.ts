/**
 * Heads on frozen models. The model is faked at the package's edge: a function with the call shape of transformers.js, which
 * counts letters. What is tested is what this package does with the vectors, not the model.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type * as data from '../../src/data/index.js';
import { init } from '../../src/index.js';
import { type Extractor, FrozenEncoder } from '../../src/interop/transformers.js';
import * as train from '../../src/train/index.js';

const LETTERS = 26;

/** Counts of letters, as `pipeline('feature-extraction')` would give vectors. */
function countLetters(text: string): number[] {
  const counts = new Array<number>(LETTERS).fill(0);
  for (const letter of text) {
    const at = letter.charCodeAt(0) - 97;
    if (at >= 0 && at < LETTERS) counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** The fake, which keeps the texts of its calls. */
function fakeModel(): { extractor: Extractor; calls: string[][]; options: object[] } {
  const calls: string[][] = [];
  const options: object[] = [];
  const extractor: Extractor = async (texts, given) => {
    calls.push(texts);
    options.push(given);
    return { data: Float32Array.from(texts.flatMap(countLetters)), dims: [texts.length, LETTERS] };
  };
  return { extractor, calls, options };
}

const WORDS = [
  'apple',
  'river',
  'stone',
  'cloud',
  'tiger',
  'music',
  'bread',
  'night',
  'glove',
  'waltz',
  'jumpy',
  'quick',
];
const PAIRS: data.TextPairs = {
  kind: 'text',
  name: 'anagrams',
  anchors: WORDS,
  positives: WORDS.map((word) => [...word].reverse().join('')),
};

beforeAll(async () => {
  await init();
});

describe('FrozenEncoder', () => {
  it('embeds in batches, in order, and tells how far it is', async () => {
    const { extractor, calls, options } = fakeModel();
    const seen: number[][] = [];
    const frozen = new FrozenEncoder(extractor, {
      batchSize: 5,
      pooling: 'cls',
      normalize: false,
      onProgress: (done, total) => seen.push([done, total]),
    });
    const { values, dimension } = await frozen.vectors(WORDS);
    expect(dimension).toBe(LETTERS);
    expect([...values]).toEqual(WORDS.flatMap(countLetters));
    expect(calls.map((texts) => texts.length)).toEqual([5, 5, 2]);
    expect(options[0]).toEqual({ pooling: 'cls', normalize: false });
    expect(seen).toEqual([5, 10, 12].map((done) => [done, 12]));
  });

  it('gives pairs of vectors, each text embedded once', async () => {
    const { extractor, calls } = fakeModel();
    const pairs = { ...PAIRS, negatives: [...WORDS.slice(1), 'apple'] };
    const vectors = await new FrozenEncoder(extractor).pairs(pairs);
    expect(calls.flat().sort()).toEqual([...new Set([...PAIRS.anchors, ...PAIRS.positives])].sort());
    expect(vectors).toMatchObject({ kind: 'vector', name: 'anagrams', dimension: LETTERS });
    for (const column of ['anchors', 'positives', 'negatives'] as const) {
      expect([...(vectors[column] as Float32Array)]).toEqual(pairs[column].flatMap(countLetters));
    }
    expect(await new FrozenEncoder(extractor).pairs(PAIRS)).not.toHaveProperty('negatives');
  });

  it('carries a head that is trained on its pairs and embeds new texts', async () => {
    const frozen = new FrozenEncoder(fakeModel().extractor);
    const head = new train.VectorEncoder(LETTERS, { dimension: 8 }, 1);
    const losses: number[] = [];
    const source = train.vectorSource(head, await frozen.pairs(PAIRS));
    const options = { loss: 'infonce', batchSize: 12, epochs: 30 } as const;
    await new train.Trainer(head, source, options, { onStep: ({ loss }) => losses.push(loss) }).run();
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    const whole = frozen.withHead(head);
    const embeddings = await whole.embed(['listen', 'silent', 'zzz']);
    const { values } = await frozen.vectors(['listen', 'silent', 'zzz']);
    expect(embeddings).toEqual(train.embedVectors(head, values));
    expect(whole.dimension).toBe(8);
    const rows = [0, 1, 2].map((i) => [...embeddings.subarray(i * 8, i * 8 + 8)]);
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[0]).not.toEqual(rows[2]);
    expect(rows[0]?.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
    expect(await whole.embed([])).toEqual(new Float32Array(0));
  });

  it.each([
    ['token vectors', { data: new Float32Array(12), dims: [2, 3, 2] }, /E_SHAPE .*\[2,2\], got \[2,3,2\].*pooling/],
    ['fewer vectors', { data: new Float32Array(4), dims: [1, 4] }, /E_SHAPE .*\[2,4\], got \[1,4\]/],
    ['missing numbers', { data: new Float32Array(7), dims: [2, 4] }, /E_SHAPE .*must hold 8 numbers, got 7/],
    ['vectors of length 0', { data: new Float32Array(0), dims: [2, 0] }, /E_SHAPE .*\[2,d\], got \[2,0\]/],
    ['what is not finite', { data: Float32Array.of(1, 2, Number.NaN, 4), dims: [2, 2] }, /E_VALUE .*NaN in row 1/],
  ])('refuses %s', async (_, found, message) => {
    await expect(new FrozenEncoder(async () => found).vectors(['a', 'b'])).rejects.toThrow(message);
  });

  it('refuses vectors whose length changes, no texts, and another model than the head’s', async () => {
    const growing: Extractor = async (texts) => ({
      data: new Float32Array(texts[0]!.length),
      dims: [1, texts[0]!.length],
    });
    await expect(new FrozenEncoder(growing, { batchSize: 1 }).vectors(['ab', 'abc'])).rejects.toThrow(/E_SHAPE/);
    await expect(new FrozenEncoder(growing).vectors([])).rejects.toThrow(/E_DATA/);
    const head = new train.VectorEncoder(3, { dimension: 2 });
    await expect(new FrozenEncoder(growing).withHead(head).embed(['ab'])).rejects.toThrow(/input length 3, got 2/);
  });

  it('checks its options', () => {
    const { extractor } = fakeModel();
    expect(() => new FrozenEncoder(null as never)).toThrow(/E_OPTION .*a function, got null/);
    expect(() => new FrozenEncoder(extractor, { batchSize: 0 })).toThrow(/E_OPTION/);
    expect(() => new FrozenEncoder(extractor, { poolin: 'mean' } as never)).toThrow(/did you mean "pooling"/);
  });
});
