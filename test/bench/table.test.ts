/** Rows as text, Markdown and charts, and the options of `adnce bench`. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { comparisonChart, growthChart } from '../../src/cli/bench/chart.js';
import { type ComparePeersOptions, comparePeers } from '../../src/cli/bench/compare-peers.js';
import { gainOfCores } from '../../src/cli/bench/cores.js';
import { machineText } from '../../src/cli/bench/machine.js';
import type { Measurement } from '../../src/cli/bench/measurement.js';
import { findPeers, peersText } from '../../src/cli/bench/peers-table.js';
import { problemOf } from '../../src/cli/bench/problem.js';
import { summarize } from '../../src/cli/bench/statistics.js';
import { cellsOf, comparisonMarkdown, comparisonText, timeCell } from '../../src/cli/bench/table.js';

const row = (peer: string, facts: Partial<Measurement>): Measurement => ({
  problem: problemOf('cross', 1024),
  peer,
  title: peer,
  setup: 'as its docs say',
  version: null,
  threads: 1,
  status: 'ok',
  reason: null,
  samples: [],
  time: null,
  ratios: {},
  loss: 5.5,
  lossError: 1.5e-7,
  gradientError: 3e-7,
  gradientNorm: 0.1,
  peakBytes: 80e6,
  openBytes: 60e6,
  extraBytes: null,
  flops: null,
  ...facts,
});

const rows = [
  row('adnce', { time: summarize([12, 12.1, 12.4]) }),
  row('tile', { time: summarize([2, 2, 2]), flops: 1.2e8, ratios: { adnce: summarize([0.2]) } }),
  row('tfjs-cpu', {
    title: 'tfjs cpu',
    version: '4.22.0',
    time: summarize([1154]),
    ratios: { adnce: summarize([95.4]) },
  }),
  row('ort-web', { status: 'unavailable', reason: 'not installed: npm i onnxruntime-web' }),
];

describe('what all cores gain', () => {
  const beside = (peer: string, ratio: number, threads = 1) =>
    row(peer, { threads, ratios: { adnce: summarize([ratio]) } });

  it('is ours over one core, and what the tile gains on each core at once', () => {
    const own = [rows[0] as Measurement, beside('adnce-threads', 0.5, 2)];
    expect(gainOfCores(rows)).toBeNull();
    expect(gainOfCores(own)).toEqual({ ours: 2, tile: null });
    const all = [...own, beside('tile', 0.2), beside('tile-threads', 0.25, 2)];
    expect(gainOfCores(all)?.tile).toBeCloseTo(1.6, 12);
    expect(comparisonText(all.map((one) => ({ ...one, time: summarize([1]) })))).toContain(
      'all cores over one: adnce 2 ×; the bare tile, on this machine now: 1.6 ×',
    );
  });
});

describe('a row', () => {
  it('has its numbers with as many digits as count', () => {
    expect(cellsOf(rows[0] as Measurement)).toMatchObject({
      time: '12.1 ±1 %',
      rate: '66.6',
      ratio: '–',
      memory: '80 (+20)',
      loss: '1.5e−7',
    });
    expect(cellsOf(rows[2] as Measurement)).toMatchObject({
      peer: 'tfjs cpu 4.22.0',
      time: '1,154 ±0 %',
      ratio: '95 ±0 %',
    });
  });

  it.each([
    [0.0123, '0.012 ±0 %'],
    [0.34, '0.340 ±0 %'],
    [9.876, '9.88 ±0 %'],
    [123.4, '123 ±0 %'],
    [16505, '16,505 ±0 %'],
  ])('%d ms is %s', (value, want) => {
    expect(timeCell(summarize([value]))).toBe(want);
  });
});

describe('a comparison', () => {
  it('as text has a line for each that ran, and a remark for each that did not', () => {
    const text = comparisonText(rows);
    expect(text).toMatch(/^cross 1,024 × 128\npeer/);
    expect(text).toMatch(/\ntile +2\.00 ±0 % +60\.0 +– +–/);
    expect(text).toContain('ort-web: unavailable, not installed: npm i onnxruntime-web');
    expect(text.split('\n')).toHaveLength(1 + 2 + 3 + 1);
    // Nobody ran on all threads: no column for it.
    expect(text).not.toContain('all threads');
  });

  it('as Markdown has the same cells', () => {
    const text = comparisonMarkdown(rows);
    expect(text).toContain('### cross 1,024 × 128');
    expect(text).toContain('| tfjs cpu 4.22.0 | 1,154 ±0 % |');
    expect(text).toContain('- ort-web: unavailable');
  });

  it('of nothing is nothing', () => {
    expect(comparisonText([])).toBe('');
    expect(comparisonMarkdown([])).toBe('');
  });

  it('names the machine', () => {
    const machine = {
      processor: 'P',
      cores: 2,
      memoryGiB: 24,
      platform: 'linux x64',
      runtime: 'Node 20',
      date: '2026-01-02T03',
    };
    expect(machineText(machine)).toBe('P, 2 cores, 24 GiB, linux x64, Node 20, 2026-01-02');
  });
});

describe('a chart', () => {
  it('stands alone, shows who ran, and not the limits of the machine', () => {
    const svg = comparisonChart(rows);
    expect(svg).toMatch(/^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('1,154 ms (×95)');
    expect(svg).toContain('cross 1,024 × 128');
    expect(svg).not.toMatch(/NaN|undefined|ort-web|>tile</);
  });

  it('takes of each case the largest size that most were measured at', () => {
    const small = rows.map((one) => ({ ...one, problem: problemOf('cross', 256) }));
    const large = { ...(rows[0] as Measurement), problem: problemOf('cross', 4096) };
    const svg = comparisonChart([...small, ...rows, large]);
    expect(svg).toContain('cross 1,024 × 128');
    expect(svg).not.toMatch(/cross 256|cross 4,096/);
  });

  it('of growth has a curve and a name for each series', () => {
    const points = ['one', 'two'].flatMap((series, k) =>
      [256, 1024, 4096].map((x) => ({ series, x, y: (k + 1) * x ** 2 })),
    );
    const svg = growthChart('Time', points, { x: 'pairs', y: 'ms' });
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(svg).toContain('>one</text>');
    expect(svg).toContain('>4k</text>');
    expect(svg.match(/<path/g)?.length).toBeGreaterThanOrEqual(2);
  });
});

describe('comparePeers', () => {
  it.each([
    [{ peer: ['plain'] }, 'unknown option "peer"'],
    [{ peers: ['tfjs-gpu'] }, 'did you mean "tfjs-cpu"'],
    [{ peers: ['tile'] }, '"peers" must be one of'],
    [{ peers: [] }, 'at least one peer'],
    [{ cases: ['mlp'] }, '"cases" must be one of'],
    [{ pairs: [1] }, '"pairs" must be an integer >= 2'],
    [{ repeats: 0 }, '"repeats" must be an integer >= 1'],
    [{ dimension: 1.5 }, '"dimension" must be an integer'],
  ])('refuses %j', async (options, message) => {
    await expect(comparePeers(options as ComparePeersOptions)).rejects.toThrow(message);
  });

  it('ends when the user wants it to', async () => {
    const shown: string[] = [];
    const options = {
      peers: ['plain'],
      pairs: [4],
      signal: AbortSignal.abort(),
      table: (text: string) => shown.push(text),
    };
    await expect(comparePeers(options)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    // Who would have taken part was said before.
    expect(shown.join('\n')).toMatch(/plain .*typed arrays/);
  });
});

describe('the list of who takes part', () => {
  it('says what is missing and how to get it', () => {
    const found = findPeers(['adnce', 'ort-web'], [tmpdir()]);
    expect(found[0]).toMatchObject({ peer: 'adnce', missing: null });
    expect(found[1]).toMatchObject({ version: null, missing: 'not installed: npm i onnxruntime-web' });
    expect(peersText(['adnce', 'ort-web'], [tmpdir()])).toContain('npm i onnxruntime-web');
  });
});
