/** Inputs: the same for a seed, and the same for every process that reads the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { drawInputs, floats, integers, readInputs, writeInputs } from '../../src/cli/bench/inputs.js';
import { BAG, CASES, problemOf } from '../../src/cli/bench/problem.js';

const folder = mkdtempSync(join(tmpdir(), 'adnce-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bytesOf(data: Float32Array | Int32Array | undefined): Buffer {
  return data === undefined ? Buffer.alloc(0) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe('inputs', () => {
  it.each(CASES)('of %s come back from their file', (name) => {
    const inputs = drawInputs(problemOf(name, 6, 4), 9);
    const file = writeInputs(join(folder, `${name}.bin`), inputs);
    const back = readInputs(file);
    expect(Object.keys(back)).toEqual(Object.keys(inputs));
    for (const [key, { shape, data }] of Object.entries(inputs)) {
      expect(back[key]?.shape).toEqual(shape);
      expect(shape.reduce((product, n) => product * n, 1)).toBe(data.length);
      expect(back[key]?.data.constructor).toBe(data.constructor);
      expect(bytesOf(back[key]?.data).equals(bytesOf(data)), key).toBe(true);
    }
  });

  it('depend on the seed and on nothing else', () => {
    const problem = problemOf('adnce', 5, 3);
    expect(drawInputs(problem, 4)).toEqual(drawInputs(problem, 4));
    expect(floats(drawInputs(problem, 4), 'a')).not.toEqual(floats(drawInputs(problem, 5), 'a'));
  });

  it('of views are alike and of different lengths', () => {
    const inputs = drawInputs(problemOf('cross', 50, 32), 1);
    const [a, b] = [floats(inputs, 'a'), floats(inputs, 'b')];
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.8);
    expect(dot(b, b) / dot(a, a)).toBeGreaterThan(1.5);
  });

  it('of bags are texts of 8 to 24 features, common ones more often', () => {
    const inputs = drawInputs(problemOf('bag', 400, 2), 1);
    const offsets = integers(inputs, 'aOffsets');
    const lengths = Array.from({ length: 400 }, (_, i) => (offsets[i + 1] as number) - (offsets[i] as number));
    expect(Math.min(...lengths)).toBe(BAG.least);
    expect(Math.max(...lengths)).toBe(BAG.most);
    const ids = integers(inputs, 'aIds');
    expect(ids.length).toBe(offsets[400]);
    expect(ids.every((id) => id >= 0 && id < BAG.rows)).toBe(true);
    const rare = ids.filter((id) => id > BAG.rows / 2).length / ids.length;
    expect(rare).toBeGreaterThan(0.03);
    expect(rare).toBeLessThan(0.1);
  });

  it('say which is missing', () => {
    expect(() => floats({}, 'a')).toThrow('no floats "a"');
    expect(() => integers({}, 'a')).toThrow('no integers "a"');
  });
});
