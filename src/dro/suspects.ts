/**
 * Suspected false negatives: candidates that count as negatives and look like positives.
 *
 * A pair (i, j) is suspected when all of this holds:
 *   1. s_ij ≥ p_i − margin: it is about as similar to the anchor as the anchor's own positive;
 *   2. s_ij ≥ the lower quartile of all positives: so similar that most true pairs are not more so. A badly learnt positive alone
 *      does not make its negatives false;
 *   3. its worst-case weight is above 1: the adversary, that is InfoNCE itself for `kl`, pushes it harder than the average negative.
 * The margin is a tenth of the distance from the typical negative to the typical positive (medians): the rule does not change when all
 * scores are moved or stretched, and a few odd scores do not move it.
 */
import { borrow } from '../engine/index.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { type Anchor, Anchors, type Exclude } from './anchors.js';
import {
  checkDivergence,
  DIVERGENCE_KEYS,
  type DivergenceOptions,
  mustHaveTemperature,
  TEMPERATURE,
} from './divergence.js';
import { place, quantileAt, scoreQuantile } from './scores.js';
import { playAt } from './worst-case.js';

/** One pair that may be no negative. */
export interface Suspect {
  /** Row of the anchor and column of the candidate. */
  i: number;
  j: number;
  score: number;
  /** Score of the anchor's own positive. */
  positive: number;
  /** Worst-case weight, 1 for an average negative. */
  weight: number;
}

/** What is suspected, and by which thresholds. */
export interface Suspects {
  /** How many pairs are suspected, of how many negatives. */
  total: number;
  negatives: number;
  /** How far below its anchor's positive a suspect may lie. */
  margin: number;
  /** The score a suspect has at least. */
  floor: number;
  /** The ones with the largest weights, largest first; ties by score, then by place. */
  pairs: Suspect[];
}

/** How suspects are chosen. */
export interface SuspectOptions {
  /** Default: a tenth of the distance between the medians of negatives and positives. */
  margin?: number;
  /** Weight that a suspect must exceed. Default 1. */
  minimumWeight?: number;
  /** Most pairs that are listed; all are counted. Default 100. */
  limit?: number;
  exclude?: Exclude;
}

export const SUSPECT_KEYS = ['margin', 'minimumWeight', 'limit', 'exclude'] as const;
const NEAR = 0.1;

/**
 * Suspected false negatives of a score matrix, see the head of this file for the rule.
 * @param scores f32[n, m], row-major
 * @param positives i32[n], the column of each anchor's positive
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function suspectedFalseNegatives(
  scores: ArrayLike<number>,
  positives: ArrayLike<number>,
  options: SuspectOptions & DivergenceOptions & { temperature: number },
): Suspects {
  const where = 'suspectedFalseNegatives';
  mustKnowKeys(where, options, [...DIVERGENCE_KEYS, ...SUSPECT_KEYS, 'temperature']);
  const divergence = checkDivergence(where, options);
  mustHaveTemperature(where, divergence);
  const temperature = mustBeNumber(where, 'temperature', options.temperature, TEMPERATURE);
  const anchors = new Anchors(where, scores, positives, options.exclude);
  const search = new SuspectSearch(where, anchors, options);
  for (let i = 0; i < anchors.count; i++) {
    borrow((owner) => {
      const anchor = anchors.row(where, i);
      const count = anchor.negatives.length;
      const pointer = place(owner, where, anchor.negatives);
      search.add(anchor, playAt(owner, where, pointer, count, divergence, temperature, true).weights);
    });
  }
  return search.result();
}

/** Where "like a positive" begins. */
interface Borders {
  /** Medians of the positives, and of the anchors' median negatives. */
  positive: number;
  negative: number;
  /** Lower quartile of the positives. */
  floor: number;
}

/** The borders of a score matrix: one pass over its rows. */
function bordersOf(where: string, anchors: Anchors): Borders {
  const positives = new Float32Array(anchors.count);
  const medians = new Float32Array(anchors.count);
  for (let i = 0; i < anchors.count; i++) {
    borrow((owner) => {
      const { positive, negatives } = anchors.row(where, i);
      positives[i] = positive;
      medians[i] = quantileAt(owner, place(owner, where, negatives), negatives.length, 0.5);
    });
  }
  return {
    positive: scoreQuantile(positives, 0.5),
    negative: scoreQuantile(medians, 0.5),
    floor: scoreQuantile(positives, 0.25),
  };
}

/** Collects suspects anchor by anchor, in memory that grows with the limit only. */
export class SuspectSearch {
  readonly #margin: number;
  readonly #floor: number;
  readonly #minimumWeight: number;
  readonly #limit: number;
  #pairs: Suspect[] = [];
  #total = 0;
  #negatives = 0;

  /** @throws E_OPTION, E_VALUE when a score is not finite */
  constructor(where: string, anchors: Anchors, options: SuspectOptions) {
    this.#minimumWeight = mustBeNumber(where, 'minimumWeight', options.minimumWeight ?? 1, { min: 0 });
    this.#limit = mustBeInteger(where, 'limit', options.limit ?? 100, { min: 0 });
    const { positive, negative, floor } = bordersOf(where, anchors);
    const usual = NEAR * Math.max(0, positive - negative);
    this.#margin = mustBeNumber(where, 'margin', options.margin ?? usual, { min: 0 });
    this.#floor = floor;
  }

  /** @param weights f64[M], the worst case of the anchor's negatives */
  add({ index, positive, negatives, columns }: Anchor, weights: ArrayLike<number>): void {
    const least = Math.max(this.#floor, positive - this.#margin);
    this.#negatives += negatives.length;
    for (let k = 0; k < negatives.length; k++) {
      const [score, weight] = [negatives[k] as number, weights[k] as number];
      if (score < least || weight <= this.#minimumWeight) continue;
      this.#total++;
      this.#pairs.push({ i: index, j: columns[k] as number, score, positive, weight });
    }
    if (this.#pairs.length > 4 * this.#limit + 1000) this.#cut();
  }

  #cut(): void {
    this.#pairs.sort((a, b) => b.weight - a.weight || b.score - a.score || a.i - b.i || a.j - b.j);
    this.#pairs.length = Math.min(this.#pairs.length, this.#limit);
  }

  result(): Suspects {
    this.#cut();
    return {
      total: this.#total,
      negatives: this.#negatives,
      margin: this.#margin,
      floor: this.#floor,
      pairs: this.#pairs,
    };
  }
}
