/** Suggestions and controllers, by simulation. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AutoGaussian,
  AutoTemperature,
  adnceWeights,
  radiusOfTemperature,
  type ScoreSample,
  sampleScores,
  suggest,
} from '../../src/dro/index.js';
import { type Engine, init } from '../../src/engine/index.js';
import { tensor } from '../../src/tensor/index.js';
import { uniform } from '../support/core.js';
import { normalFrom } from '../support/mi.js';

let owner: Engine;
beforeAll(async () => {
  owner = await init({});
});

/** Scores of `anchors` anchors: negatives around 0.1, positives around 0.7. */
function sampleOf(normal: () => number, deviation = 0.15, anchors = 16, negatives = 255): ScoreSample {
  const list = (count: number, mean: number, spread: number) =>
    Float32Array.from({ length: count }, () => Math.min(1, Math.max(-1, mean + spread * normal())));
  return {
    positives: list(anchors, 0.7, 0.1),
    negatives: Array.from({ length: anchors }, () => list(negatives, 0.1, deviation)),
  };
}

const meanRadius = ({ negatives }: Pick<ScoreSample, 'negatives'>, temperature: number) =>
  negatives.reduce((sum, row) => sum + radiusOfTemperature(row, { temperature }).radius, 0) / negatives.length;

describe('suggest', () => {
  const sample = sampleOf(normalFrom(uniform(5)));

  it('gives the temperature that has the wanted radius', () => {
    for (const radius of [0.1, 1, 2]) {
      const { value } = suggest(sample, { radius }).temperature;
      expect(Math.abs(meanRadius(sample, value) / radius - 1)).toBeLessThan(0.02);
    }
  });

  it('by default goes six tenths of the way, and no farther than what looks like a positive', () => {
    const { temperature, mu } = suggest(sample);
    const all = sample.negatives.flatMap((list) => Array.from(list));
    const suspected = all.filter((s) => s >= mu.value - 5e-4).length / all.length;
    expect(suspected).toBeLessThan(0.01);
    expect(meanRadius(sample, temperature.value)).toBeCloseTo(0.6 * Math.log(255), 1);
    // Positives that a twentieth of the negatives is not below: the worst case may lean on that twentieth.
    const overlapping = { ...sample, positives: Float32Array.of(0.3, 0.2, 0.1) };
    expect(meanRadius(overlapping, suggest(overlapping).temperature.value)).toBeCloseTo(Math.log(20), 1);
    const few = sampleOf(normalFrom(uniform(6)), 0.15, 200, 8);
    expect(meanRadius(few, suggest(few).temperature.value)).toBeCloseTo(0.6 * Math.log(8), 1);
  });

  it('weighs negatives most where they begin to look like positives, and lets go of none', () => {
    const near = suggest(sample);
    expect(near.mu.value).toBeGreaterThan(0.55);
    expect(near.mu.value).toBeLessThan(0.7);
    const far = suggest({ positives: [-0.5], negatives: [[-0.9, -0.8, -0.7, -0.6]] });
    for (const { mu, sigma } of [near, far]) {
      const options = { mu: mu.value, sigma: sigma.value };
      const [border, top] = adnceWeights(Float32Array.of(mu.value, 1), options);
      expect((top as number) / (border as number)).toBeGreaterThan(0.495);
      expect(sigma.value).toBeGreaterThanOrEqual(0.5);
    }
    expect(far.sigma.value).toBeGreaterThan(1.2);
  });

  it('wants larger batches for less noise, and for a radius that few negatives do not have', () => {
    const sizes = [0.2, 0.05, 0.02, 1e-9].map((noise) => suggest(sample, { noise }).batchSize.value);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(sizes.at(-1)).toBe(4096);
    expect(suggest(sample, { noise: 10, radius: 3 }).batchSize.value).toBe(256);
    expect(suggest(sample, { noise: 10, radius: 1 }).batchSize.value).toBe(32);
  });

  it('leaves an epoch four batches, and says so where the noise would want a larger one', () => {
    const { batchSize } = suggest(sample, { noise: 1e-9, pairs: 1000 });
    expect(batchSize.value).toBe(128);
    expect(batchSize.reason).toContain('a larger one would leave an epoch fewer than 4 batches');
    expect(suggest(sample, { pairs: 10 }).batchSize.value).toBe(32);
    expect(() => suggest(sample, { pairs: 0.5 })).toThrow(/^E_OPTION suggest: "pairs" must be an integer >= 1/);
  });

  it('takes Theorem 3.3 where it says something', () => {
    const { batchSize } = suggest(sample, { radius: 0.001, noise: 0.2 });
    expect(batchSize.reason).toContain('Theorem 3.3');
    expect(batchSize.reason).not.toContain('guarantees it for no batch');
    expect(suggest(sample).batchSize.reason).toContain('Theorem 3.3 guarantees it for no batch up to 4096');
  });

  it('gives each reason in one line, with numbers', () => {
    for (const { value, reason } of Object.values(suggest(sample))) {
      expect(Number.isFinite(value)).toBe(true);
      expect(reason).not.toContain('\n');
      expect(reason).toMatch(/\d/);
      expect(reason).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('stays sensible where scores say nothing or too much', () => {
    const flat = suggest({ positives: [0.5], negatives: [[0.5, 0.5, 0.5]] });
    expect(flat.temperature.value).toBe(1);
    expect(flat.sigma.value).toBeGreaterThanOrEqual(0.5);
    const tiny = suggest({ positives: [0.001], negatives: [[0, 0.001, 0.0005, 0.0002]] });
    expect(tiny.temperature).toMatchObject({ value: 0.01, reason: expect.stringContaining('beyond what trainings') });
    const untrained = sampleOf(normalFrom(uniform(7)));
    const { mu } = suggest({ ...untrained, positives: Float32Array.of(-0.5, 0, 0.1) });
    expect(mu.value).toBeGreaterThan(0.1);
  });

  it('refuses a radius out of reach and empty samples', () => {
    expect(() => suggest(sample, { radius: 9 })).toThrow(/^E_OPTION suggest: "radius" must be .* nearest valid value/);
    expect(() => suggest({ positives: [1], negatives: [] })).toThrow(/^E_SHAPE suggest: "negatives"/);
    expect(() => suggest({ positives: [], negatives: [[1]] })).toThrow(/^E_SHAPE/);
  });
});

describe('AutoTemperature', () => {
  it('comes to hold the radius and follows when the spread of the scores changes', () => {
    const normal = normalFrom(uniform(8));
    const auto = new AutoTemperature({ radius: 1, initial: 0.5 });
    for (const deviation of [0.2, 0.05, 0.1]) {
      for (let step = 0; step < 150; step++) auto.update(sampleOf(normal, deviation, 4));
      const check = sampleOf(normal, deviation, 64);
      expect(Math.abs(meanRadius(check, auto.temperature) / 1 - 1)).toBeLessThan(0.1);
    }
  });

  it('with variances only, comes to Corollary 3.4: sqrt(Var/2η)', () => {
    const auto = new AutoTemperature({ radius: 0.5, initial: 0.9 });
    for (let step = 0; step < 300; step++) auto.update({ variance: 0.04 });
    expect(auto.temperature).toBeCloseTo(Math.sqrt(0.04 / (2 * 0.5)), 4);
  });

  it('is smooth: no sample moves it by more than a tenth, and a noisy one by less', () => {
    const auto = new AutoTemperature({ radius: 1, initial: 0.1, rate: 1 });
    for (const variance of [1e6, 1e-12]) {
      const before = auto.temperature;
      auto.update({ variance });
      expect(Math.abs(Math.log(auto.temperature / before))).toBeLessThanOrEqual(0.1 + 1e-12);
    }
    const slow = new AutoTemperature({ radius: 1, initial: 0.1 });
    slow.update({ variance: 0.04 });
    expect(Math.abs(slow.temperature / 0.1 - 1)).toBeLessThan(0.02);
  });

  it('keeps its bounds, and its temperature where scores say nothing', () => {
    const auto = new AutoTemperature({ radius: 1, min: 0.05, max: 0.2 });
    for (let step = 0; step < 100; step++) auto.update({ variance: 100 });
    expect(auto.temperature).toBe(0.2);
    for (let step = 0; step < 100; step++) auto.update({ variance: 1e-9 });
    expect(auto.temperature).toBe(0.05);
    auto.update({ variance: 0 });
    auto.update({ negatives: [[0.5, 0.5]] });
    expect(auto.temperature).toBe(0.05);
  });

  it('takes its radius from the first sample with something to say, and keeps it', () => {
    const auto = new AutoTemperature();
    auto.update({ negatives: [[1, 1]] });
    expect(auto.radius).toBe(null);
    auto.update(sampleOf(normalFrom(uniform(9)), 0.1, 4, 8));
    expect(auto.radius).toBeCloseTo(0.6 * Math.log(8), 9);
    auto.update(sampleOf(normalFrom(uniform(9)), 0.1, 4, 255));
    expect(auto.radius).toBeCloseTo(0.6 * Math.log(8), 9);
  });

  it('starts at the temperature that has the radius on the first scores, or where it is told to', () => {
    const sample = sampleOf(normalFrom(uniform(14)));
    const auto = new AutoTemperature({ radius: 1 });
    expect(auto.temperature).toBe(0.1);
    expect(meanRadius(sample, auto.update(sample))).toBeCloseTo(1, 9);
    expect(new AutoTemperature({ radius: 0.5 }).update({ variance: 0.04 })).toBeCloseTo(0.2, 12);
    const told = new AutoTemperature({ radius: 1, initial: 0.5 });
    expect(told.update(sample)).toBeGreaterThan(0.45);
    expect(new AutoTemperature({ radius: 1, min: 0.6 }).update(sample)).toBe(0.6);
  });

  it('goes on from its stored state with the same bits', () => {
    const normal = normalFrom(uniform(10));
    expect(new AutoTemperature().state()).toEqual({ temperature: null, radius: null, reached: false });
    const [auto, other] = [new AutoTemperature({ radius: 0.7 }), new AutoTemperature()];
    for (let step = 0; step < 5; step++) auto.update(sampleOf(normal));
    other.load(JSON.parse(JSON.stringify(auto.state())));
    const next = sampleOf(normal);
    expect(other.update(next)).toBe(auto.update(next));
    expect(other.state()).toEqual(auto.state());
  });

  it('refuses what can not be held', () => {
    const run = () => new AutoTemperature({ radius: 5 }).update({ negatives: [[0.1, 0.2, 0.3]] });
    expect(run).toThrow(/^E_OPTION AutoTemperature: "radius" must be > 0 and < 1\.09\d+ for these 3 scores, got 5/);
    expect(() => new AutoTemperature({ radius: 0 })).toThrow(/^E_OPTION/);
    expect(() => new AutoTemperature({ min: 0.5, max: 0.1 })).toThrow(/^E_OPTION AutoTemperature: "max"/);
    expect(() => new AutoTemperature({ rate: 2 })).toThrow(/^E_OPTION AutoTemperature: "rate"/);
    expect(() => new AutoTemperature().update({ negatives: [] })).toThrow(/^E_SHAPE/);
    expect(() => new AutoTemperature().load({ temperature: 0, radius: 1, reached: true })).toThrow(/^E_OPTION/);
  });
});

describe('AutoGaussian', () => {
  it('starts where suggest would and follows the border', () => {
    const normal = normalFrom(uniform(11));
    const auto = new AutoGaussian({ rate: 0.1 });
    const first = sampleOf(normal);
    const { mu, sigma } = suggest(first);
    const got = auto.update(first);
    expect(got.mu).toBeCloseTo(mu.value, 2);
    expect(got.sigma).toBeCloseTo(sigma.value, 2);
    const shifted = () => {
      const { positives, negatives } = sampleOf(normal);
      const move = (list: ArrayLike<number>) => Array.from(list, (s) => s - 0.3);
      return { positives: move(positives), negatives: negatives.map(move) };
    };
    let last = got;
    for (let step = 0; step < 100; step++) last = auto.update(shifted());
    expect(last.mu - got.mu).toBeCloseTo(-0.3, 1);
    expect(last.sigma).toBeGreaterThan(got.sigma);
  });

  it('goes on from its stored state, and refuses another', () => {
    const normal = normalFrom(uniform(12));
    const [auto, other] = [new AutoGaussian(), new AutoGaussian()];
    expect(auto.state()).toEqual({ border: null });
    auto.update(sampleOf(normal));
    other.load(JSON.parse(JSON.stringify(auto.state())));
    const next = sampleOf(normal);
    expect(other.update(next)).toEqual(auto.update(next));
    expect(() => auto.load({ border: Number.NaN })).toThrow(/^E_OPTION AutoGaussian: "border"/);
    expect(() => new AutoGaussian({ rate: 0 })).toThrow(/^E_OPTION/);
  });
});

describe('sampleScores', () => {
  const [n, d] = [10, 5];
  const next = uniform(13);
  const [a, b] = [0, 0].map(() => Float32Array.from({ length: n * d }, next)) as [Float32Array, Float32Array];
  const cosine = (x: Float32Array, i: number, y: Float32Array, j: number) => {
    const [u, v] = [x.slice(i * d, (i + 1) * d), y.slice(j * d, (j + 1) * d)];
    return u.reduce((sum, value, k) => sum + value * (v[k] as number), 0) / (Math.hypot(...u) * Math.hypot(...v));
  };
  const others = (i: number) => Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);

  it.each(['sentence', 'graph', 'image'] as const)('takes evenly spaced anchors, layout %s', (layout) => {
    const got = owner.step(() => sampleScores(tensor(a, [n, d]), tensor(b, [n, d]), { anchors: 4, layout }));
    const rows = [0, 2, 5, 7];
    expect(got.positives).toHaveLength(4);
    for (const [k, i] of rows.entries()) {
      expect(got.positives[k]).toBeCloseTo(cosine(a, i, b, i), 6);
      const expected = others(i).map((j) => cosine(a, i, b, j));
      if (layout === 'image') expected.push(...others(i).map((j) => cosine(a, i, a, j)));
      expect(got.negatives[k]).toHaveLength(expected.length);
      for (const [at, value] of expected.entries()) expect(got.negatives[k]?.[at]).toBeCloseTo(value, 6);
    }
  });

  it('takes all anchors of a small batch, and refuses what is no batch', () => {
    const run = (options = {}) => owner.step(() => sampleScores(tensor(a, [n, d]), tensor(b, [n, d]), options));
    expect(run().negatives).toHaveLength(n);
    expect(() => run({ layout: 'x' })).toThrow(/^E_OPTION sampleScores: "layout"/);
    expect(() => run({ anchors: 0 })).toThrow(/^E_OPTION sampleScores: "anchors"/);
    owner.step(() => {
      expect(() => sampleScores(tensor(a, [n, d]), tensor(b, [d, n]))).toThrow(/^E_SHAPE sampleScores: "b"/);
      expect(() => sampleScores(tensor([1, 2], [1, 2]), tensor([1, 2], [1, 2]))).toThrow(/at least 2 pairs/);
    });
  });
});
