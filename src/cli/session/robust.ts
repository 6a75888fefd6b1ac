/**
 * The robust view of a run: what an adversary that may shift weight among an anchor's negatives makes of the scores. Training and
 * `adnce dro` look at it through the functions of this file.
 */
import {
  type AnalyseOptions,
  analyse,
  type DroAnalysis,
  scoreMoments,
  type WeightedCase,
  type WorstCaseOptions,
  weightedCase,
  worstCase,
} from '../../dro/index.js';
import { cosineScorer } from '../../evaluate/index.js';
import type { DroDivergence } from '../../losses/index.js';
import type { ReportRobust, ReportSuspect, ReportSuspects } from '../../report/types.js';
import { KEPT_PARAMETERS } from '../../runs/index.js';
import { type StepParameters, startOf, type TrainOptions } from '../../train/index.js';
import type { RunEncoder } from './encoder.js';
import { countItems, evenly, type Items, isTexts, narrowTask, type RetrievalTask } from './items.js';
import { type OwnPull, pullOf } from './pull.js';
import type { Answers } from './retrieval.js';

/** Who weighs the negatives: a divergence by name with what it needs (τ but for `cvar`), or the run's own objective. */
export type Adversary = Pick<WorstCaseOptions, 'order' | 'alpha' | 'level' | 'temperature'> & {
  divergence: DroDivergence;
  /** Weights of an objective that is no CL-DRO; the divergence, KL, then only measures how far they are from equal ones. */
  own?: OwnPull;
};

/**
 * The adversary a run trains against: for InfoNCE and DCL that of KL (Theorem 3.2), for mean-variance that of χ² (Theorem 3.5), for
 * CL-DRO its own; for the others their weights, whose radius is their KL divergence from equal ones. The triplet loss has none: null.
 */
export function adversaryOf(options: TrainOptions, now: StepParameters): Adversary | null {
  const { loss, divergence, order, level } = options;
  const { temperature } = now;
  if (loss === 'triplet') return null;
  if (loss === 'mean-variance') return { divergence: 'chi2', temperature };
  if (loss !== 'cl-dro') {
    const own = pullOf(options, now);
    return { divergence: 'kl', temperature, ...(own === null ? {} : { own }) };
  }
  if (divergence === 'cvar') return { divergence, level };
  if (divergence === 'cressie_read') return { divergence, order, temperature };
  // A run has one option for the order of both.
  if (divergence === 'alpha') return { divergence, alpha: order, temperature };
  return { divergence, temperature };
}

/** What the adversary does to the negatives of one anchor. */
function playOf(
  { own, ...options }: Adversary,
  scores: Float32Array,
): Pick<WeightedCase, 'radius' | 'effectiveSampleSize'> {
  return own === undefined ? worstCase(scores, options) : weightedCase(scores, own.weights(scores));
}

/** Options of {@link analyse} for an adversary. */
export function analysisOf({ own, ...options }: Adversary): AnalyseOptions {
  return own === undefined ? options : { ...options, weights: own.weights };
}

/** What {@link KEPT_PARAMETERS} names in the file of the weights; where a number is missing, that of the run's first step. */
export function parametersOf({ metadata }: RunEncoder, options: TrainOptions): StepParameters {
  const start = startOf(options);
  const read = (key: keyof StepParameters) => Number(metadata.get(KEPT_PARAMETERS[key]) ?? start[key]);
  return { temperature: read('temperature'), mu: read('mu'), sigma: read('sigma') };
}

/** Anchors of an entry: as many as the parameters that follow the scores look at, and little work beside a validation. */
const ANCHORS = 16;

/**
 * What one validation tells, of some anchors with no more negatives each than a batch of the run gives them: radius and effective
 * negatives are then those of training.
 * @param now τ, μ and σ of the latest step
 */
export function robustEntry(
  step: number,
  options: TrainOptions,
  now: StepParameters,
  { positives, negatives }: Answers['sample'],
): ReportRobust {
  const { mu, sigma } = now;
  const adversary = adversaryOf(options, now);
  const rows = some(negatives, ANCHORS).map((scores) => Float32Array.from(some(scores, options.batchSize - 1)));
  const plays = adversary === null ? [] : rows.map((scores) => playOf(adversary, scores));
  const isAdnce = options.loss === 'adnce';
  return {
    step,
    temperature: adversary?.temperature ?? null,
    mu: isAdnce ? mu : null,
    sigma: isAdnce ? sigma : null,
    // CVaR's radius is 0 by convention: its level says all.
    radius: adversary?.divergence === 'cvar' ? null : mean(plays, ({ radius }) => radius),
    effectiveSampleSize: mean(plays, ({ effectiveSampleSize }) => effectiveSampleSize),
    negatives: Math.round(mean(rows, ({ length }) => length) ?? 0),
    positiveMean: mean(positives, (score) => score),
    negativeVariance: mean(rows, (scores) => scoreMoments(scores).variance),
  };
}

