/** Every golden case of an instrument, through the core, at the bar of src/cli/golden/bar.ts; and the bar is no formality. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GoldenCase, parseGolden, runGolden } from '../../../src/cli/golden/index.js';
import { init } from '../../../src/engine/index.js';

const path = new URL('../../golden/vectors.json', import.meta.url);
const cases = parseGolden(readFileSync(path, 'utf8'), 'vectors.json');

/** The number at a path of keys, made a little larger. */
function spoilt(golden: GoldenCase, keys: readonly string[]): GoldenCase {
  const copy = structuredClone(golden) as Record<string, unknown>;
  let place = copy;
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
  const last = keys.at(-1) as string;
  place[last] = (place[last] as number) * 1.01 + 1e-3;
  return copy as GoldenCase;
}

const RESULTS: Record<string, string[][]> = {
  dro: [['value'], ['radius'], ['effective_sample_size'], ['weights', '0']],
  temperature_for_radius: [['temperature'], ['approximation']],
  mi: [['dv'], ['infonce'], ['nwj'], ['js'], ['chi2'], ['smile', 'value']],
};

beforeAll(async () => {
  await init({});
});

describe.each(Object.keys(RESULTS))('golden cases of kind %s', (kind) => {
  const mine = cases.filter((c) => c.kind === kind);

  it('exist, under names of their own', () => {
    expect(mine.length).toBeGreaterThanOrEqual(2);
    expect(new Set(mine.map((c) => c.name)).size).toBe(mine.length);
  });

  for (const golden of mine) {
    it(golden.name, () => {
      expect(runGolden(golden)).toMatchObject({ status: 'passed', failures: [] });
    });
  }

  it.each(RESULTS[kind] as string[][])('fail when %s is off', (...keys) => {
    const result = runGolden(spoilt(mine[0] as GoldenCase, keys));
    expect(result.status).toBe('failed');
    expect(result.failures).toHaveLength(1);
  });
});
