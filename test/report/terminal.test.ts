import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, displayWidth, sparkline, textBar, textTable } from '../../src/report/terminal.js';
import { HOSTILE } from './hostile.js';

const RETRIEVAL = [
  { name: 'untrained', 'recall@1': 0.041, 'recall@10': 0.103, MRR: 0.07, 'nDCG@10': 0.08 },
  { name: 'trained', 'recall@1': 0.372, 'recall@10': 0.683, MRR: 0.481, 'nDCG@10': null },
];
const COLUMNS = Object.keys(RETRIEVAL[0] as object);

describe('textTable', () => {
  it('lines up texts to the left and figures to the right', () => {
    expect(textTable(RETRIEVAL, ['name', { key: 'MRR', title: 'mean', format: (v) => (v as number).toFixed(3) }])).toBe(
      ['name        mean', '─────────  ─────', 'untrained  0.070', 'trained    0.481'].join('\n'),
    );
  });

  it('shows what is missing as a dash, and only a heading where there are no rows', () => {
    expect(textTable([{ a: null, b: undefined }], ['a', 'b', 'c'])).toBe('a  b  c\n─  ─  ─\n–  –  –');
    expect(textTable([], ['a', { key: 'b', title: 'title' }])).toBe('a  title\n─  ─────');
  });

  it('cuts the widest text so that the table fits', () => {
    const rows = [{ score: 0.81, text: 'library: a building that houses a collection of books', set: 'nouns' }];
    const lines = textTable(rows, ['score', 'text', 'set'], { width: 40 }).split('\n');
    expect(lines[2]).toBe(' 0.81  library: a building that…   nouns');
    expect(lines.map(displayWidth)).toEqual([38, 40, 40]);
  });

  it('becomes blocks where no cutting helps', () => {
    expect(textTable(RETRIEVAL, COLUMNS, { width: 40 })).toBe(
      [
        'name       untrained',
        'recall@1   0.041',
        'recall@10  0.103',
        'MRR        0.07',
        'nDCG@10    0.08',
        '',
        'name       trained',
        'recall@1   0.372',
        'recall@10  0.683',
        'MRR        0.481',
        'nDCG@10    –',
      ].join('\n'),
    );
    expect(textTable(RETRIEVAL, COLUMNS, { width: 46 }).split('\n')).toHaveLength(4);
  });

  it('colours a cell without moving anything, and never a heading', () => {
    const bold = (cell: string) => `\u001b[1m${cell}\u001b[22m`;
    const paint = (cell: string, row: Record<string, unknown>) => (row.name === 'trained' ? bold(cell) : cell);
    const columns = COLUMNS.map((key) => ({ key, paint }));
    for (const width of [20, 40, 80]) {
      const plain = textTable(RETRIEVAL, COLUMNS, { width });
      const painted = textTable(RETRIEVAL, columns, { width });
      expect(painted).toContain(bold('trained'));
      expect(painted).not.toContain(bold('untrained'));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes are what is taken out.
      const bare = painted.replace(/\u001b\[\d+m/g, '');
      expect(bare.split('\n').map((line) => line.trimEnd())).toEqual(plain.split('\n'));
    }
  });

  it('lets no text of the data colour, break or move a line', () => {
    const rows = Object.entries(HOSTILE).map(([name, text]) => ({ name, text, score: 0.5 }));
    for (const width of [30, 40, 80]) {
      const lines = textTable(rows, ['name', 'text', 'score'], { width }).split('\n');
      expect(lines).toHaveLength(rows.length + 2);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
  });

  it('fits every terminal of 20 columns and more', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const row = fc.record({ name: text, 'a rather long heading of a column': text, MRR: fc.double(), 'nDCG@10': text });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 120 }), (rows, width) => {
        const lines = textTable(rows, Object.keys(rows[0] as object), { width }).split('\n');
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['日本語', 6],
    ['ｱｲｳ', 3],
    ['ＡＢ', 4],
    ['한국', 4],
    ['👩‍🚀', 2],
    ['🇩🇪', 2],
    ['👍🏽', 2],
    ['a\u200bb', 2],
    ['שלום', 4],
    ['─…–', 3],
  ])('%j takes %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cut', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['a word', 3, 'a…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['👩‍🚀👩‍🚀', 3, '👩‍🚀…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
  ])('%j to %i', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });
});

describe('sparkline', () => {
  it('runs from the lowest to the highest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([5, 5])).toBe('▄▄');
    expect(sparkline([])).toBe('');
  });

  it('leaves a blank where no value is finite', () => {
    expect(sparkline([1, Number.NaN, 2, Number.POSITIVE_INFINITY])).toBe('▁ █ ');
    expect(sparkline([Number.NaN])).toBe(' ');
  });

  it('puts neighbours together to fit, however many there are', () => {
    expect(sparkline([0, 0, 10, 10, Number.NaN, 20], 3)).toBe('▁▅█');
    expect(sparkline(Float32Array.from({ length: 150_000 }, (_, i) => i))).toHaveLength(150_000);
    expect(
      sparkline(
        Float32Array.from({ length: 150_000 }, (_, i) => i),
        8,
      ),
    ).toBe('▁▂▃▄▅▆▇█');
  });
});

describe('textBar', () => {
  it.each([
    [0, ''],
    [1, '████'],
    [0.5, '██'],
    [1 / 32, '▏'],
    [0.99, '████'],
    [0.6, '██▍'],
    [7, '████'],
    [-1, ''],
    [Number.NaN, ''],
  ])('a share of %s of 4 columns is %j', (share, bar) => {
    expect(textBar(share, 4)).toBe(bar);
  });
});