/** At most `most` items, evenly taken. */
function some<T>(items: ArrayLike<T>, most: number): T[] {
  return evenly(items.length, most).map((i) => items[i] as T);
}

function mean<T>(items: readonly T[], of: (item: T) => number): number | null {
  return items.length === 0 ? null : items.reduce((sum, item) => sum + of(item), 0) / items.length;
}

/** Up to `most` questions of a task, evenly taken, among their own right answers: as in a batch, only larger. */
export function amongOwn(task: RetrievalTask, most: number): RetrievalTask {
  const queries = evenly(countItems(task.queries), most);
  const own = new Set(queries.flatMap((query) => [...(task.relevant[query] as Int32Array)]));
  const candidates = [...own].sort((a, b) => a - b);
  return narrowTask(task, queries, candidates, `the positives of these ${queries.length} anchors`);
}

/** A suspect with its place in the task and its texts; `row 7` where there are no texts. */
export type NamedSuspect = ReportSuspect & { i: number; j: number };

/** {@link analyse} with suspects by name. */
export type NamedAnalysis = Omit<DroAnalysis, 'suspects'> & {
  suspects: Omit<DroAnalysis['suspects'], 'pairs'> & { pairs: NamedSuspect[] };
};

/**
 * All instruments on the scores of a task; an anchor's other right answers and the anchor itself are no negatives.
 * @throws E_DATA items of the wrong kind; E_SHAPE an anchor has no negative; E_OPTION
 *
 * Memory: queries × candidates scores.
 */
export function analyseTask(encoder: RunEncoder, task: RetrievalTask, options: AnalyseOptions): NamedAnalysis {
  const positives = task.relevant.map((own) => own[0] as number);
  const { suspects, ...rest } = analyse(scoresOf(encoder, task), positives, {
    ...options,
    exclude: (i, j) => task.self[i] === j || (task.relevant[i] as Int32Array).includes(j),
  });
  const pairs = suspects.pairs.map((pair) => ({
    ...pair,
    anchor: nameOf(task.queries, pair.i),
    candidate: nameOf(task.candidates, pair.j),
    ownPositive: nameOf(task.candidates, positives[pair.i] as number),
  }));
  return { ...rest, suspects: { ...suspects, pairs } };
}

/** f32[queries, candidates], cosines. */
function scoresOf(encoder: RunEncoder, task: RetrievalTask): Float32Array {
  const [queries, n] = [countItems(task.queries), countItems(task.candidates)];
  const candidates = encoder.embed(task.candidates);
  const scorer = cosineScorer(encoder.engine, encoder.embed(task.queries), candidates, encoder.dimension);
  const scores = new Float32Array(queries * n);
  for (let start = 0; start < queries; start += scorer.rows) {
    const end = Math.min(queries, start + scorer.rows);
    scorer.scores(start, end, scores.subarray(start * n, end * n));
  }
  return scores;
}

function nameOf(items: Items, i: number): string {
  return isTexts(items) ? (items[i] as string) : `row ${i}`;
}

/** Anchors among whose positives a run looks for suspects, and suspects its report lists. */
const SUSPECT_ANCHORS = 512;
const SUSPECTS = 10;

/** The suspects of a held-out test, for the report; null where the objective has no adversary or there is nothing to suspect. */
export function suspectsOf(
  encoder: RunEncoder,
  test: RetrievalTask,
  options: TrainOptions,
  now: StepParameters,
): ReportSuspects | null {
  const adversary = adversaryOf(options, now);
  const task = amongOwn(test, SUSPECT_ANCHORS);
  if (adversary === null || !hasNegatives(task)) return null;
  const { anchors, suspects } = analyseTask(encoder, task, { ...analysisOf(adversary), limit: SUSPECTS });
  const { total, negatives, floor, pairs } = suspects;
  return { anchors, total, negatives, floor, pairs: pairs.map(({ i: _, j: __, ...pair }) => pair) };
}

/** Whether every question has a candidate that is neither right nor the question itself. */
export function hasNegatives(task: RetrievalTask): boolean {
  const n = countItems(task.candidates);
  return task.relevant.every((own, i) => n > own.length + Number((task.self[i] as number) >= 0));
}
