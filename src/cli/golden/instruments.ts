/** Golden cases of the instruments: worst cases, temperatures for a radius, estimates of mutual information. */
import { temperatureForRadius, worstCase } from '../../dro/index.js';
import type { DroDivergence } from '../../losses/index.js';
import { estimates } from '../../mi/index.js';
import { compareTensor, compareValue, type GoldenCase, type GoldenResult, type Matrix } from './bar.js';

/** The options that are there. */
function divergenceOf({ divergence, params = {} }: GoldenCase) {
  const options = { divergence: divergence as DroDivergence };
  const { order, level } = params as { order?: number; level?: number };
  return { ...options, ...(order === undefined ? {} : { order }), ...(level === undefined ? {} : { level }) };
}

/** Kind `dro`: the worst case of one row of scores. */
export function runWorstCase(golden: GoldenCase, result: GoldenResult): boolean {
  const temperature = Number(golden.params?.temperature);
  const got = worstCase(golden.scores as number[], { ...divergenceOf(golden), temperature });
  const condition = 1 / temperature;
  compareValue(result, 'value', got.value, golden.value as number, condition);
  compareValue(result, 'radius', got.radius, golden.radius as number, condition);
  const size = golden.effective_sample_size as number;
  compareValue(result, 'effective_sample_size', got.effectiveSampleSize, size, condition);
  compareTensor(result, 'weights', got.weights, golden.weights as number[], condition);
  return true;
}

/** Kind `temperature_for_radius`: exactly and by Corollary 3.4. */
export function runTemperature(golden: GoldenCase, result: GoldenResult): boolean {
  const got = temperatureForRadius(golden.scores as number[], {
    ...divergenceOf(golden),
    radius: golden.radius as number,
  });
  compareValue(result, 'temperature', got.temperature, golden.temperature as number, 1);
  compareValue(result, 'approximation', got.approximation, golden.approximation as number, 1);
  return true;
}

/** Kind `mi`: all estimates of one score matrix. */
export function runInformation(golden: GoldenCase, result: GoldenResult): boolean {
  const smile = golden.smile as { clip: number; value: number };
  const got = estimates((golden.scores as Matrix).flat(), { clip: smile.clip });
  for (const key of ['dv', 'infonce', 'nwj', 'js', 'chi2'] as const) {
    compareValue(result, key, got[key], golden[key] as number, 1);
  }
  compareValue(result, 'smile', got.smile, smile.value, 1);
  return true;
}
