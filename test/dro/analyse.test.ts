/** Suspected false negatives, and all instruments on one matrix. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  analyse,
  deviationBound,
  radiusOfTemperature,
  type Suspects,
  suspectedFalseNegatives,
  tightness,
  worstCase,
} from '../../src/dro/index.js';
import { init } from '../../src/engine/index.js';
import { uniform } from '../support/core.js';
import { plantedMatrix } from '../support/scores.js';

const { n, scores, positives, planted } = plantedMatrix(60, 40, uniform(77));
const options = { temperature: 0.1 };

beforeAll(async () => {
  await init({});
});

describe('suspectedFalseNegatives', () => {
  it('finds most of the planted ones and little else', () => {
    const { total, pairs, negatives } = suspectedFalseNegatives(scores, positives, options);
    const found = pairs.filter(({ i, j }) => planted.has(`${i}:${j}`)).length;
    expect(negatives).toBe(n * (n - 1));
    expect(total).toBe(pairs.length);
    expect(found / planted.size).toBeGreaterThan(0.4);
    expect(found / total).toBeGreaterThan(0.95);
  });

  it('answers i, j, score, positive and weight, the largest weights first', () => {
    const { pairs, margin, floor } = suspectedFalseNegatives(scores, positives, options);
    for (const [at, { i, j, score, positive, weight }] of pairs.entries()) {
      expect(score).toBe(scores[i * n + j]);
      expect(positive).toBe(scores[i * n + i]);
      const row = scores.slice(i * n, (i + 1) * n).filter((_, k) => k !== i);
      expect(weight).toBe(worstCase(row, options).weights[j < i ? j : j - 1]);
      expect(score).toBeGreaterThanOrEqual(Math.max(floor, positive - margin));
      expect(weight).toBeGreaterThan(1);
      if (at > 0) expect(weight).toBeLessThanOrEqual(pairs[at - 1]?.weight as number);
    }
  });

  it('is the same rule for scores that are moved and stretched with the temperature', () => {
    const places = ({ pairs }: Suspects) => pairs.map(({ i, j }) => `${i}:${j}`);
    // Powers of two, so that float32 does it exactly.
    const plain = suspectedFalseNegatives(scores, positives, { temperature: 0.125 });
    const stretched = suspectedFalseNegatives(
      scores.map((s) => 4 * s),
      positives,
      { temperature: 0.5 },
    );
    expect(places(stretched)).toEqual(places(plain));
    expect(stretched.margin).toBeCloseTo(4 * plain.margin, 12);
  });

  it('lists up to the limit and counts all; leaves out what is excluded', () => {
    const all = suspectedFalseNegatives(scores, positives, options);
    const few = suspectedFalseNegatives(scores, positives, { ...options, limit: 3 });
    expect(few).toEqual({ ...all, pairs: all.pairs.slice(0, 3) });
    const [first] = all.pairs;
    const exclude = (i: number, j: number) => i === first?.i && j === first.j;
    const without = suspectedFalseNegatives(scores, positives, { ...options, exclude });
    expect(without.negatives).toBe(all.negatives - 1);
    expect(without.pairs.some(({ i, j }) => exclude(i, j))).toBe(false);
  });

  it('keeps the heaviest when there are thousands', () => {
    const size = 80;
    const flat = Float32Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 0.5 : (k % 97) / 100));
    const columns = Array.from({ length: size }, (_, i) => i);
    const few = suspectedFalseNegatives(flat, columns, { ...options, limit: 10 });
    const all = suspectedFalseNegatives(flat, columns, { ...options, limit: 1e6 });
    expect(few.total).toBeGreaterThan(1200);
    expect(few.pairs).toEqual(all.pairs.slice(0, 10));
  });

  it('suspects nothing among negatives that are all alike', () => {
    const flat = Float32Array.from({ length: 25 }, (_, k) => (k % 6 === 0 ? 0.9 : 0.1));
    expect(suspectedFalseNegatives(flat, [0, 1, 2, 3, 4], options)).toMatchObject({ total: 0, pairs: [] });
  });

  it.each([
    [[0, 0, 0], [0, 1], /^E_SHAPE suspectedFalseNegatives: "scores" must be f32\[n,m\] with n = 2 .* got 3 scores/],
    [[0, 0, 0, 0], [0, 2], /^E_SHAPE .*"positives" must be columns 0 … 1, anchor 1 has 2/],
    [[], [], /^E_SHAPE/],
    [[0, Number.NaN, 0, 0], [0, 1], /^E_VALUE/],
  ])('refuses %j with positives %j', (list, columns, message) => {
    expect(() => suspectedFalseNegatives(list, columns, options)).toThrow(message);
  });

  it('refuses an anchor without a negative', () => {
    const run = () => suspectedFalseNegatives([0, 1, 1, 0], [0, 1], { ...options, exclude: (i) => i === 1 });
    expect(run).toThrow(/an anchor must have at least one negative, row 1 has none/);
  });
});

describe('analyse', () => {
  const result = () => analyse(scores, positives, { ...options, batchNegatives: 255, confidence: 0.9 });
  const rows = Array.from({ length: n }, (_, i) => scores.slice(i * n, (i + 1) * n).filter((_, k) => k !== i));
  const mean = (of: (row: Float32Array) => number) => rows.reduce((sum, row) => sum + of(row), 0) / n;

  it('is the mean of the instruments over anchors', () => {
    const got = result();
    const plays = rows.map((row) => worstCase(row, options));
    const radii = plays.map((play) => play.radius);
    expect(got).toMatchObject({ anchors: n, divergence: 'kl', temperature: 0.1 });
    expect(got.negatives).toEqual({ mean: n - 1, smallest: n - 1, largest: n - 1 });
    expect(got.radius.mean).toBeCloseTo(
      mean((row) => worstCase(row, options).radius),
      12,
    );
    expect([got.radius.smallest, got.radius.largest]).toEqual([Math.min(...radii), Math.max(...radii)]);
    expect(got.radius.approximation).toBeCloseTo(
      mean((row) => radiusOfTemperature(row, options).approximation),
      12,
    );
    expect(got.radius.limit).toBeCloseTo(Math.log(n - 1), 12);
    expect(got.value).toBeCloseTo(
      mean((row) => worstCase(row, options).value),
      12,
    );
    expect(got.dual).toBeCloseTo((got.value as number) + 0.1 * got.radius.mean, 12);
    expect(got.effectiveSampleSize.mean).toBeCloseTo(
      mean((row) => worstCase(row, options).effectiveSampleSize),
      10,
    );
    expect(got.hardest.percent10).toBeCloseTo(
      mean((row) => worstCase(row, options).hardest.percent10),
      12,
    );
    expect(got.scores.positive.mean).toBeCloseTo(0.7, 1);
    expect(got.suspects).toEqual(suspectedFalseNegatives(scores, positives, options));
    expect(got.bound).toEqual({
      ...deviationBound({
        negatives: 255,
        temperature: 0.1,
        range: got.scores.negative.largest - got.scores.negative.smallest,
        confidence: 0.9,
      }),
      negatives: 255,
      range: got.scores.negative.largest - got.scores.negative.smallest,
    });
    const third = rows.map((row) => tightness(row)[2]);
    expect(got.tightness[2]?.exact).toBeCloseTo(third.reduce((sum, row) => sum + (row?.exact as number), 0) / n, 12);
  });

  it('is the same every time, and is JSON', () => {
    const got = result();
    expect(JSON.parse(JSON.stringify(got))).toEqual(got);
    expect(result()).toEqual(got);
  });

  it('takes other divergences; CVaR has neither temperature nor bound', () => {
    const burg = analyse(scores, positives, { divergence: 'reverse_kl', temperature: 0.1 });
    expect(burg).toMatchObject({ divergence: 'reverse_kl', radius: { limit: null } });
    const cvar = analyse(scores, positives, { divergence: 'cvar', level: 0.1 });
    expect(cvar).toMatchObject({ divergence: 'cvar', temperature: null, bound: null, tightness: [] });
    expect(cvar.hardest.percent10).toBeGreaterThan(0.98);
    expect(cvar.radius).toMatchObject({ mean: 0, approximation: null, limit: null });
    expect(JSON.parse(JSON.stringify(cvar))).toEqual(cvar);
  });

  it('takes weights of one’s own, and keeps the theory of the temperature beside them', () => {
    const weights = (row: Float32Array) => Array.from(row, (s) => 3 * Math.exp(5 * s));
    const own = analyse(scores, positives, { ...options, weights });
    const same = analyse(scores, positives, { temperature: 0.2 });
    expect(own.value).toBe(null);
    expect(own.radius.mean).toBeCloseTo(same.radius.mean, 12);
    expect(own.dual).toBeCloseTo(same.dual, 12);
    expect(own.effectiveSampleSize.mean).toBeCloseTo(same.effectiveSampleSize.mean, 9);
    expect(own.suspects.pairs.map(({ weight }) => weight)[0]).toBeCloseTo(same.suspects.pairs[0]?.weight as number, 9);
    expect(own.radius.approximation).toBe(result().radius.approximation);
    expect(own.radius.ofTemperature).toBe(result().radius.mean);
    expect(own.tightness).toEqual(result().tightness);
  });

  it('refuses unknown options and a missing temperature', () => {
    expect(() => analyse(scores, positives, { temprature: 1 } as never)).toThrow(/^E_OPTION analyse: .*"temperature"/);
    expect(() => analyse(scores, positives, {})).toThrow(/"temperature" must be/);
  });
});
