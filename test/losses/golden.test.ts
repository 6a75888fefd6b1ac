/** Every golden case of an objective through the core, at the bar of src/cli/golden/bar.ts. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GoldenCase, parseGolden, runGolden } from '../../src/cli/golden/index.js';
import { init } from '../../src/engine/index.js';

const path = new URL('../golden/vectors.json', import.meta.url);
const cases = parseGolden(readFileSync(path, 'utf8'), 'vectors.json').filter(({ kind }) => kind === 'objective');

/** Objectives, and the layouts that a file must have cases of. */
const LAYOUTS = ['graph', 'image', 'sentence'];
const EXPECTED: Record<string, string[]> = {
  adnce: LAYOUTS,
  alpha_cl: LAYOUTS,
  cl_dro: LAYOUTS,
  dcl: LAYOUTS,
  hcl: LAYOUTS,
  infonce: LAYOUTS,
  mean_variance: LAYOUTS,
  siglip: ['sentence'],
  supcon: ['image'],
};

describe('golden vectors', () => {
  beforeAll(async () => {
    await init({});
  });

  it('have cases of every objective in every layout', () => {
    const layoutsOf = (objective: string) =>
      new Set(cases.filter((c) => c.objective === objective).map(({ layout }) => layout as string));
    const objectives = [...new Set(cases.map(({ objective }) => objective as string))];
    const found = Object.fromEntries(objectives.map((name) => [name, [...layoutsOf(name)].sort()]));
    expect(found).toEqual(EXPECTED);
  });

  it.each(cases.map((golden) => [golden.name, golden] as [string, GoldenCase]))('%s', (_, golden) => {
    expect(runGolden(golden)).toMatchObject({ status: 'passed', failures: [] });
  });
});
