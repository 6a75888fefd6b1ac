import { describe, expect, it } from 'vitest';
import { bestRows, headline, isBetter, leadMetric } from '../../src/report/headline.js';
import type { ReportData, ReportRetrieval } from '../../src/report/index.js';

const RUN: ReportData = { name: 'r', created: '', version: '0' };

/** A run whose contenders reach these figures. */
function run(metric: string, figures: Record<string, number | null>): ReportData {
  const rows = Object.entries(figures).map(([name, value]) => ({ name, metrics: { [metric]: value } }));
  return { ...RUN, retrieval: { rows, queries: 2000, candidates: 82_115 } };
}

describe('headline', () => {
  const task = '2,000 queries among 82,115 candidates';

  it.each([
    ['better than before', { untrained: 0.041, trained: 0.372 }, `37.2% of ${task}, up from 4.1% before.`],
    ['worse than before', { untrained: 0.5, trained: 0.372 }, `37.2% of ${task}, worse than the 50.0% before.`],
    ['the same as before', { untrained: 0.372, trained: 0.372 }, `37.2% of ${task}, the same as before.`],
    ['nothing before', { untrained: null, trained: 0.372 }, `37.2% of ${task}.`],
    ['a baseline behind', { trained: 0.3, BM25: 0.2 }, `30.0% of ${task}. BM25, which matches words, reaches 20.0%.`],
    [
      'a baseline ahead',
      { trained: 0.3, BM25: 0.2, 'TF-IDF': 0.4 },
      `30.0% of ${task}. TF-IDF, which matches words, is still ahead with 40.0%.`,
    ],
    ['an equal baseline', { trained: 0.3, random: 0.3 }, `30.0% of ${task}. random reaches the same.`],
  ])('of a run with %s', (_, figures, sentence) => {
    expect(headline(run('hit@1', figures as Record<string, number | null>))).toBe(
      `After training, a right answer comes first for ${sentence}`,
    );
  });

  it('names other metrics and knows that a low rank is good', () => {
    expect(headline(run('MRR', { untrained: 0.07, trained: 0.481 }))).toBe(
      `After training, MRR is 0.481 for ${task}, up from 0.070 before.`,
    );
    expect(headline(run('meanRank', { untrained: 18_211.4, trained: 215, BM25: 9120 }))).toBe(
      `After training, mean rank is 215 for ${task}, down from 18,211 before. BM25, which matches words, reaches 9,120.`,
    );
  });

  it('falls back to the loss where no trained figure is', () => {
    const loss = [null, 6.9, 3.25, 2.1, null].map((value, i) => ({ step: i * 500, loss: value }));
    expect(headline({ ...run('MRR', { trained: null, BM25: 0.3 }), loss })).toBe(
      'The loss fell from 6.9 to 2.1 nats by step 1,500.',
    );
    expect(headline({ ...RUN, loss: [...loss].reverse() })).toMatch(/^The loss did not fall: it went from 2.1 to 6.9/);
    expect(headline({ ...RUN, loss: loss.slice(0, 2) })).toBe('One step was measured: a loss of 6.9 nats.');
    expect(headline({ ...RUN, loss: loss.slice(0, 1) })).toBe('This run holds no measurements yet.');
  });
});

describe('leadMetric', () => {
  it('prefers hit@1, then recall@1, then MRR, then what is there', () => {
    const retrieval = (...names: string[]): ReportRetrieval => ({
      rows: names.map((name) => ({ name, metrics: { [name]: 1 } })),
      queries: 1,
      candidates: 1,
    });
    expect(leadMetric(retrieval('MRR', 'recall@1', 'hit@1'))).toBe('hit@1');
    expect(leadMetric(retrieval('MRR', 'recall@1'))).toBe('recall@1');
    expect(leadMetric(retrieval('nDCG@10', 'MRR'))).toBe('MRR');
    expect(leadMetric(retrieval('nDCG@10'))).toBe('nDCG@10');
    expect(leadMetric(retrieval())).toBeUndefined();
  });
});

describe('bestRows', () => {
  const rows = [0.1, null, 0.4, 0.4].map((value, i) => ({
    name: `row ${i}`,
    metrics: { MRR: value, meanRank: value },
  }));
  const names = (metric: string) => bestRows(metric, rows).map((row) => row.name);

  it('keeps ties and leaves out missing figures', () => {
    expect(names('MRR')).toEqual(['row 2', 'row 3']);
    expect(names('meanRank')).toEqual(['row 0']);
    expect(names('unknown')).toEqual([]);
  });

  it('never calls a missing figure better', () => {
    const [low, missing] = rows as [(typeof rows)[0], (typeof rows)[0]];
    expect(isBetter('MRR', missing, low)).toBe(false);
    expect(isBetter('MRR', low, missing)).toBe(true);
    expect(isBetter('MRR', low, low)).toBe(false);
  });
});
