/** Every golden case of an objective that exists, through the core, at the bar of src/cli/golden/bar.ts. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseGolden, runGolden } from '../../src/cli/golden/index.js';
import { init } from '../../src/engine/index.js';

const path = new URL('../golden/vectors.json', import.meta.url);
const cases = parseGolden(readFileSync(path, 'utf8'), 'vectors.json');

describe('golden vectors', () => {
  beforeAll(async () => {
    await init();
  });

  for (const objective of ['infonce', 'adnce']) {
    const mine = cases.filter((c) => c.objective === objective);

    it(`${objective}: there are cases in all three layouts`, () => {
      expect(new Set(mine.map((c) => c.layout))).toEqual(new Set(['image', 'sentence', 'graph']));
    });

    for (const golden of mine) {
      it(golden.name, () => {
        expect(runGolden(golden)).toMatchObject({ status: 'passed', failures: [] });
      });
    }
  }
});
