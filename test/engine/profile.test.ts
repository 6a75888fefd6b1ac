/** Where a step's time went: rows that add up, a table that can be read, a trace that a viewer can open. */
import { describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { infoNCE } from '../../src/losses/index.js';
import { parameter } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

async function profiled() {
  const owner = await init({ threads: 1 });
  const next = uniform(1);
  const [a, b] = [parameter([300, 32], 'a'), parameter([300, 32], 'b')];
  for (const x of [a, b]) x.data.set(randomFloats(x.length, next));
  const step = () => owner.step(() => infoNCE(a, b, { temperature: 0.5, layout: 'image' }).backward());
  return { owner, step, profile: owner.profile(() => [step(), step()]) };
}

describe('a profile', () => {
  it('has rows that add up to its time, the most expensive kernel first', async () => {
    const { profile } = await profiled();
    const rows = profile.rows();
    expect(rows.find(({ kernel }) => kernel === 'infoNceGradients')?.calls).toBe(2);
    expect(rows.at(-1)?.kernel).toBe('(JavaScript and small kernels)');
    expect(rows.reduce((sum, { time }) => sum + time, 0)).toBeCloseTo(profile.time, 6);
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    const times = rows.slice(0, -1).map(({ time }) => time);
    expect(times).toEqual([...times].sort((x, y) => y - x));
    expect(rows.every(({ time }) => time >= 0)).toBe(true);
  });

  it('is a table with a line for each', async () => {
    const { profile } = await profiled();
    const lines = profile.table().trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d+\.\d\d ms, simd, threads: 1$/);
    expect(lines[1]).toMatch(/^kernel +calls +ms +share$/);
    expect(lines).toHaveLength(2 + profile.rows().length);
    expect(new Set(lines.slice(1).map((line) => line.length)).size).toBe(1);
  });

  it('is a trace of complete events in order, as viewers want it', async () => {
    const { profile } = await profiled();
    const { traceEvents } = JSON.parse(JSON.stringify(profile.trace()));
    expect(traceEvents[0]).toMatchObject({ ph: 'M', name: 'process_name' });
    const events = traceEvents.slice(1);
    expect(events.length).toBeGreaterThan(10);
    let last = 0;
    for (const event of events) {
      expect(event).toMatchObject({ ph: 'X', cat: 'adnce', pid: 1, tid: 1 });
      expect(event.ts).toBeGreaterThanOrEqual(last);
      expect(event.dur).toBeGreaterThanOrEqual(0);
      last = event.ts;
    }
  });

  it('ends with its work, also when that fails, and does not nest', async () => {
    const { owner, step } = await profiled();
    expect(() =>
      owner.profile(() => {
        throw new TypeError('mine');
      }),
    ).toThrow(new TypeError('mine'));
    const rows = owner.profile(() => {
      expect(() => owner.profile(() => {})).toThrow(/^E_STATE engine\.profile: a profile is already being taken/);
    });
    expect(rows.rows()).toHaveLength(1);
    step();
    expect(rows.rows()).toHaveLength(1);
  });
});
