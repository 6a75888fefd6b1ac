/**
 * Ranking metrics under ties. A scorer that gives the right answer the same score as wrong ones has not ranked them, so
 * every metric here is its mean over all orders of the tied candidates: constant scores give exactly the figure of chance.
 *
 * A query is described by its tie groups, best first: `above` candidates score higher than the group, `size` share its
 * score, `hits` of those are relevant. Groups without a relevant candidate never matter and are left out.
 */

/** Candidates of one score, at least one of them relevant. */
export interface TieGroup {
  /** Candidates with a higher score. */
  above: number;
  /** Candidates with this score. */
  size: number;
  /** Relevant ones among them, at least 1. */
  hits: number;
}

/** Relevant candidates expected in the first `k` places. */
export function expectedHits(groups: readonly TieGroup[], k: number): number {
  let total = 0;
  for (const { above, size, hits } of groups) {
    if (above >= k) break;
    total += (hits * Math.min(k - above, size)) / size;
  }
  return total;
}

/** The probability that the first `k` places hold a relevant candidate. */
export function hitProbability(groups: readonly TieGroup[], k: number): number {
  const { above, size, hits } = groups[0] as TieGroup;
  const draws = k - above;
  if (draws <= 0) return 0;
  if (draws > size - hits) return 1;
  // Drawing without replacement: every draw must miss.
  let miss = 1;
  for (let i = 0; i < draws; i++) miss *= (size - hits - i) / (size - i);
  return 1 - miss;
}

/** The mean of 1 / (rank of the first relevant candidate). */
export function reciprocalRank(groups: readonly TieGroup[]): number {
  const { above, size, hits } = groups[0] as TieGroup;
  let chance = hits / size;
  let total = 0;
  for (let j = 1; j <= size - hits + 1; j++) {
    total += chance / (above + j);
    chance *= (size - j - hits + 1) / (size - j);
  }
  return total;
}

/** The mean rank of the first relevant candidate, from 1. */
export function firstRank(groups: readonly TieGroup[]): number {
  const { above, size, hits } = groups[0] as TieGroup;
  return above + (size + 1) / (hits + 1);
}

/** nDCG@k with gain 1 for a relevant candidate and the discount 1 / log₂(rank + 1) (Järvelin & Kekäläinen 2002). */
export function normalisedGain(groups: readonly TieGroup[], k: number, relevant: number): number {
  let gain = 0;
  for (const { above, size, hits } of groups) {
    if (above >= k) break;
    gain += (hits / size) * (discounts(Math.min(k, above + size)) - discounts(above));
  }
  return gain / discounts(Math.min(k, relevant));
}

const discountSums = [0];

/** The sum of the discounts of the first `n` ranks. */
function discounts(n: number): number {
  for (let rank = discountSums.length; rank <= n; rank++) {
    discountSums.push((discountSums[rank - 1] as number) + 1 / Math.log2(rank + 1));
  }
  return discountSums[n] as number;
}
