/** Where the scores of negatives and positives lie: what parameters are chosen from. */
import { borrow } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { place, quantileAt, type Scores } from './scores.js';

/** A sample of scores, of one batch or of a data set. */
export interface ScoreSample {
  /** Scores of positives, at least one. */
  positives: Scores;
  /** Scores of the negatives of some anchors, one list an anchor. */
  negatives: readonly Scores[];
}

/** The landmarks between easy negatives and positives. */
export interface Landmarks {
  /** Median of the negatives: below it lies the easy mass. */
  easy: number;
  /**
   * Where "looks like a positive" begins: the lower quartile of the positives, or the negatives' quantile 0.95 if that is
   * higher, which it is while the encoder does not tell them apart.
   */
  border: number;
  /** Share of the negatives at or above the border: suspected to be false, 0.05 at most. */
  suspected: number;
}

const EASY = 0.5;
const POSITIVE = 0.25;
const HARDEST = 0.95;

/** Refuses a sample without an anchor. */
export function mustHaveAnchors(where: string, { negatives }: Pick<ScoreSample, 'negatives'>): void {
  if (negatives.length > 0) return;
  throw new AdnceError('E_SHAPE', { where, what: '"negatives" must hold the scores of at least one anchor, got none' });
}

/** Landmarks of a sample. @throws E_SHAPE, E_VALUE */
export function landmarksOf(where: string, { positives, negatives }: ScoreSample): Landmarks {
  mustHaveAnchors(where, { negatives });
  return borrow((owner) => {
    const all = Float32Array.from(negatives.flatMap((list) => Array.from(list)));
    const pool = place(owner, where, all);
    const easy = quantileAt(owner, pool, all.length, EASY);
    const lower = quantileAt(owner, place(owner, where, positives), positives.length, POSITIVE);
    const border = Math.max(lower, quantileAt(owner, pool, all.length, HARDEST));
    return { easy, border, suspected: all.reduce((sum, s) => sum + Number(s >= border), 0) / all.length };
  });
}

/** Centre and width of ADNCE's Gaussian. */
export interface Gaussian {
  mu: number;
  sigma: number;
}

/** Smallest σ that the objectives take. */
const SMALLEST_SIGMA = 1e-3;

/**
 * The Gaussian whose total pull e^{s/τ − (s−μ)²/2σ²} rises from the easy mass to the border and falls beyond it: its peak
 * μ + σ²/τ is the border, and μ lies half-way, so that easy negatives and border keep the ratio they have in InfoNCE.
 */
export function gaussianOf({ easy, border }: Pick<Landmarks, 'easy' | 'border'>, temperature: number): Gaussian {
  const half = Math.max(0, border - easy) / 2;
  return { mu: easy + half, sigma: Math.max(SMALLEST_SIGMA, Math.sqrt(temperature * half)) };
}
