/** First weights of tensors. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { normal, uniform } from '../../src/nn/index.js';
import { parameter } from '../../src/tensor/index.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

describe('first weights', () => {
  it('fill a tensor by seed and stream, within the range asked for', () => {
    const [a, b] = [parameter([300], 'a'), parameter([300], 'b')];
    uniform(a, { seed: 1, low: 2, high: 3 });
    uniform(b, { seed: 1, low: 2, high: 3 });
    expect(a.toArray()).toEqual(b.toArray());
    expect(a.data.every((x) => x >= 2 && x < 3)).toBe(true);
    normal(b, { seed: 1, mean: 10, std: 0.5 });
    expect(b.data.reduce((total, x) => total + x, 0) / 300).toBeCloseTo(10, 0);
    for (const bad of [
      () => uniform(a, { seed: 1, low: 3, high: 2 }),
      () => normal(a, { seed: 1, std: -1 }),
      () => normal(a, { seed: -1, std: 1 }),
    ]) {
      expect(bad).toThrow(/^E_OPTION (uniform|normal): "(high|std|seed)" must be/);
    }
    owner.step(() => expect(() => normal(a, { seed: 1, std: 1 })).toThrow(/^E_STATE engine\.step/));
  });
});
