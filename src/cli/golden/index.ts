/**
 * Golden vectors: objectives and instruments evaluated in float64 with automatic derivatives, to be met by the float32 core of
 * this machine. One file of cases here for each kind; bar.ts says what it takes to pass.
 */
import { AdnceError } from '../../errors.js';
import type { GoldenCase, GoldenResult, GoldenRunner } from './bar.js';
import { runInformation, runTemperature, runWorstCase } from './instruments.js';
import { runObjective } from './objectives.js';

export type { GoldenCase, GoldenResult } from './bar.js';

/** What runs a case, by its kind. */
const RUNNERS: Record<string, GoldenRunner> = {
  objective: runObjective,
  dro: runWorstCase,
  temperature_for_radius: runTemperature,
  mi: runInformation,
};

/** The cases of a golden-vector file. @throws E_FORMAT when it is none */
export function parseGolden(text: string, path: string): GoldenCase[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new AdnceError('E_FORMAT', { where: path, what: `is not JSON: ${(cause as Error).message}`, cause });
  }
  const cases = (file as { cases?: unknown } | null)?.cases;
  const valid = Array.isArray(cases) && cases.every((c) => typeof c?.kind === 'string' && typeof c?.name === 'string');
  if (!valid) {
    throw new AdnceError('E_FORMAT', {
      where: path,
      what: 'must be {"cases": [{"kind", "name", …}, …]}',
      hint: 'test/golden/vectors.json is such a file',
    });
  }
  return cases as GoldenCase[];
}

/** Runs one case through the core and holds it against the bar. */
export function runGolden(golden: GoldenCase): GoldenResult {
  const result: GoldenResult = {
    name: golden.name,
    status: 'passed',
    valueError: 0,
    gradientError: 0,
    failures: [],
  };
  const run = Object.hasOwn(RUNNERS, golden.kind) ? RUNNERS[golden.kind] : undefined;
  if (run?.(golden, result) !== true) result.status = 'unknown';
  else if (result.failures.length > 0) result.status = 'failed';
  return result;
}
