import { describe, expect, it } from 'vitest';
import { findStsFiles, parseSts, parseStsBenchmark, scoreSts } from '../../src/evaluate/index.js';

describe('findStsFiles', () => {
  it('pairs inputs with their gold files and lists the benchmark', () => {
    const names = [
      'readme.txt',
      'STS.gs.b.c.txt',
      'sts-test.csv',
      'STS.input.b.c.txt',
      'STS.gs.ALL.txt',
      'sts-dev.csv',
    ];
    expect(findStsFiles(names)).toEqual([
      { kind: 'senteval', name: 'b.c', input: 'STS.input.b.c.txt', gold: 'STS.gs.b.c.txt' },
      { kind: 'benchmark', name: 'sts-dev', file: 'sts-dev.csv' },
      { kind: 'benchmark', name: 'sts-test', file: 'sts-test.csv' },
    ]);
    expect(findStsFiles(['a.txt'])).toEqual([]);
  });

  it('misses a gold file', () => {
    expect(() => findStsFiles(['STS.input.x.txt'])).toThrow(/^E_DATA STS\.input\.x\.txt: "STS\.gs\.x\.txt"/);
  });
});

describe('parseSts', () => {
  it('skips pairs without a score and ignores further columns', () => {
    const set = parseSts('x', 'a b\tc d\nskip\tme\n"e\tf\tmore\n', '4.25\n\n0\n');
    expect(set).toEqual({
      name: 'x',
      first: ['a b', '"e'],
      second: ['c d', 'f'],
      gold: Float64Array.of(4.25, 0),
      skipped: 1,
    });
  });

  it('takes Windows line ends, a byte order mark and a missing last line end', () => {
    const set = parseSts('x', '\ufeffa\tb\r\nc\td', '1\r\n2');
    expect([set.first, set.second, [...set.gold]]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
      [1, 2],
    ]);
  });

  it('breaks lines at line feeds only', () => {
    expect(parseSts('x', 'a\u2028b\u0085c\td\n', '1\n').first).toEqual(['a\u2028b\u0085c']);
  });

  it.each([
    ['a b\n', '1\n', /^E_FORMAT STS\.input\.x\.txt:1: two sentences/],
    ['a\tb\nc\t \n', '1\n2\n', /^E_FORMAT STS\.input\.x\.txt:2: two sentences/],
    ['a\tb\n', 'high\n', /^E_FORMAT STS\.gs\.x\.txt:1: .*"high"/],
    ['a\tb\n', 'NaN\n', /^E_FORMAT STS\.gs\.x\.txt:1/],
    ['a\tb\n', '0x10\n', /^E_FORMAT STS\.gs\.x\.txt:1/],
    ['a\tb\n', '1e999\n', /^E_FORMAT STS\.gs\.x\.txt:1/],
    ['a\tb\nc\td\n', '1\n', /^E_FORMAT STS\.input\.x\.txt:2: .*got 2 and 1/],
    ['a\tb\n', '1\n2\n3\n', /^E_FORMAT STS\.gs\.x\.txt:2: .*got 1 and 3/],
    ['a\tb\n', '\n', /^E_DATA STS\.gs\.x\.txt: .*none \(1 without/],
    ['', '', /^E_DATA/],
  ])('refuses %j with gold %j', (input, gold, message) => {
    expect(() => parseSts('x', input, gold)).toThrow(message);
  });
});

describe('parseStsBenchmark', () => {
  it('reads rows without quoting', () => {
    const set = parseStsBenchmark(
      'sts-dev',
      'g\tf\t2012\t1\t5.000\t"a\tb"\ng\tf\t2012\t2\t\tc\td\ng\tf\t2012\t3\t1\te\tf\textra\n',
    );
    expect(set.first).toEqual(['"a', 'e']);
    expect(set.second).toEqual(['b"', 'f']);
    expect([...set.gold]).toEqual([5, 1]);
    expect(set.skipped).toBe(1);
  });

  it.each([
    ['g\tf\t2012\t1\t5\ta\n', /^E_FORMAT sts-dev\.csv:1: 7 cells .* got 6/],
    ['g\tf\t2012\t1\t5\ta\tb\n\n', /^E_FORMAT sts-dev\.csv:2: 7 cells .* got 1/],
    ['g\tf\t2012\t1\tx\ta\tb\n', /^E_FORMAT sts-dev\.csv:1: .*"x"/],
    ['', /^E_DATA sts-dev\.csv/],
  ])('refuses %j', (text, message) => {
    expect(() => parseStsBenchmark('sts-dev', text)).toThrow(message);
  });
});

describe('scoreSts', () => {
  it('correlates each subset and the concatenation', () => {
    const sets = [
      { name: 'a', gold: Float64Array.of(1, 2, 3) },
      { name: 'b', gold: Float64Array.of(1, 2, 3) },
    ];
    const result = scoreSts(sets, [Float32Array.of(0.1, 0.2, 0.3), [0.9, 0.8, 0.7]]);
    expect(result.subsets.map((s) => s.spearman)).toEqual([expect.closeTo(1, 12), expect.closeTo(-1, 12)]);
    expect(result.all.pairs).toBe(6);
    // Gold ranks 1.5 3.5 5.5 twice, model ranks 1 2 3 6 5 4: covariance 0.
    expect(result.all.spearman).toBeCloseTo(0, 12);
  });

  it('gives no figure where the model scores all pairs alike', () => {
    expect(scoreSts([{ name: 'a', gold: Float64Array.of(1, 2) }], [[0.5, 0.5]]).all.spearman).toBeUndefined();
  });

  it('refuses scores that do not fit', () => {
    const sets = [{ name: 'a', gold: Float64Array.of(1, 2) }];
    expect(() => scoreSts(sets, [])).toThrow(/^E_SHAPE/);
    expect(() => scoreSts(sets, [[1]])).toThrow(/^E_SHAPE.*"a" must have 2 scores, got 1/);
    expect(() => scoreSts(sets, [[1, Number.NaN]])).toThrow(/^E_VALUE/);
  });
});
