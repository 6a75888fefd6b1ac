import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEATURE_DEFAULTS, type FeatureOptions } from '../../src/data/feature-options.js';
import { TextFeatures } from '../../src/data/features.js';
import { fnv1a } from '../../src/data/hash.js';
import { hashNgrams } from '../../src/data/ngrams.js';
import { countWords } from '../../src/data/vocabulary.js';

const CORPUS = ['the cat sat on the mat', 'the dog sat on the log', 'a cat and a dog', '__proto__ constructor'];

function bags(features: TextFeatures, texts: string[]): number[][] {
  const { ids, offsets } = features.encode(texts);
  return texts.map((_, i) => [...ids.subarray(offsets[i], offsets[i + 1])]);
}

describe('hashNgrams', () => {
  it('hashes every n-gram of <word>', () => {
    const grams = ['<ab', '<ab>', 'ab>'];
    expect([...hashNgrams('ab', 3, 4, 1000)]).toEqual(grams.map((gram) => fnv1a(gram) % 1000));
    expect([...hashNgrams('😀', 3, 5, 1000)]).toEqual([fnv1a('<😀>') % 1000]);
  });

  it('gives the whole of a word that is too short', () => {
    expect([...hashNgrams('a', 5, 6, 1000)]).toEqual([fnv1a('<a>') % 1000]);
  });
});

describe('countWords', () => {
  it('orders by count and then by code units, whatever the order of the texts', () => {
    const forward = countWords(CORPUS, 'segmenter', 1, 100);
    const backward = countWords([...CORPUS].reverse(), 'segmenter', 1, 100);
    expect(forward).toEqual(backward);
    expect(forward.words.slice(0, 4)).toEqual(['the', 'a', 'cat', 'dog']);
    expect(forward.total).toBe(19);
  });

  it('forgets the rarest words when there are too many', () => {
    const texts = Array.from({ length: 200 }, (_, i) => `often w${i}`);
    const pruned = countWords(texts, 'segmenter', 1, 1000, 50);
    expect(pruned.words[0]).toBe('often');
    expect(pruned.words.length).toBeLessThanOrEqual(50);
    expect(pruned.total).toBe(400);
  });
});

describe('TextFeatures', () => {
  it('puts frequent words first and n-grams behind them', () => {
    const features = TextFeatures.fit(CORPUS, { buckets: 100, rareBelow: 0 });
    expect(features.idOf('the')).toBe(0);
    expect(features.wordOf(0)).toBe('the');
    expect(features.vocabularySize).toBe(6);
    expect(features.size).toBe(106);
    const [known, unknown, empty] = bags(features, ['The cat', 'zebra', '!!']) as [number[], number[], number[]];
    expect(known).toEqual([0, features.idOf('cat')]);
    expect(unknown).toEqual([...hashNgrams('zebra', 3, 5, 100)].map((b) => 6 + b));
    expect(empty).toEqual([]);
  });

  it('gives n-grams to all, rare or no words', () => {
    const size = (ngramWords: FeatureOptions['ngramWords'], rareBelow = 3) =>
      bags(TextFeatures.fit(CORPUS, { ngramWords, rareBelow, buckets: 50 }), ['the cat zz'])[0]?.length;
    const grams = (word: string) => hashNgrams(word, 3, 5, 50).length;
    expect(size('none')).toBe(2);
    expect(size('rare')).toBe(2 + grams('cat') + grams('zz'));
    expect(size('rare', 0)).toBe(2 + grams('zz'));
    expect(size('all')).toBe(2 + grams('the') + grams('cat') + grams('zz'));
  });

  it('knows words named like the properties of an object', () => {
    const features = TextFeatures.fit(['__proto__ constructor toString hasOwnProperty'], { minCount: 1 });
    expect(features.vocabularySize).toBe(4);
    for (const word of ['__proto__', 'constructor', 'tostring']) expect(features.idOf(word)).toBeTypeOf('number');
    const again = TextFeatures.fromJSON(JSON.parse(JSON.stringify(features)));
    expect(again.idOf('__proto__')).toBe(features.idOf('__proto__'));
    expect(features.idOf('valueof')).toBeUndefined();
  });

  it('cuts long texts by whole words, and a long word by its features', () => {
    const features = TextFeatures.fit(CORPUS, { maxFeatures: 4, ngramWords: 'all', ngrams: { min: 3, max: 3 } });
    expect(bags(features, ['the the'])[0]).toHaveLength(4);
    expect(bags(features, ['cat the'])[0]).toEqual(bags(features, ['cat'])[0]);
    expect(bags(features, ['extraordinarily'])[0]).toHaveLength(4);
  });

  it('weighs rare words more, and the n-grams of a word together about as much as the word', () => {
    const features = TextFeatures.fit(CORPUS, { minCount: 1, ngramWords: 'all' });
    const weights = features.featureWeights();
    const weight = (word: string) => weights[features.idOf(word) as number] as number;
    expect(weight('the')).toBe(Math.fround(1e-3 / (1e-3 + 4 / 19)));
    expect(weight('mat')).toBeGreaterThan(weight('the'));
    const [ids] = bags(features, ['constructor']) as [number[]];
    const grams = ids.slice(1).reduce((sum, id) => sum + (weights[id] as number), 0);
    expect(grams).toBeGreaterThan(0.5);
    expect(grams).toBeLessThan(2);
    for (const w of weights) expect(w > 0 && w <= 1).toBe(true);
  });

  it('gathers rows of a corpus without encoding them again', () => {
    const features = TextFeatures.fit(CORPUS);
    const corpus = features.encodeCorpus(CORPUS);
    expect(corpus.count).toBe(4);
    const rows = [2, 0, 2, 3];
    const expected = features.encode(rows.map((row) => CORPUS[row] as string));
    for (let again = 0; again < 2; again++) {
      const batch = corpus.gather(Int32Array.from(rows));
      expect([...batch.ids]).toEqual([...expected.ids]);
      expect([...batch.offsets]).toEqual([...expected.offsets]);
      expect(corpus.gather([1]).offsets).toHaveLength(2);
    }
    expect(() => corpus.gather([4])).toThrow(/E_SHAPE.*\[0, 4\), got 4/);
    expect(() => corpus.gather([-1])).toThrow(/E_SHAPE/);
  });

  it('refuses wrong options and texts without words', () => {
    const wrong: [object, RegExp][] = [
      [{ minCounts: 1 }, /E_OPTION.*did you mean "minCount"/],
      [{ minCount: 0 }, /E_OPTION.*"minCount" must be an integer >= 1/],
      [{ ngrams: { min: 4, max: 3 } }, /E_OPTION.*"ngrams.max"/],
      [{ ngrams: 3 }, /E_OPTION.*"ngrams" must be/],
      [{ ngramWords: 'some' }, /E_OPTION.*"ngramWords"/],
      [{ tokenizer: 'bpe' }, /E_OPTION.*"tokenizer"/],
    ];
    for (const [options, message] of wrong) expect(() => TextFeatures.fit(CORPUS, options)).toThrow(message);
    expect(() => TextFeatures.fit(['', '!'])).toThrow(/E_DATA.*empty/);
    expect(() => TextFeatures.fit(['one two'], { ngramWords: 'none' })).toThrow(/E_DATA.*lower minCount/);
  });
});

