import { beforeAll, describe, expect, it } from 'vitest';
import type { RunEncoder } from '../../../src/cli/session/encoder.js';
import { adversaryOf, parametersOf, robustEntry } from '../../../src/cli/session/robust.js';
import { init } from '../../../src/engine/index.js';
import { keptParameters } from '../../../src/runs/index.js';
import { completeTrainOptions, LOSSES, type LossName, type TrainOptions } from '../../../src/train/index.js';

beforeAll(async () => {
  await init();
});

const NOW = { temperature: 0.1, mu: 0.4, sigma: 0.7 };

describe('adversaryOf', () => {
  it('is that of the divergence a run trains on, with what it needs', () => {
    const of = (divergence: 'kl' | 'chi2' | 'alpha' | 'cressie_read' | 'cvar') =>
      adversaryOf(completeTrainOptions({ loss: 'cl-dro', divergence, order: 3, level: 0.2 }), NOW);
    expect(of('kl')).toEqual({ divergence: 'kl', temperature: 0.1 });
    expect(of('chi2')).toEqual({ divergence: 'chi2', temperature: 0.1 });
    expect(of('alpha')).toEqual({ divergence: 'alpha', alpha: 3, temperature: 0.1 });
    expect(of('cressie_read')).toEqual({ divergence: 'cressie_read', order: 3, temperature: 0.1 });
    expect(of('cvar')).toEqual({ divergence: 'cvar', level: 0.2 });
    expect(adversaryOf(completeTrainOptions({ loss: 'mean-variance' }), NOW)?.divergence).toBe('chi2');
  });

  it('is InfoNCE’s for DCL too, none for the triplet loss, and for the others their own weights', () => {
    const of = (loss: LossName) => adversaryOf(completeTrainOptions({ loss }), NOW);
    for (const loss of ['infonce', 'dcl'] as const) expect(of(loss)).toEqual({ divergence: 'kl', temperature: 0.1 });
    expect(of('triplet')).toBeNull();
    const own = LOSSES.filter((loss) => of(loss)?.own !== undefined);
    expect(own).toEqual(['adnce', 'hcl', 'alpha-cl', 'siglip']);
  });
});

describe('keptParameters', () => {
  it('come back as they were, and from an older file as those of the first step', () => {
    const options = completeTrainOptions({ mu: 'auto', sigma: 'auto' });
    const of = (entries: Record<string, string>) =>
      parametersOf({ metadata: new Map(Object.entries(entries)) } as unknown as RunEncoder, options);
    expect(of(keptParameters(NOW))).toEqual(NOW);
    expect(of({ 'adnce.temperature': '0.25' })).toEqual({ temperature: 0.25, mu: 0.4, sigma: 1 });
  });
});

describe('robustEntry', () => {
  const negatives = [
    Float32Array.from({ length: 40 }, (_, j) => Math.sin(3 * j) / 2),
    Float32Array.from({ length: 40 }, (_, j) => Math.cos(5 * j) / 3),
  ];
  const sample = { positives: [0.5, 0.75, 1], negatives };
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

  const { temperature: t, mu, sigma } = NOW;
  it.each<[Partial<TrainOptions>, (s: number) => number]>([
    [{ loss: 'infonce' }, (s) => Math.exp(s / t)],
    [{ loss: 'dcl' }, (s) => Math.exp(s / t)],
    [{ loss: 'adnce' }, (s) => Math.exp(s / t - (s - mu) ** 2 / (2 * sigma * sigma))],
    [{ loss: 'hcl', beta: 0.5 }, (s) => Math.exp((1.5 * s) / t)],
    [{ loss: 'alpha-cl', alpha: 3 }, (s) => Math.exp(-((1 - s) ** 3) / t)],
    [{ loss: 'siglip', bias: -2 }, (s) => 1 / (1 + Math.exp(2 - s / t))],
  ])('agrees with the definition of %j in float64', (options, weight) => {
    const plays = negatives.map((scores) => {
      const raw = Array.from(scores, weight);
      const q = raw.map((x) => x / (mean(raw) * raw.length));
      const average = mean(scores);
      return {
        radius: Math.log(q.length) + q.reduce((sum, x) => sum + x * Math.log(x), 0),
        size: 1 / q.reduce((sum, x) => sum + x * x, 0),
        variance: mean(Array.from(scores, (s) => (s - average) ** 2)),
      };
    });
    const entry = robustEntry(7, completeTrainOptions(options), NOW, sample);
    expect(entry).toMatchObject({ step: 7, temperature: t, negatives: 40, positiveMean: 0.75 });
    expect(entry.mu).toBe(options.loss === 'adnce' ? mu : null);
    expect(entry.radius).toBeCloseTo(mean(plays.map(({ radius }) => radius)), 6);
    expect(entry.effectiveSampleSize).toBeCloseTo(mean(plays.map(({ size }) => size)), 4);
    expect(entry.negativeVariance).toBeCloseTo(mean(plays.map(({ variance }) => variance)), 7);
  });

  it('looks at 16 anchors at most, with no more negatives than a batch has', () => {
    const many = Array.from({ length: 64 }, (_, i) => Float32Array.from({ length: 40 }, (__, j) => (j % 4) + i / 64));
    const entry = robustEntry(
      0,
      completeTrainOptions({ batchSize: 11, temperature: 1 }),
      { ...NOW, temperature: 1 },
      {
        positives: [1],
        negatives: many,
      },
    );
    // Every fourth place of a row holds the same score.
    expect(entry).toMatchObject({ negatives: 10, negativeVariance: 0, radius: 0 });
    expect(entry.effectiveSampleSize).toBeCloseTo(10, 9);
  });

  it('has null where an objective has no such number', () => {
    const of = (options: Parameters<typeof completeTrainOptions>[0]) =>
      robustEntry(0, completeTrainOptions(options), NOW, sample);
    expect(of({ loss: 'triplet' })).toMatchObject({
      temperature: null,
      radius: null,
      effectiveSampleSize: null,
      mu: null,
    });
    expect(of({ loss: 'infonce' })).toMatchObject({ temperature: 0.1, mu: null, sigma: null });
    const tail = of({ loss: 'cl-dro', divergence: 'cvar', level: 0.25 });
    expect(tail).toMatchObject({ temperature: null, radius: null });
    expect(tail.effectiveSampleSize).toBeCloseTo(10, 6);
    const nothing = robustEntry(0, completeTrainOptions({}), NOW, { positives: [], negatives: [] });
    expect(nothing).toMatchObject({ radius: null, positiveMean: null, negativeVariance: null, negatives: 0 });
  });
});
