/**
 * A hold-out part by anchor: all rows of one anchor fall on the same side, so that no test anchor was seen in training.
 * The side is decided by a hash of the anchor and the seed, never by the order of the rows.
 */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { hashBytes, hashText } from './hash.js';
import { rowCount, takeRows } from './pairs.js';
import type { PairDataset } from './types.js';

/** Options of {@link splitByAnchor}; give either `fraction` or `count`. */
export interface SplitOptions {
  /** Share of the anchors to hold out, in (0, 1). An anchor's side does not depend on the other anchors. */
  fraction?: number;
  /** Rows to hold out, >= 1; a little more where the last anchor has several rows. */
  count?: number;
  /** An integer in [0, 2^53). Default 0. */
  seed?: number;
}

/** Both parts, rows in their old order. */
export interface Split<T extends PairDataset = PairDataset> {
  train: T;
  heldOut: T;
}

/**
 * Holds out whole anchors.
 * @throws E_OPTION a wrong option; E_DATA fewer than two distinct anchors, or nothing left to train on
 */
export function splitByAnchor<T extends PairDataset>(dataset: T, options: SplitOptions): Split<T> {
  const where = 'splitByAnchor';
  mustKnowKeys(where, options, ['fraction', 'count', 'seed']);
  const { fraction, count } = options;
  if ((fraction === undefined) === (count === undefined)) {
    throw new AdnceError('E_OPTION', { where, what: 'either "fraction" or "count" must be given, not both' });
  }
  const seed = mustBeInteger(where, 'seed', options.seed ?? 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
  const hashes = hashAnchors(dataset, seed);
  const groups = groupSizes(hashes);
  if (groups.length < 2) {
    throw new AdnceError('E_DATA', {
      where,
      what: `at least two distinct anchors are needed to hold one out, got ${groups.length}`,
    });
  }
  const limit =
    fraction === undefined
      ? limitForRows(where, groups, mustBeInteger(where, 'count', count, { min: 1 }), hashes.length)
      : limitForShare(groups, mustBeNumber(where, 'fraction', fraction, { above: 0, below: 1 }));
  const heldOut: number[] = [];
  const train: number[] = [];
  for (let row = 0; row < hashes.length; row++) ((hashes[row] as number) < limit ? heldOut : train).push(row);
  return { train: takeRows(dataset, train), heldOut: takeRows(dataset, heldOut) };
}

/** A 53-bit hash of every anchor. Two anchors with one hash would only share a side. */
function hashAnchors(dataset: PairDataset, seed: number): Float64Array {
  const n = rowCount(dataset);
  const hashes = new Float64Array(n);
  if (dataset.kind === 'text') {
    for (let i = 0; i < n; i++) hashes[i] = hashText(dataset.anchors[i] as string, seed);
    return hashes;
  }
  const { anchors, dimension } = dataset;
  const bytes = new Uint8Array(anchors.buffer, anchors.byteOffset, anchors.byteLength);
  for (let i = 0; i < n; i++) hashes[i] = hashBytes(bytes.subarray(i * dimension * 4, (i + 1) * dimension * 4), seed);
  return hashes;
}

/** The distinct hashes in rising order, with their numbers of rows. */
function groupSizes(hashes: Float64Array): { hash: number; rows: number }[] {
  const groups: { hash: number; rows: number }[] = [];
  for (const hash of hashes.slice().sort()) {
    const last = groups.at(-1);
    if (last?.hash === hash) last.rows++;
    else groups.push({ hash, rows: 1 });
  }
  return groups;
}

/** Anchors with a hash below the result are held out: about that share, at least one anchor and not all. */
function limitForShare(groups: { hash: number }[], fraction: number): number {
  const lowest = (groups[0] as { hash: number }).hash;
  const highest = (groups.at(-1) as { hash: number }).hash;
  return Math.min(Math.max(fraction * 2 ** 53, lowest + 1), highest);
}

/** Anchors with a hash below the result are held out: the smallest hashes until `count` rows are reached. */
function limitForRows(where: string, groups: { hash: number; rows: number }[], count: number, n: number): number {
  let rows = 0;
  for (const group of groups) {
    if (rows >= count) return group.hash;
    rows += group.rows;
  }
  throw new AdnceError('E_DATA', {
    where,
    what: `rows must be left for training when ${count} are held out, got ${n} rows in ${groups.length} anchors`,
    hint: 'lower "count"',
  });
}
