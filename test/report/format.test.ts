import { describe, expect, it } from 'vitest';
import * as format from '../../src/report/format.js';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [-1.5, '−1.5'],
    [12_345.678, '12,350'],
    [0.000_012_34, '1.23e−5'],
    [-0.000_012_34, '−1.23e−5'],
    [2e12, '2.00e12'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [Number.NEGATIVE_INFINITY, '–'],
  ])('plain(%s) is %s', (value, text) => {
    expect(format.plain(value)).toBe(text);
  });

  it('fixes decimals without a minus before zero', () => {
    expect([-0.001, -0.006, 0.005, null].map((value) => format.fixed(value, 2))).toEqual([
      '0.00',
      '−0.01',
      '0.01',
      '–',
    ]);
    expect(format.fixed(-0.4, 0)).toBe('0');
    expect(format.percent(0.4312)).toBe('43.1%');
  });

  it.each([
    [0.1 + 0.2, '0.3'],
    [-0.4, '−0.4'],
    [0, '0'],
    [0.000_004, '4e−6'],
    [1e7, '1e7'],
    [250_000, '250000'],
  ])('tick(%s) is %s', (value, text) => {
    expect(format.tick(value)).toBe(text);
  });

  it('shortens large steps', () => {
    expect([5, 999, 1500, 100_000, 2e6].map(format.compact)).toEqual(['5', '999', '1.5K', '100K', '2M']);
  });
});

describe('durations and dates', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [83.4, '1 min 23 s'],
    [3599.7, '1 h 0 min'],
    [90_061, '25 h 1 min'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(format.duration(seconds)).toBe(text);
  });

  it('writes a date in UTC wherever it is read, and another text as it came', () => {
    expect(format.date('2026-03-05T23:02:11-02:00')).toBe('6 March 2026 at 01:02 UTC');
    expect(format.date('yesterday')).toBe('yesterday');
  });
});

describe('metrics', () => {
  it('writes each in its usual form', () => {
    const figures: [string, number | null][] = [
      ['recall@10', 0.683],
      ['hit@1', 1],
      ['MRR', 0.4811],
      ['meanRank', 18_211.4],
      ['nDCG@10', null],
    ];
    expect(figures.map(([name, value]) => format.metricValue(name, value))).toEqual([
      '68.3%',
      '100.0%',
      '0.481',
      '18,211',
      '–',
    ]);
    expect(format.metricTick('recall@1', 0.3)).toBe('30%');
    expect(format.metricTick('MRR', 0.3)).toBe('0.3');
    expect(format.metricName('meanRank')).toBe('mean rank');
  });
});
