import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/index.js';
import { EDGE_CASES, MINIMAL } from './edge-cases.js';
import { HOSTILE } from './hostile.js';
import { sampleRun } from './sample.js';

/** All texts of a value replaced by one. */
function withText<T>(value: T, text: string): T {
  const swap = (item: unknown): unknown => {
    if (typeof item === 'string') return text;
    if (Array.isArray(item)) return item.map(swap);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, own]) => [key, swap(own)]));
  };
  return swap(value) as T;
}

const { script, attribute, close, quotes, rightToLeft, override, long, emoji, wide, ...unfit } = HOSTILE;
/** Few texts of many kinds each: drawing a whole report takes a while. */
const TEXTS = {
  markup: [script, attribute, close, quotes].join(' '),
  directions: [rightToLeft, override].join(' '),
  letters: [long, emoji, wide].join(' '),
  'what no page may hold': Object.values(unfit).join(' '),
  nothing: '',
};

/** Every promise the page makes to those who open it. */
function expectWellFormed(page: string): Document {
  const { document } = parseHTML(page);
  expect(document.querySelectorAll('script, link, img, iframe, object, embed, base, form, foreignObject')).toHaveLength(
    0,
  );
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes]);
  const broken = attributes.filter(
    ({ name, value }) =>
      // Handlers and inline styles: the policy forbids them.
      /^(on.*|style|src|srcset)$/.test(name) ||
      (/href$/.test(name) && !ids.includes(value.replace(/^#/, ''))) ||
      (!name.startsWith('xmlns') && /NaN|Infinity|undefined|url\(/.test(value)),
  );
  expect(broken.map(({ name, value }) => `${name}="${value}"`)).toEqual([]);
  for (const svg of document.querySelectorAll('svg.plot')) {
    expect(svg.getAttribute('role')).toBe('img');
    for (const id of (svg.getAttribute('aria-labelledby') as string).split(' ')) {
      expect(document.getElementById(id)?.textContent).toMatch(/\S/);
    }
  }
  return document;
}

describe('renderReport', () => {
  const page = renderReport(sampleRun());
  const document = expectWellFormed(page);
  const section = (id: string) => document.getElementById(id) as HTMLElement;

  it('makes the same page from the same run', () => {
    expect(renderReport(sampleRun())).toBe(page);
  });

  it('allows no request, no script and exactly its own style sheet', () => {
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
    const styles = [...document.querySelectorAll('style')];
    expect(styles).toHaveLength(1);
    const [, style] = /<style>(.*?)<\/style>/s.exec(page) as unknown as [string, string];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(style).not.toMatch(/url\(|@import|@font-face/);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:|\/\//);
  });

  it('shows each part under its heading', () => {
    const headings = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
    expect(headings).toEqual([
      'What it finds',
      'Sentence similarity',
      'How it learned',
      'How the pairs moved apart',
      'Which negatives count',
      'The robust view over time',
      'Suspected false negatives',
      'Searches',
      'Every setting',
      'Where it ran',
    ]);
    expect(document.querySelectorAll('nav a')).toHaveLength(headings.length);
    expect(document.querySelectorAll('.absent')).toHaveLength(1);
    expect(section('searches').querySelector('.absent')?.textContent).toBe('Nothing found.');
  });

  it('gives every figure a caption, both widths and the table behind it', () => {
    const figures = [...document.querySelectorAll('figure')];
    expect(figures).toHaveLength(7);
    for (const figure of figures) {
      expect(figure.querySelector('figcaption')?.textContent.length).toBeGreaterThan(80);
      expect(figure.querySelectorAll('.wide svg').length).toBeGreaterThan(0);
      expect(figure.querySelectorAll('.narrow svg')).toHaveLength(figure.querySelectorAll('.wide svg').length);
      expect(figure.parentElement?.querySelectorAll('table').length).toBeGreaterThan(0);
    }
  });

  it('names the axes and their units', () => {
    const labels = (id: string) => [...section(id).querySelectorAll('text')].map((text) => text.textContent);
    expect(labels('loss')).toEqual(expect.arrayContaining(['step', 'loss, nats', 'learning rate', 'gradient norm']));
    expect(labels('scores')).toEqual(expect.arrayContaining(['score (cosine)', 'step 0', 'step 420']));
    expect(labels('weights')).toEqual(
      expect.arrayContaining(['score of the negative (cosine)', 'ADNCE’s bell curve', '×1', '×100']),
    );
  });

  it('shows retrieval before and after, and marks the best of each column', () => {
    const rows = [...section('retrieval').querySelectorAll('tbody tr')];
    expect(rows.map((row) => row.querySelector('th')?.textContent)).toEqual(['untrained', 'trained', 'BM25', 'TF-IDF']);
    expect(rows.map((row) => row.querySelectorAll('.best').length)).toEqual([0, 5, 0, 0]);
    expect(rows[1]?.querySelectorAll('td')[0]?.textContent).toContain('37.2%');
  });

  it('shows every setting, nested ones by their path', () => {
    const names = [...section('settings').querySelectorAll('tbody th')].map(({ textContent }) => textContent);
    const { settings = {} } = sampleRun();
    const groups = Object.values(settings).flatMap((own) => (typeof own === 'object' ? Object.keys(own ?? {}) : []));
    expect(names).toEqual(['seed', ...groups]);
    const deep = renderReport({ ...MINIMAL, settings: { a: { b: { c: [1, 'two', { d: 3 }], e: {} } } } });
    expect(parseHTML(deep).document.getElementById('settings')?.textContent).toMatch(
      /b\.c\s*1, two, \{"d":3\}\s*b\.ee?/,
    );
  });

  it.each(Object.entries(EDGE_CASES))('survives %s', (_, run) => {
    const text = expectWellFormed(renderReport(run)).body.textContent;
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('says what is missing', () => {
    const { document: small } = parseHTML(renderReport(MINIMAL));
    expect(small.querySelector('.lead')?.textContent).toBe('This run holds no measurements yet.');
    const absent = [...small.querySelectorAll('section')].filter((part) => part.querySelector('.absent') === null);
    expect(absent).toHaveLength(0);
    expect(small.querySelectorAll('figure')).toHaveLength(0);
  });

  it('counts the steps whose loss was not finite', () => {
    const loss = [1, null, 3, Number.NaN].map((value, i) => ({ step: 10 * (i + 1), loss: value }));
    expect(renderReport({ ...MINIMAL, loss })).toContain('not finite in 2 logged steps, first at step 20.');
  });

  it.each(Object.entries(TEXTS))('shows hostile text as text: %s', (_, text) => {
    const { loss = [], histograms = [], ...rest } = sampleRun();
    const run = withText({ ...rest, loss: loss.slice(0, 3), histograms: histograms.slice(0, 1) }, text);
    run.retrieval?.rows.push({ name: text, metrics: { [text]: 0.5, 'recall@1': 0.9 } });
    run.validation?.push({ step: 500, metrics: { [text]: 0.5 } });
    run.weights?.curves.forEach((curve, i) => {
      curve.role = i === 0 ? 'own' : 'other';
    });
    run.settings = { [text]: { [text]: [text, { [text]: text }] } };
    const shown = expectWellFormed(renderReport(run));
    const elements = (own: Document) => new Set([...own.querySelectorAll('*')].map(({ tagName }) => tagName));
    expect([...elements(shown)].filter((tag) => !elements(document).has(tag))).toEqual([]);
    if (text === TEXTS.markup || text === TEXTS.letters) expect(shown.querySelector('h1')?.textContent).toBe(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(shown.documentElement.textContent).not.toMatch(/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\p{Cs}]/u);
  });

  it('keeps a run of 100,000 steps small', () => {
    const loss = Array.from({ length: 100_000 }, (_, i) => ({
      step: i + 1,
      loss: 7 * Math.exp(-i / 2e4) + Math.sin(i),
      learningRate: 1e-3,
      gradNorm: Math.abs(Math.cos(i)),
    }));
    expect(Buffer.byteLength(renderReport({ ...sampleRun(), loss }))).toBeLessThan(1e6);
  });

  it('shows no more searches than one reads, and counts the rest', () => {
    const searches = Array.from({ length: 75 }, (_, i) => ({ query: `query ${i}`, results: [] }));
    const text = renderReport({ ...MINIMAL, searches });
    expect(text.match(/class="card"/g)).toHaveLength(60);
    expect(text).toContain('15 more searches are not shown.');
  });
});
