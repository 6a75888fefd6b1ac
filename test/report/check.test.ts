import { describe, expect, it } from 'vitest';
import { AdnceError } from '../../src/errors.js';
import { checkReport } from '../../src/report/check.js';
import type { ReportData } from '../../src/report/index.js';
import { sampleRun } from './sample.js';

/** The sample with the value at a path replaced; undefined takes it out. */
function damaged(path: string, value: unknown): unknown {
  // Through JSON, so that no two parts share a list.
  const run = JSON.parse(JSON.stringify(sampleRun())) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce((own, key) => own[key] as Record<string, unknown>, run);
  parent[last] = value;
  return run;
}

describe('checkReport', () => {
  it('takes the sample, also after a trip through JSON', () => {
    checkReport(sampleRun());
    checkReport(JSON.parse(JSON.stringify(sampleRun())));
  });

  it('takes any part but the first three as missing, and unknown parts too', () => {
    const { name, created, version } = sampleRun();
    checkReport({ name, created, version, later: { more: [1] } });
    for (const key of ['name', 'created', 'version']) expect(() => checkReport(damaged(key, undefined))).toThrow(key);
  });

  it('takes null for what was measured and is not finite', () => {
    for (const path of ['loss.0.loss', 'loss.0.gradNorm', 'validation.0.metrics.MRR', 'sts.0.spearman']) {
      checkReport(damaged(path, null));
    }
  });

  it.each([null, undefined, 7, 'text', [], true])('refuses %j as a run', (value) => {
    expect(() => checkReport(value)).toThrow(AdnceError);
  });

  it.each([
    ['name', 7, 'E_DATA report: "name" must be a text, got 7. Hint: the data of the run are damaged'],
    ['created', null, '"created" must be a text, got null'],
    ['stopped', false, '"stopped" must be a text, got a boolean'],
    ['summary', [], '"summary" must be an object, got an array'],
    ['summary.pairs', '12', '"summary.pairs" must be a number, got a string'],
    ['settings', 'none', '"settings" must be an object, got a string'],
    ['loss', {}, '"loss" must be an array, got an object'],
    ['loss.3.step', null, '"loss[3].step" must be a finite number, got null'],
    ['loss.3.step', Number.NaN, '"loss[3].step" must be a finite number, got NaN'],
    ['loss.3.loss', undefined, '"loss[3].loss" must be a number, got undefined'],
    ['validation.1.metrics.MRR', '0.1', '"validation[1].metrics.MRR" must be a number, got a string'],
    ['histograms.2.positive.4', null, '"histograms[2].positive[4]" must be a finite number, got null'],
    ['histograms.2.edges.4', -1, '"histograms[2].edges[4]" must be above -0.85, got -1'],
    ['weights.bell.mu', Number.POSITIVE_INFINITY, '"weights.bell.mu" must be a finite number, got Infinity'],
    ['weights.score.1', -1, '"weights.score[1]" must be above -1, got -1'],
    ['weights.curves.0.weight.1', 'one', '"weights.curves[0].weight[1]" must be a number, got a string'],
    ['weights.curves.1.role', 'mine', '"weights.curves[1].role" must be "own", "compared" or "other", got a string'],
    ['robust.2.radius', undefined, '"robust[2].radius" must be a number, got undefined'],
    ['suspects.pairs.0.candidate', 3, '"suspects.pairs[0].candidate" must be a text, got 3'],
    ['retrieval.rows.0.name', 1, '"retrieval.rows[0].name" must be a text, got 1'],
    ['retrieval.queries', undefined, '"retrieval.queries" must be a finite number, got undefined'],
    ['sts.0', null, '"sts[0]" must be an object, got null'],
    ['searches.0.results.1.score', 'high', '"searches[0].results[1].score" must be a number, got a string'],
    ['environment.build', undefined, '"environment.build" must be a text, got undefined'],
  ])('refuses %s = %j', (path, value, message) => {
    expect(() => checkReport(damaged(path, value))).toThrow(message);
  });

  it('refuses the weights of an older version, and says so', () => {
    const { score } = sampleRun().weights as NonNullable<ReportData['weights']>;
    const older = {
      objective: 'adnce',
      layout: 'image',
      temperature: 0.1,
      mu: 0,
      sigma: 1,
      adnce: score,
      infonce: score,
    };
    expect(() => checkReport(damaged('weights', { ...older, score }))).toThrow(
      '"weights.curves" must be an array, got undefined. Hint: the data of the run are damaged or from another version',
    );
  });

  it.each([
    ['histograms.1.negative', [1, 2], 'E_SHAPE report: "histograms[1].negative" must have 40 entries, got 2'],
    ['histograms.1.edges', [0, 1], '"histograms[1].edges" must have 41 entries, got 2'],
    ['weights.curves.1.weight', [1], '"weights.curves[1].weight" must have 101 entries, got 1'],
    ['weights.bell.weight', [1], '"weights.bell.weight" must have 101 entries, got 1'],
    ['weights.scoreDensity', [], '"weights.scoreDensity" must have 101 entries, got 0'],
  ])('refuses %s of another length', (path, value, message) => {
    expect(() => checkReport(damaged(path, value))).toThrow(message);
  });
});
