/** Checks the data of a report before anything is drawn: it may come from a file that was cut or edited. */
import { AdnceError } from '../errors.js';
import type { ReportData, ReportWeights } from './types.js';

const WHERE = 'report';

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return String(value);
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

function refuse(path: string, noun: string, value: unknown): never {
  const got = kindOf(value);
  throw new AdnceError('E_DATA', {
    where: WHERE,
    what: `"${path}" must be ${noun}, got ${got}`,
    hint: 'the data of the run are damaged or from another version',
  });
}

type Check = (path: string, value: unknown) => void;

const text: Check = (path, value) => {
  if (typeof value !== 'string') refuse(path, 'a text', value);
};

const number: Check = (path, value) => {
  if (typeof value !== 'number') refuse(path, 'a number', value);
};

/** A number that places something, such as a step: the figures can't do without it. */
const finite: Check = (path, value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(path, 'a finite number', value);
};

/** A number that may be missing: null, as JSON writes NaN. */
const measured: Check = (path, value) => {
  if (value !== null) number(path, value);
};

const anything: Check = () => {};

const optional =
  (check: Check): Check =>
  (path, value) => {
    if (value !== undefined) check(path, value);
  };

const list =
  (check: Check): Check =>
  (path, value) => {
    if (!Array.isArray(value)) refuse(path, 'an array', value);
    value.forEach((item, i) => {
      check(`${path}[${i}]`, item);
    });
  };

const record =
  (check: Check): Check =>
  (path, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'an object', value);
    for (const [key, item] of Object.entries(value)) check(`${path}.${key}`, item);
  };

const shape =
  (fields: Record<string, Check>, rule: Check = anything): Check =>
  (path, value) => {
    record(anything)(path, value);
    for (const [key, check] of Object.entries(fields)) {
      check(path === '' ? key : `${path}.${key}`, (value as Record<string, unknown>)[key]);
    }
    rule(path, value);
  };

const ascending: Check = (path, value) => {
  list(finite)(path, value);
  (value as number[]).forEach((item, i, all) => {
    if (i > 0 && item <= (all[i - 1] as number)) refuse(`${path}[${i}]`, `above ${all[i - 1]}`, item);
  });
};

/** The lists named must have `length` entries. */
function sameLength(path: string, value: unknown, length: number, names: readonly string[]): void {
  for (const name of names) {
    const own = (value as Record<string, number[] | undefined>)[name];
    if (own === undefined || own.length === length) continue;
    const what = `"${path}.${name}" must have ${length} entries, got ${own.length}`;
    throw new AdnceError('E_SHAPE', { where: WHERE, what });
  }
}

const histogram = shape(
  { step: finite, positive: list(finite), negative: list(finite), edges: ascending },
  (path, value) => {
    const { positive } = value as { positive: number[] };
    sameLength(path, value, positive.length, ['negative']);
    sameLength(path, value, positive.length + 1, ['edges']);
  },
);

const role: Check = (path, value) => {
  if (!['own', 'compared', 'other'].includes(value as string)) refuse(path, '"own", "compared" or "other"', value);
};

const weights = shape(
  {
    layout: text,
    temperature: finite,
    score: ascending,
    curves: list(shape({ name: text, role, weight: list(measured) })),
    bell: optional(shape({ mu: finite, sigma: finite, weight: list(measured) })),
    scoreDensity: optional(list(measured)),
  },
  (path, value) => {
    const { score, curves, bell } = value as ReportWeights;
    sameLength(path, value, score.length, ['scoreDensity']);
    curves.forEach((curve, i) => {
      sameLength(`${path}.curves[${i}]`, curve, score.length, ['weight']);
    });
    if (bell !== undefined) sameLength(`${path}.bell`, bell, score.length, ['weight']);
  },
);

const robust = shape({
  step: finite,
  temperature: measured,
  mu: measured,
  sigma: measured,
  radius: measured,
  effectiveSampleSize: measured,
  negatives: finite,
  positiveMean: measured,
  negativeVariance: measured,
});

const suspects = shape({
  anchors: finite,
  total: finite,
  negatives: finite,
  floor: measured,
  pairs: list(
    shape({ anchor: text, ownPositive: text, candidate: text, score: measured, positive: measured, weight: measured }),
  ),
});

const report = shape({
  name: text,
  created: text,
  version: text,
  summary: optional(
    shape({
      pairs: optional(measured),
      examplesPerSecond: optional(measured),
      seconds: optional(measured),
      parameters: optional(measured),
      steps: optional(measured),
    }),
  ),
  settings: optional(record(anything)),
  loss: optional(
    list(shape({ step: finite, loss: measured, learningRate: optional(measured), gradNorm: optional(measured) })),
  ),
  validation: optional(list(shape({ step: finite, metrics: record(measured) }))),
  histograms: optional(list(histogram)),
  weights: optional(weights),
  robust: optional(list(robust)),
  suspects: optional(suspects),
  retrieval: optional(
    shape({
      rows: list(shape({ name: text, metrics: record(measured) })),
      candidates: finite,
      queries: finite,
      note: optional(text),
    }),
  ),
  sts: optional(list(shape({ name: text, spearman: measured }))),
  searches: optional(list(shape({ query: text, results: list(shape({ text, score: measured })) }))),
  environment: optional(shape({ runtime: text, build: text, threads: finite, cpu: optional(text) })),
  command: optional(text),
  stopped: optional(text),
});

/**
 * Checks the data of a report.
 * @throws E_DATA a part is missing or of the wrong kind; E_SHAPE lists that belong together have different lengths
 */
export function checkReport(data: unknown): asserts data is ReportData {
  report('', data);
}
