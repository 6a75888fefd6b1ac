/** What was promised, judged on made-up measurements. */
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/cli/bench/measurement.js';
import { type CaseName, problemOf } from '../../src/cli/bench/problem.js';
import { type Summary, summarize } from '../../src/cli/bench/statistics.js';
import { judge, type Results } from '../../src/cli/bench/targets.js';
import { verdictMarkdown, verdictText } from '../../src/cli/bench/verdict.js';

const summary = (median: number): Summary => ({ median, low: median, high: median, count: 5 });

function row(name: CaseName, n: number, peer: string, facts: Partial<Measurement>): Measurement {
  return {
    problem: problemOf(name, n),
    peer,
    title: peer,
    setup: '',
    version: null,
    threads: 1,
    status: 'ok',
    reason: null,
    samples: [],
    time: null,
    ratios: {},
    loss: null,
    lossError: null,
    gradientError: null,
    gradientNorm: null,
    peakBytes: null,
    openBytes: null,
    extraBytes: null,
    flops: null,
    ...facts,
  };
}

function verdict(results: Results, name: string) {
  const found = judge(results).filter((one) => one.name === name);
  expect(found, name).toHaveLength(1);
  return found[0];
}

describe('judge', () => {
  it('says nothing of what was not measured', () => {
    const verdicts = judge({});
    expect(verdicts.length).toBeGreaterThan(30);
    expect(verdicts.every(({ value, met }) => value === null && met === null)).toBe(true);
    expect(new Set(verdicts.map(({ name }) => name)).size).toBe(verdicts.length);
  });

  const overTfjs = 'adnce, 1,024 pairs: over tfjs cpu';

  it.each([
    [100, true],
    [140, true],
    [99.9, false],
  ])('a ratio of %d to tfjs cpu is met: %s', (ratio, met) => {
    const measurements = [row('adnce', 1024, 'tfjs-cpu', { ratios: { adnce: summary(ratio) } })];
    expect(verdict({ measurements }, overTfjs)).toMatchObject({
      value: ratio,
      target: 100,
      direction: 'at least',
      met,
    });
  });

  it('looks at the right case, size and peer, and at nothing that was wrong', () => {
    const ratios = { adnce: summary(200) };
    const others = [
      row('nt-xent', 1024, 'tfjs-cpu', { ratios }),
      row('adnce', 256, 'tfjs-cpu', { ratios }),
      row('adnce', 1024, 'tfjs-wasm', { ratios }),
      row('adnce', 1024, 'tfjs-cpu', { ratios, status: 'wrong' }),
    ];
    expect(verdict({ measurements: others }, overTfjs)?.value).toBeNull();
  });

  it('compares all threads with the peer by neighbouring pairs of their own', () => {
    const ratios = { adnce: summary(110), 'adnce-threads': summary(190) };
    const measurements = [row('adnce', 1024, 'tfjs-cpu', { ratios })];
    expect(verdict({ measurements }, `${overTfjs}, all threads`)).toMatchObject({ value: 190, met: true });
  });

  it('turns the time of all threads over one into a speed-up', () => {
    const measurements = [row('mlp', 512, 'adnce-threads', { ratios: { adnce: summary(0.5) } })];
    expect(verdict({ measurements }, 'MLP step: all threads over one')).toMatchObject({ value: 2, met: true });
  });

  it('sets useful flops against those of the tile', () => {
    // The tile does 1e9 flops in the time in which the loss does a third of its 6·N²·d.
    const ratios = { adnce: summary(1 / 3) };
    const measurements = [row('cross', 4096, 'tile', { ratios, flops: 1e10 })];
    const { value } = verdict({ measurements }, 'cross, 4,096 pairs: useful rate over the bare tile') ?? {};
    expect(value).toBeCloseTo((6 * 4096 ** 2 * 128) / 1e10 / 3, 9);
  });

  it('counts pairs a second', () => {
    const measurements = [row('bag', 1024, 'adnce', { time: summarize([40, 41, 42]) })];
    const found = verdict({ measurements }, 'training step with a bag, batch 1,024');
    expect(found?.value).toBeCloseTo(1024 / 0.041, 6);
    expect(found?.met).toBe(true);
  });

  it('allows 4·n·d floats and 8 MB at 65,536 pairs', () => {
    const name = 'memory at 65,536 pairs beyond 4·n·d floats';
    const floats = 4 * 131_072 * 128 * 4;
    const at = (extraBytes: number, n = 65_536) => verdict({ memory: [{ n, d: 128, extraBytes }] }, name);
    expect(at(floats + 7.9e6)).toMatchObject({ direction: 'at most', met: true });
    expect(at(floats + 8.1e6)?.met).toBe(false);
    expect(at(floats, 32_768)?.value).toBeNull();
  });

  it('judges sizes and start-up, a line for every core build', () => {
    const sizes = { cores: { simd: 22_000, 'simd-threads': 41_000 }, library: 39_000 };
    const results: Results = { sizes, startup: { firstLoss: 12, core: 6 } };
    expect(verdict(results, 'core simd, gzipped')).toMatchObject({ value: 22, met: true });
    expect(verdict(results, 'core simd-threads, gzipped')?.met).toBe(false);
    expect(verdict(results, 'library, minified and gzipped')?.met).toBe(true);
    expect(verdict(results, 'first loss at 256 pairs, beyond an empty process')?.met).toBe(true);
    expect(verdict(results, 'starting the core')?.met).toBe(false);
  });
});

describe('the verdict as text', () => {
  const verdicts = judge({ startup: { firstLoss: 12.34, core: 6 } });

  it('shows what was measured and counts the rest', () => {
    const text = verdictText(verdicts);
    expect(text).toMatch(/first loss .* ≤ 30 ms +12\.3 ms +yes/);
    expect(text).toMatch(/starting the core +≤ 5 ms +6 ms +no/);
    expect(text).toContain('1 of 2 targets met');
    expect(text).toContain(`${verdicts.length - 2} were not measured`);
    expect(text).not.toContain('tfjs');
  });

  it('shows all of it in Markdown', () => {
    const lines = verdictMarkdown(verdicts).split('\n');
    expect(lines).toHaveLength(verdicts.length + 2);
    expect(lines[1]).toBe('| --- | ---: | ---: | ---: |');
    expect(lines).toContain('| starting the core | ≤ 5 ms | 6 ms | no |');
  });
});
