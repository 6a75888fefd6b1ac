import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batches, textKeys } from '../../src/data/batches.js';
import type { TextPairs } from '../../src/data/types.js';

const word = fc.integer({ min: 0, max: 12 }).map(String);
const pairs = fc
  .array(fc.record({ anchor: word, positive: word, negative: word }), { minLength: 1, maxLength: 80 })
  .map(
    (rows): TextPairs => ({
      kind: 'text',
      name: 'test',
      anchors: rows.map((row) => row.anchor),
      positives: rows.map((row) => row.positive),
      negatives: rows.map((row) => `n${row.negative}`.replace('n1', '1')),
    }),
  );

/** Whether a text of one row is the anchor or positive of another, or its negative. */
function clashes(data: TextPairs, rows: Int32Array): boolean {
  for (const i of rows) {
    for (const j of rows) {
      if (i === j) continue;
      const own = [data.anchors[i], data.positives[i]];
      if ([data.anchors[j], data.positives[j], data.negatives?.[j]].some((text) => own.includes(text))) return true;
    }
  }
  return false;
}

describe('Batches', () => {
  it('gives each row exactly once an epoch, and no text twice in a batch', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 20 }), fc.nat(), (data, batchSize, seed) => {
        const batches = new Batches(data.anchors.length, { batchSize, seed, keys: textKeys(data) });
        const all: number[] = [];
        for (const rows of batches.epoch(1)) {
          expect(rows.length).toBeGreaterThan(0);
          expect(rows.length).toBeLessThanOrEqual(batchSize);
          expect(clashes(data, rows)).toBe(false);
          all.push(...rows);
        }
        expect(all.sort((a, b) => a - b)).toEqual(data.anchors.map((_, i) => i));
      }),
    );
  });

  it('fills every batch but the last where there are no duplicates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30 }), (n, batchSize) => {
        const data = { kind: 'text' as const, name: '', anchors: [] as string[], positives: [] as string[] };
        for (let i = 0; i < n; i++) {
          data.anchors.push(`a${i}`);
          data.positives.push(`p${i}`);
        }
        const plan = new Batches(n, { batchSize, keys: textKeys(data) }).plan(0);
        expect(plan.count).toBe(Math.ceil(n / batchSize));
        expect(plan.deferred).toBe(0);
        for (let b = 0; b < plan.count - 1; b++) expect(plan.batch(b).length).toBe(batchSize);
        expect([...plan.rows]).toEqual([...new Batches(n, { batchSize }).plan(0).rows]);
      }),
    );
  });

  it('is a function of seed and epoch', () => {
    const rows = (seed: number, epoch: number) => [...new Batches(50, { batchSize: 8, seed }).plan(epoch).rows];
    expect(rows(1, 3)).toEqual(rows(1, 3));
    expect(rows(1, 3)).not.toEqual(rows(2, 3));
    expect(rows(1, 3)).not.toEqual(rows(1, 4));
  });

  it('defers duplicates and reports how many', () => {
    const keys = { anchors: Int32Array.of(0, 0, 0, 1), positives: Int32Array.of(2, 3, 4, 5) };
    const plan = new Batches(4, { batchSize: 4, keys }).plan(0);
    expect(plan.deferred).toBe(2);
    expect([0, 1, 2].map((b) => plan.batch(b).length)).toEqual([2, 1, 1]);
  });

  it('stays fast when every text is the same', () => {
    const n = 100_000;
    const keys = { anchors: new Int32Array(n), positives: new Int32Array(n) };
    expect(new Batches(n, { batchSize: 64, keys }).plan(0).count).toBe(n);
  });

  it('drops batches that are not full if asked to', () => {
    const plan = new Batches(10, { batchSize: 4, dropLast: true }).plan(0);
    expect([plan.count, plan.rows.length, plan.dropped]).toEqual([2, 8, 2]);
    expect(() => new Batches(3, { batchSize: 4, dropLast: true })).toThrow(/E_DATA.*full batch of 4 rows.*got 3/);
    const same = { anchors: new Int32Array(4), positives: new Int32Array(4) };
    const none = new Batches(4, { batchSize: 2, dropLast: true, keys: same });
    expect(() => none.next()).toThrow(/E_DATA.*without duplicate/);
  });

  it('goes on where it was left', () => {
    const options = { batchSize: 3, seed: 5 };
    const run = new Batches(10, options);
    for (let i = 0; i < 6; i++) run.next();
    expect(run.state).toEqual({ epoch: 1, position: 2 });
    const resumed = new Batches(10, options);
    resumed.restore(run.state);
    for (let i = 0; i < 9; i++) expect([...resumed.next()]).toEqual([...run.next()]);
    const rest = [...run.epoch(2, 3)].map((rows) => [...rows]);
    expect(rest).toEqual([[...run.plan(2).batch(3)]]);
  });

  it('refuses wrong options, keys and states', () => {
    expect(() => new Batches(0, { batchSize: 1 })).toThrow(/E_OPTION.*"n"/);
    expect(() => new Batches(4, { batchSize: 0 })).toThrow(/E_OPTION.*"batchSize"/);
    expect(() => new Batches(4, { batchSize: 1, sed: 1 } as never)).toThrow(/did you mean "seed"/);
    const short = { anchors: new Int32Array(3), positives: new Int32Array(4) };
    expect(() => new Batches(4, { batchSize: 1, keys: short })).toThrow(/E_SHAPE.*keys.anchors must be i32\[4\]/);
    const negative = { anchors: Int32Array.of(-1), positives: new Int32Array(1) };
    expect(() => new Batches(1, { batchSize: 1, keys: negative })).toThrow(/E_OPTION.*ids >= 0/);
    expect(() => new Batches(4, { batchSize: 1 }).restore({ epoch: -1, position: 0 })).toThrow(/E_OPTION.*"epoch"/);
  });
});
