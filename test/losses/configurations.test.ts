/** 2,000 random configurations of all objectives; `npm run sweep:gradients` runs many more and writes docs/gradients.md. */
import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../../src/engine/index.js';
import { LINES } from '../support/configurations.js';
import { Sweep } from '../support/sweep.js';

const EACH = 1000;

describe.each([
  ['float32', { exactBudget: 0 }],
  ['float64 sums', {}],
])('random configurations, %s', (_, options) => {
  beforeAll(async () => {
    await init(options);
  });

  it('meet the float64 reference', () => {
    const sweep = new Sweep();
    for (let seed = 0; seed < EACH; seed++) sweep.compare(seed);
    expect(sweep.failures).toEqual([]);
    expect(sweep.redrawn).toBeLessThan(EACH / 50);
    expect(sweep.lines.size).toBe(LINES.length);
  });

  it('are finite at the ends of all ranges, for duplicate rows, zero rows and rows of any length', () => {
    const sweep = new Sweep();
    for (let seed = 0; seed < EACH; seed++) sweep.finite(seed);
    expect(sweep.failures).toEqual([]);
  });
});
