import { beforeAll, describe, expect, it } from 'vitest';
import type { Answers } from '../../../src/cli/session/retrieval.js';
import { weightCurves } from '../../../src/cli/session/weights.js';
import { init } from '../../../src/engine/index.js';
import { Histogram } from '../../../src/evaluate/index.js';
import type { ReportWeights } from '../../../src/report/index.js';
import { completeTrainOptions, LOSSES, type TrainOptions } from '../../../src/train/index.js';

beforeAll(async () => {
  await init();
});

const NOW = { temperature: 0.1, mu: 0.3, sigma: 0.2 };
/** Distinct scores in a bin of their own each, so that a curve shows every negative. */
const SCORES = Float32Array.from({ length: 36 }, (_, j) => -0.9 + 0.05 * j + 0.01);

function answersOf(...negatives: Float32Array[]): Answers {
  const histogram = new Histogram({ bins: 80 });
  for (const scores of negatives) histogram.add(scores);
  return {
    negatives: histogram,
    positives: new Histogram(),
    sample: { positives: [], negatives },
  } as unknown as Answers;
}

function curvesOf(options: Partial<TrainOptions>, now = NOW): ReportWeights {
  return weightCurves(completeTrainOptions(options), now, answersOf(SCORES)) as ReportWeights;
}

const mean = (values: readonly (number | null)[]) =>
  values.reduce<number>((sum, x) => sum + (x as number), 0) / values.length;
const relativeTo = (weights: number[]) => weights.map((w) => w / mean(weights));
const find = ({ curves }: ReportWeights, name: string) =>
  curves.find((curve) => curve.name.startsWith(name))?.weight as number[];

describe('weightCurves', () => {
  it('draws every objective with mean 1 over the negatives', () => {
    const all = curvesOf({});
    expect(all.curves.map(({ name }) => name)).toEqual([
      'InfoNCE (KL)',
      'ADNCE, μ = 0.3, σ = 0.2',
      'χ², mean and variance',
      'reverse KL',
      'CVaR, hardest 10%',
      'HCL, β = 1',
      'α-CL, α = 2',
    ]);
    expect(all.score).toHaveLength(SCORES.length);
    for (const { weight } of all.curves) expect(mean(weight)).toBeCloseTo(1, 6);
    expect(mean(all.bell?.weight ?? [])).toBeCloseTo(1, 6);
  });

  it('agrees with the definitions in float64', () => {
    const all = curvesOf({ beta: 0.5, alpha: 3 });
    const s = all.score;
    const { temperature: t, mu, sigma } = NOW;
    const exact: Record<string, number[]> = {
      InfoNCE: relativeTo(s.map((x) => Math.exp(x / t))),
      ADNCE: relativeTo(s.map((x) => Math.exp(x / t - (x - mu) ** 2 / (2 * sigma * sigma)))),
      'α-CL': relativeTo(s.map((x) => Math.exp(-((1 - x) ** 3) / t))),
    };
    const [r, rho] = [
      relativeTo(s.map((x) => Math.exp((1.5 * x) / t))),
      relativeTo(s.map((x) => Math.exp((0.5 * x) / t))),
    ];
    exact.HCL = r.map((x, i) => 1.5 * x - 0.5 * (rho[i] as number));
    for (const [name, weights] of Object.entries(exact)) {
      const largest = Math.max(...weights);
      find(all, name).forEach((w, i) => {
        expect(Math.abs(w - (weights[i] as number)), `${name} at ${s[i]}`).toBeLessThan(1e-5 * largest);
      });
    }
    // χ² is a line that is cut off at 0, CVaR a step.
    const chi2 = find(all, 'χ²');
    const rise = (i: number) =>
      ((chi2[i + 1] as number) - (chi2[i] as number)) / ((s[i + 1] as number) - (s[i] as number));
    expect(rise(33)).toBeCloseTo(1 / t, 3);
    expect(chi2[0]).toBe(0);
    expect(find(all, 'CVaR').map((w) => Math.round(w))).toEqual([...Array(32).fill(0), 6, 10, 10, 10]);
  });

  it.each(LOSSES.filter((loss) => loss !== 'triplet'))(
    'marks the own curve of %s and one to compare it with',
    (loss) => {
      const { curves } = curvesOf({ loss });
      expect(curves.filter(({ role }) => role === 'own')).toHaveLength(1);
      const compared = curves.filter(({ role }) => role === 'compared').map(({ name }) => name);
      const isInfoNce = ['infonce', 'dcl', 'cl-dro'].includes(loss);
      expect(compared).toEqual([isInfoNce ? 'ADNCE, μ = 0.3, σ = 0.2' : 'InfoNCE (KL)']);
    },
  );

  it('marks the divergence of a CL-DRO, of any order, and nothing for an objective without weights', () => {
    const own = (options: Partial<TrainOptions>) =>
      curvesOf({ loss: 'cl-dro', ...options }).curves.find(({ role }) => role === 'own')?.name;
    expect(own({ divergence: 'reverse_kl' })).toBe('reverse KL');
    expect(own({ divergence: 'cvar', level: 0.25 })).toBe('CVaR, hardest 25%');
    expect(own({ divergence: 'cressie_read', order: 3 })).toBe('Cressie–Read, order 3');
    expect(own({ divergence: 'alpha', order: 0.5 })).toBe('α-divergence, α = 0.5');
    expect(own({ loss: 'triplet' })).toBeUndefined();
    expect(curvesOf({ loss: 'infonce' }).bell).toBeUndefined();
  });

  it.each([
    ['a very low temperature', { ...NOW, temperature: 0.001 }, {}],
    ['a very high one', { ...NOW, temperature: 1000 }, {}],
    ['a narrow bell far away', { temperature: 0.001, mu: -90, sigma: 0.001 }, {}],
    ['a large bias', NOW, { loss: 'siglip', bias: -5000 } as const],
    ['a large α', { ...NOW, temperature: 0.001 }, { loss: 'alpha-cl', alpha: 16 } as const],
  ])('stays finite for %s', (_, now, options) => {
    for (const { name, weight } of curvesOf(options, now).curves) {
      expect(weight.every(Number.isFinite), name).toBe(true);
    }
  });

  it('takes scores of several anchors, and none where there are too few', () => {
    const several = weightCurves(completeTrainOptions({}), NOW, answersOf(SCORES.subarray(0, 20), SCORES.subarray(20)));
    expect(several).toEqual(curvesOf({}));
    expect(weightCurves(completeTrainOptions({}), NOW, answersOf())).toBeNull();
  });

  it('shows one score of each bin, with how frequent the bin is', () => {
    const many = Float32Array.from({ length: 5000 }, (_, j) => Math.sin(j) / 2);
    const { score, scoreDensity = [] } = weightCurves(completeTrainOptions({}), NOW, answersOf(many)) as ReportWeights;
    expect(score.length).toBeLessThanOrEqual(42);
    expect(score.every((x, i) => i === 0 || x > (score[i - 1] as number))).toBe(true);
    expect(scoreDensity.reduce((sum, x) => sum + x, 0) / 40).toBeCloseTo(1, 6);
  });
});