describe('TextFeatures JSON', () => {
  it('encodes the same after a round trip', () => {
    const options = fc.record(
      {
        minCount: fc.integer({ min: 1, max: 3 }),
        buckets: fc.integer({ min: 1, max: 500 }),
        ngramWords: fc.constantFrom('all' as const, 'rare' as const),
        rareBelow: fc.integer({ min: 0, max: 4 }),
        maxFeatures: fc.integer({ min: 1, max: 40 }),
        tokenizer: fc.constantFrom('segmenter' as const, 'regexp' as const),
      },
      { requiredKeys: [] },
    );
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, options, (some, o) => {
        const features = TextFeatures.fit(['word', ...some], o);
        const again = TextFeatures.fromJSON(JSON.parse(JSON.stringify(features)));
        const probe = [...some, 'another word'];
        expect(bags(again, probe)).toEqual(bags(features, probe));
        expect(again.featureWeights()).toEqual(features.featureWeights());
        expect(again.toJSON()).toEqual(features.toJSON());
      }),
    );
  });

  it('never gives an id out of range, whatever the text', () => {
    const features = [
      TextFeatures.fit(CORPUS, { buckets: 7, ngramWords: 'all' }),
      TextFeatures.fit(CORPUS, { ngramWords: 'none', tokenizer: 'regexp' }),
    ];
    const unit = fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit })), (text) => {
        for (const f of features) {
          const { ids, offsets } = f.encode([text, 'cat']);
          expect(offsets[2]).toBe(ids.length);
          expect((offsets[1] as number) <= FEATURE_DEFAULTS.maxFeatures).toBe(true);
          for (const id of ids) expect(id >= 0 && id < f.size).toBe(true);
        }
      }),
    );
  });

  it('refuses anything else with E_CHECKPOINT', () => {
    const good = TextFeatures.fit(CORPUS).toJSON();
    const bad: unknown[] = [
      null,
      'x',
      [],
      {},
      { ...good, version: 2 },
      { ...good, options: null },
      { ...good, options: { ...good.options, buckets: 2 ** 40 } },
      { ...good, options: { ...good.options, extra: 1 } },
      { ...good, options: { minCount: 2 } },
      { ...good, words: 'the' },
      { ...good, words: [...good.words, 'more'] },
      { ...good, words: good.words.map(() => 'same') },
      { ...good, words: good.words.map(() => 1) },
      { ...good, counts: good.counts.map(() => 0) },
      { ...good, counts: good.counts.map(() => 1.5) },
      { ...good, total: 1 },
      { ...good, total: Number.NaN },
      { ...good, words: [], counts: [], options: { ...good.options, ngramWords: 'none' } },
    ];
    for (const json of bad) expect(() => TextFeatures.fromJSON(json)).toThrow(/^E_CHECKPOINT TextFeatures/);
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(() => TextFeatures.fromJSON(json)).toThrow(/^E_CHECKPOINT/);
      }),
    );
  });
});
