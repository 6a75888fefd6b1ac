import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { words } from '../../src/data/tokenize.js';

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;

/** The slow way: the whole text through the Segmenter at once. It glues a blank to a joiner before an emoji; no word begins with one here. */
function reference(text: string): string[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  return [...segmenter.segment(text.normalize('NFKC').toLowerCase())]
    .filter((s) => (s.isWordLike === true && !/^_+$/.test(s.segment)) || EMOJI.test(s.segment))
    .map((s) => s.segment.trimStart());
}

describe('words', () => {
  it.each([
    ["Don't can't rock'n'roll 'quoted' dogs'", ["don't", "can't", "rock'n'roll", 'quoted', 'dogs']],
    ['3.14 1,000 1;2 5:30 100% $5.00', ['3.14', '1,000', '1;2', '5', '30', '100', '5.00']],
    ['well-known e.g. U.S.A. a_b __x_ _ a.3', ['well', 'known', 'e.g', 'u.s.a', 'a_b', '__x_', 'a', '3']],
    ['', []],
    ['!!! ... --- _', []],
    ['one\ttwo\r\nthree\u000bfour', ['one', 'two', 'three', 'four']],
  ])('cuts English %j', (text, expected) => {
    expect(words(text)).toEqual(expected);
    expect(words(text, 'regexp')).toEqual(expected);
    expect(reference(text)).toEqual(expected);
  });

  it('cuts other scripts by Unicode rules', () => {
    expect(words('Crème BRÛLÉE, s’il vous plaît')).toEqual(['crème', 'brûlée', 's’il', 'vous', 'plaît']);
    expect(words('ﬁne ＡＢＣ')).toEqual(['fine', 'abc']);
    expect(words('cafe\u0301')).toEqual(['café']);
    expect(words('สวัสดีชาวโลก')).toEqual(['สวัสดี', 'ชาว', 'โลก']);
    expect(words('我喜欢图书馆').join('')).toBe('我喜欢图书馆');
    expect(words('我喜欢图书馆').length).toBeGreaterThan(1);
    expect(words('Привет, мир!')).toEqual(['привет', 'мир']);
    expect(words('I 💚 tea 👩‍👩‍👧 🇫🇷')).toEqual(['i', '💚', 'tea', '👩‍👩‍👧', '🇫🇷']);
  });

  it('has a regular expression for runtimes without a Segmenter', () => {
    expect(words('Crème brûlée, 3 cafés l’été', 'regexp')).toEqual(['crème', 'brûlée', '3', 'cafés', 'l’été']);
    expect(words('图书馆 kana かなカナ ok', 'regexp')).toEqual(['图', '书', '馆', 'kana', 'かな', 'カナ', 'ok']);
    expect(words('नमस्ते दुनिया', 'regexp')).toEqual(['नमस्ते', 'दुनिया']);
    expect(words('I 💚 tea 🇫🇷 –', 'regexp')).toEqual(['i', '💚', 'tea', '🇫🇷']);
  });

  it('cuts any ASCII text exactly as the Segmenter does', () => {
    const unit = fc.constantFrom(
      ...Array.from({ length: 128 }, (_, c) => String.fromCharCode(c)),
      ..."a1_.:,;' ".repeat(8),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(words(text)).toEqual(reference(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('cuts any Unicode text exactly as the Segmenter does on the whole of it', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(...' aé\u0301\u200d\n👩中かカไทย\u00a0\u2019"\u05d0\u2764\ufe0f'),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        expect(words(text)).toEqual(reference(text));
      }),
      { numRuns: 1000 },
    );
  });
});
