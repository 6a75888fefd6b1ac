/** What all cores gain over one: ours beside the bare tile on each core, which is what the machine gives while the run is on. */
import type { Measurement } from './measurement.js';

/** How many times as fast. */
export interface CoresGain {
  ours: number;
  /** Of the tile, where it was measured on one core and on all. */
  tile: number | null;
}

/** The gain on one problem; null where ours was not measured on all cores. Every time is taken over ours on one core beside it. */
export function gainOfCores(rows: readonly Measurement[]): CoresGain | null {
  const timeOf = (name: string) => rows.find(({ peer }) => peer === name)?.ratios.adnce?.median;
  const ours = timeOf('adnce-threads');
  if (ours === undefined) return null;
  const [one, all] = [timeOf('tile'), timeOf('tile-threads')];
  const threads = rows.find(({ peer }) => peer === 'tile-threads')?.threads ?? 1;
  return { ours: 1 / ours, tile: one === undefined || all === undefined ? null : (threads * one) / all };
}
