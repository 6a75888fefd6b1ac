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

/** The narrowest σ of the paper's settings. */
export const NARROWEST = 0.5;
/** σ's in (1 − μ) at which a score of 1 has half the weight of a score of μ. */
const HALF = 1 / Math.sqrt(2 * Math.LN2);

/**
 * The Gaussian that weighs negatives most at the border and lets go of none: its σ is no narrower than the paper's settings, and wide
 * enough that a negative of score 1 keeps half the weight of one at the border. Scores alone can't tell a false negative from a hard
 * true one, so that neither may lose more.
 */
export function gaussianOf({ border }: Pick<Landmarks, 'border'>): Gaussian {
  return { mu: border, sigma: Math.max(NARROWEST, HALF * (1 - border)) };
}
