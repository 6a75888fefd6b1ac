import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { html } from '../../src/report/html.js';
import { bucket, lossSection } from '../../src/report/loss-section.js';
import { numbers, spread, table } from '../../src/report/page.js';
import { robustSection } from '../../src/report/robust-section.js';
import { bins, meanScore, scoresSection, staircase, usedRange } from '../../src/report/scores-section.js';
import { suspectsSection } from '../../src/report/suspects-section.js';
import { environmentSection } from '../../src/report/text-sections.js';
import { weightsSection } from '../../src/report/weights-section.js';
import { sampleRun } from './sample.js';

const RUN = { name: 'r', created: '', version: '0.1.0' };
const parse = (body: { text: string }) => parseHTML(`<!doctype html><body>${body.text}</body>`).document;

describe('bucket', () => {
  const loss = (values: (number | null)[]) => values.map((value, i) => ({ step: i + 1, loss: value }));

  it('keeps short runs as they are and leaves out what is not finite', () => {
    const points = bucket(loss([3, null, Number.NaN, 2, Number.POSITIVE_INFINITY]), (entry) => entry.loss);
    expect(points).toEqual([
      { step: 1, mean: 3, low: 3, high: 3 },
      { step: 4, mean: 2, low: 2, high: 2 },
    ]);
    expect(bucket([], (entry) => entry.loss)).toEqual([]);
    expect(bucket(loss([null]), (entry) => entry.loss)).toEqual([]);
    expect(bucket(loss([1]), (entry) => entry.gradNorm)).toEqual([]);
  });

  it('loses no entry of a long run: sizes, extremes and the mean stay', () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(values, (list) => {
        const points = bucket(loss(list), (entry) => entry.loss);
        expect(points.length).toBeLessThanOrEqual(400);
        expect(Math.min(...points.map((point) => point.low))).toBe(Math.min(...list));
        expect(Math.max(...points.map((point) => point.high))).toBe(Math.max(...list));
        const size = Math.ceil(list.length / 400);
        const sum = points.reduce((total, { mean }, i) => total + mean * Math.min(size, list.length - i * size), 0);
        expect(sum).toBeCloseTo(
          list.reduce((total, value) => total + value, 0),
          4,
        );
        expect(points.every(({ low, mean, high }) => low - 1e-9 <= mean && mean <= high + 1e-9)).toBe(true);
        expect(points.every(({ step }, i) => i === 0 || step > (points[i - 1]?.step as number))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('histograms', () => {
  const edges = [-1, -0.5, 0, 0.5, 1];

  it('turn counts into shares, however many pairs there are', () => {
    expect(bins([1, 0, 0, 3], edges).map((bin) => bin.share)).toEqual([0.25, 0, 0, 0.75]);
    expect(bins([0, 0, 0, 0], edges).every((bin) => bin.share === 0)).toBe(true);
  });

  it('have the mean of the middles of their bins', () => {
    expect(meanScore(bins([1, 0, 0, 3], edges))).toBe(0.25 * -0.75 + 0.75 * 0.75);
    expect(meanScore(bins([0, 0, 0, 0], edges))).toBeUndefined();
    expect(meanScore([])).toBeUndefined();
  });

  it('span the scores that occur, in whole tenths', () => {
    const wide = { step: 0, positive: [0, 0, 5, 0], negative: [0, 10_000, 0, 1], edges };
    expect(usedRange([wide])).toEqual([-0.5, 0.5]);
    expect(usedRange([wide, { ...wide, step: 1, positive: [0, 0, 0, 1] }])).toEqual([-0.5, 1]);
    const flat = Array.from({ length: 5000 }, () => 1);
    const fine = { step: 0, positive: flat, negative: flat, edges: Array.from({ length: 5001 }, (_, i) => i / 5000) };
    expect(usedRange([fine])).toEqual([0, 1]);
    const odd = { step: 0, positive: [1], negative: [1], edges: [-0.234, 0.567] };
    expect(usedRange([odd])).toEqual([-0.3, 0.6]);
    const even = { step: 0, positive: [1], negative: [1], edges: [0.1 + 0.2, 0.7] };
    expect(usedRange([even])).toEqual([0.3, 0.7]);
  });

  it('are drawn from the base line up and down again', () => {
    const outline = staircase(bins([1, 3], [0, 1, 2]));
    expect(outline.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [0, 0.25],
      [1, 0.25],
      [1, 0.75],
      [2, 0.75],
      [2, 0],
    ]);
    expect(staircase([])).toEqual([]);
  });

  it('stay inside their panel', () => {
    const document = parse(scoresSection(sampleRun()).body);
    for (const area of document.querySelectorAll('[aria-label="area"] path')) {
      const heights = [...(area.getAttribute('d') as string).matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(30 - 1e-6);
    }
    expect(document.querySelectorAll('.panels-4 > div')).toHaveLength(4);
  });

  it('tell the mean scores and their gap in the table', () => {
    const histogram = { step: 1200, positive: [0, 0, 0, 4], negative: [0, 0, 4, 0], edges };
    const cells = parse(scoresSection({ ...RUN, histograms: [histogram] }).body).querySelectorAll('tbody th, tbody td');
    expect([...cells].map(({ textContent }) => textContent)).toEqual(['1,200', '0.750', '0.250', '0.500']);
  });
});

describe('lossSection', () => {
  it('explains the band only where it is drawn', () => {
    const steps = (count: number) => Array.from({ length: count }, (_, i) => ({ step: i + 1, loss: 1 + 1 / (i + 1) }));
    expect(lossSection({ ...RUN, loss: steps(401) }).body.text).toContain('pale band');
    expect(lossSection({ ...RUN, loss: steps(400) }).body.text).not.toContain('pale band');
  });

  it('keeps the first and the last step in its table', () => {
    const document = parse(lossSection(sampleRun()).body);
    const steps = [...(document.querySelector('table') as Element).querySelectorAll('tbody th')];
    expect(steps).toHaveLength(12);
    expect([steps[0]?.textContent, steps.at(-1)?.textContent]).toEqual(['1', '420']);
  });
});

describe('weightsSection', () => {
  const { weights } = sampleRun() as Required<ReturnType<typeof sampleRun>>;
  const drawn = (own: typeof weights) => parse(weightsSection({ ...RUN, weights: own }).body);
  const main = (own: typeof weights) => drawn(own).querySelector('.wide svg') as Element;

  it('takes a logarithmic axis only where the strong curves need one', () => {
    const heading = (own: typeof weights) => main(own).textContent?.includes('(logarithmic)');
    expect(heading(weights)).toBe(true);
    const mild = weights.score.map((score) => Math.exp(score));
    const curves = weights.curves.map((curve) => (curve.role === 'other' ? curve : { ...curve, weight: mild }));
    expect(heading({ ...weights, curves })).toBe(false);
  });

  it('names the run’s own first, and gives every curve a look of its own', () => {
    const items = [...drawn(weights).querySelectorAll('.legend li')];
    expect(items.map(({ textContent }) => textContent)).toEqual([
      'ADNCE, μ = 0.4, σ = 1: this run',
      'InfoNCE (KL)',
      'χ²',
      'CVaR, hardest 10%',
      'where this run’s negatives are',
    ]);
    const looks = items.map((item) => item.querySelector('svg')?.getAttribute('class'));
    expect(looks).toEqual(['swatch line', 'swatch dashed', 'swatch thin-0', 'swatch thin-1', 'swatch neutral']);
    const lines = [...main(weights).querySelectorAll('[aria-label="line"]')];
    expect(lines.map((line) => line.getAttribute('stroke'))).toEqual([
      'var(--fourth)',
      'var(--third)',
      'var(--second)',
      'var(--first)',
    ]);
  });

  it('keeps every line inside the plot', () => {
    for (const path of main(weights).querySelectorAll('[aria-label="line"] path')) {
      const heights = [...(path.getAttribute('d') as string).matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(40 - 1e-6);
      expect(Math.max(...heights)).toBeLessThanOrEqual(380 - 42 + 1e-6);
    }
  });

  it('shows ADNCE’s bell curve where it was recorded, and says where its centre lies', () => {
    const { bell, ...rest } = weights;
    expect(drawn(rest).querySelector('h3')).toBeNull();
    expect(drawn(weights).querySelector('h3')?.textContent).toBe('What ADNCE adds');
    const text = (mu: number) =>
      drawn({ ...weights, bell: { ...(bell as NonNullable<typeof bell>), mu } }).documentElement.textContent;
    expect(text(0.2)).toContain('Here its centre\nlies among the scores');
    expect(text(7)).toContain('lies beyond the hardest negatives');
    expect(text(-7)).toContain('lies below the scores');
  });

  it('describes the figure by its ends and does not speak of a hill that is not there', () => {
    const { scoreDensity: _, ...bare } = weights;
    const text = weightsSection({ ...RUN, weights: bare }).body.text;
    expect(text).toMatch(/At score −1\.00 ADNCE, μ = 0\.4, σ = 1: [\d.e−]+; InfoNCE \(KL\): .*At score 1\.00/);
    expect(text).not.toContain('grey hill');
  });

  it('says when the objective of the run has no such weights', () => {
    const curves = weights.curves.filter(({ role }) => role !== 'own');
    expect(drawn({ ...weights, curves }).documentElement.textContent).toContain(
      'an objective that has no such weights',
    );
  });
});

describe('robustSection', () => {
  const { robust } = sampleRun() as Required<ReturnType<typeof sampleRun>>;
  const document = (entries: typeof robust) => parse(robustSection({ ...RUN, robust: entries }).body);
  const names = (entries: typeof robust) =>
    [...document(entries).querySelectorAll('.wide svg title')].map(({ textContent }) => textContent?.split(' by ')[0]);

  it('draws what is measured, and settings only where they change', () => {
    expect(names(robust)).toEqual(['radius η', 'effective negatives', 'mean of positives', 'variance of negatives']);
    const auto = robust.map((entry, i) => ({ ...entry, temperature: 0.1 / (i + 1) }));
    expect(names(auto)).toContain('temperature τ');
    expect(names(robust.map((entry) => ({ ...entry, radius: null })))).not.toContain('radius η');
  });

  it('has every setting in its table', () => {
    const heads = [...document(robust).querySelectorAll('thead th')].map(({ textContent }) => textContent);
    expect(heads).toEqual(expect.arrayContaining(['step', 'radius η', 'temperature τ', 'centre μ', 'width σ']));
    const first = [...document(robust).querySelectorAll('tbody tr:first-child > *')].map((cell) => cell.textContent);
    expect(first.slice(0, 4)).toEqual(['0', '0.4', '4,000', '0.07']);
  });
});

describe('suspectsSection', () => {
  const { suspects } = sampleRun() as Required<ReturnType<typeof sampleRun>>;

  it('shows each pair with its texts, scores and weight', () => {
    const document = parse(suspectsSection({ ...RUN, suspects }).body);
    expect(document.documentElement.textContent).toContain('740 of 233,000 negatives');
    const [row] = document.querySelectorAll('tbody tr');
    expect([...(row as Element).children].map(({ textContent }) => textContent)).toEqual([
      'canary: a small yellow songbird',
      'songbird: any bird having a musical call 0.84',
      'finch: any of numerous small songbirds 0.79',
      '×412.3',
    ]);
  });

  it('has no table where nothing is suspected', () => {
    const none = parse(suspectsSection({ ...RUN, suspects: { ...suspects, total: 0, pairs: [] } }).body);
    expect(none.querySelector('table')).toBeNull();
    expect(none.documentElement.textContent).toContain('0 of 233,000 negatives');
  });
});

describe('environmentSection', () => {
  it('promises equal bits only to those who get them', () => {
    const environment = { runtime: 'Node 20', build: 'simd', threads: 1 };
    expect(environmentSection({ ...RUN, environment }).body.text).toContain('gives the same bits');
    const relaxed = { ...environment, build: 'relaxed' };
    expect(environmentSection({ ...RUN, environment: relaxed }).body.text).toContain('expect close figures');
  });
});

describe('spread', () => {
  it('takes the first, the last and evenly between', () => {
    expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
    expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3)).toEqual([0, 5, 10]);
    expect(spread([], 4)).toEqual([]);
  });

  it('never repeats and never turns round', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 2, max: 40 }), (length, count) => {
        const taken = spread(
          Array.from({ length }, (_, i) => i),
          count,
        );
        expect(taken).toHaveLength(Math.min(length, count));
        expect(taken.every((item, i) => i === 0 || item > (taken[i - 1] as number))).toBe(true);
        if (length > 0) expect([taken[0], taken.at(-1)]).toEqual([0, length - 1]);
      }),
    );
  });
});

describe('table', () => {
  it('names its rows and columns for those who hear it', () => {
    const contents = { caption: 'a < b', head: ['', 'x'], rows: [['one', html`<b>1</b>`]] };
    const document = parse(table(contents));
    expect(document.querySelector('caption')?.textContent).toBe('a < b');
    expect(document.querySelector('.scroll')?.getAttribute('aria-label')).toBe('a < b');
    expect(document.querySelectorAll('th[scope=col]')).toHaveLength(2);
    expect(document.querySelector('th[scope=row]')?.textContent).toBe('one');
    expect(document.querySelector('td b')?.textContent).toBe('1');
    expect(parse(numbers(contents)).querySelector('summary')?.textContent).toBe('The numbers: a < b');
  });
});
