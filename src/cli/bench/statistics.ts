/** Medians and spreads: a shared machine makes means and minima lie. */

/** What repeated measurements say. */
export interface Summary {
  median: number;
  /** Lower and upper quartile. */
  low: number;
  high: number;
  count: number;
}

/** The value below which a share of the sorted values lies, linear between neighbours. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const lower = sorted[below] as number;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return lower + (upper - lower) * (place - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75), count: values.length };
}

/** Half the distance between the quartiles over the median: ±3 % is 0.03. */
export function spread({ median: middle, low, high }: Summary): number {
  return (high - low) / 2 / middle;
}

/**
 * How many times longer the second of each pair took: both are measured one right after the other, so that drift of the machine
 * hits both alike.
 */
export function pairedRatio(pairs: readonly (readonly [ours: number, theirs: number])[]): Summary {
  return summarize(pairs.map(([ours, theirs]) => theirs / ours));
}

/**
 * How often a step is repeated within one measurement, so that the clock's grain and the way to the other process do not count.
 * @param milliseconds one step
 */
export function repeatsFor(milliseconds: number, least = 25): number {
  return Math.max(1, Math.min(1000, Math.ceil(least / Math.max(milliseconds, 1e-3))));
}

/** A step that takes longer than this is measured fewer times, and the tables say so. */
export const LONG_STEP = 20_000;

/**
 * How many rounds a peer gets: at least `least`; more while they cost less than a second and a half; three when one step of
 * it is very long.
 * @param step milliseconds of one step of it
 * @param round milliseconds of one round, ours included
 */
export function roundsFor(step: number, round: number, least: number): number {
  if (step > LONG_STEP) return Math.min(3, least);
  return Math.max(least, Math.min(15, Math.floor(1500 / round)));
}
