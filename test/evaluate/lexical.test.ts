import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LexicalIndex } from '../../src/evaluate/index.js';

const split = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);
const TEXTS = ['the cat sat on the mat', 'a dog', 'the the the', '', 'cat and dog and cat'];

function scores(scorer: { size: number; score(query: string, out: Float32Array): void }, query: string): number[] {
  const out = new Float32Array(scorer.size).fill(9);
  scorer.score(query, out);
  return [...out];
}

/** BM25 straight from the formula. */
function bm25(texts: string[], query: string, text: string, k1: number, b: number): number {
  const all = texts.map(split);
  const mean = all.reduce((sum, words) => sum + words.length, 0) / all.length;
  const own = split(text);
  return split(query).reduce((sum, word) => {
    const df = all.filter((words) => words.includes(word)).length;
    const tf = own.filter((other) => other === word).length;
    if (tf === 0) return sum;
    const idf = Math.log(1 + (all.length - df + 0.5) / (df + 0.5));
    return sum + (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * own.length) / mean));
  }, 0);
}

function tfidfVector(texts: string[], text: string): Map<string, number> {
  const all = texts.map(split);
  const vector = new Map<string, number>();
  for (const word of split(text)) {
    const df = all.filter((words) => words.includes(word)).length;
    if (df > 0) vector.set(word, (vector.get(word) ?? 0) + 1 + Math.log((1 + all.length) / (1 + df)));
  }
  return vector;
}

function cosine(a: Map<string, number>, b: Map<string, number>): number {
  const norm = (v: Map<string, number>) => Math.sqrt([...v.values()].reduce((sum, x) => sum + x * x, 0));
  const dot = [...a].reduce((sum, [word, x]) => sum + x * (b.get(word) ?? 0), 0);
  return dot === 0 ? 0 : dot / (norm(a) * norm(b));
}

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 8 }).map((words) => words.join(' '));
const corpus = fc.array(text, { minLength: 1, maxLength: 8 });

describe('LexicalIndex', () => {
  it('equals the formula of BM25', () => {
    const options = { k1: fc.constantFrom(0, 1.2, 2), b: fc.constantFrom(0, 0.75, 1) };
    fc.assert(
      fc.property(corpus, text, fc.record(options), (texts, query, { k1, b }) => {
        const found = scores(new LexicalIndex(texts, split).bm25({ k1, b }), query);
        texts.forEach((own, i) => {
          const expected = bm25(texts, query, own, k1, b);
          expect(found[i]).toBeCloseTo(expected, 4);
        });
      }),
    );
  });

  it('equals the cosine of TF-IDF vectors', () => {
    fc.assert(
      fc.property(corpus, text, (texts, query) => {
        const found = scores(new LexicalIndex(texts, split).tfidf(), query);
        texts.forEach((own, i) => {
          expect(found[i]).toBeCloseTo(cosine(tfidfVector(texts, query), tfidfVector(texts, own)), 5);
        });
      }),
    );
  });

  it('ranks the text with the rare word first and finds a text by itself', () => {
    const common = new LexicalIndex(['the x', 'the y', 'zap y', 'the z'], split);
    for (const scorer of [common.bm25(), common.tfidf()]) {
      const found = scores(scorer, 'the zap');
      expect(found.indexOf(Math.max(...found))).toBe(2);
    }
    const index = new LexicalIndex(TEXTS, split);
    TEXTS.forEach((own, i) => {
      if (own !== '') expect(scores(index.tfidf(), own)[i]).toBeCloseTo(1, 6);
    });
  });

  it('scores 0 where no word is shared, also words that are names of object fields', () => {
    const index = new LexicalIndex(TEXTS, split);
    for (const query of ['', 'zebra', '__proto__ constructor']) {
      expect(scores(index.bm25(), query)).toEqual([0, 0, 0, 0, 0]);
      expect(scores(index.tfidf(), query)).toEqual([0, 0, 0, 0, 0]);
    }
    expect(scores(new LexicalIndex(['', ''], split).bm25(), 'a')).toEqual([0, 0]);
  });

  it('refuses an empty corpus, wrong options and a wrong output', () => {
    expect(() => new LexicalIndex([], split)).toThrow(/^E_DATA/);
    const index = new LexicalIndex(TEXTS, split);
    expect(() => index.bm25({ b: 2 })).toThrow(/^E_OPTION.*"b"/);
    expect(() => index.bm25({ k: 2 } as never)).toThrow(/^E_OPTION.*unknown option "k".*"k1"/);
    expect(() => index.tfidf().score('a', new Float32Array(4))).toThrow(/^E_SHAPE.*f32\[5\]/);
  });
});
