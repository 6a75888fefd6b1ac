/** A row of the comparison: one peer on one problem. */
import type { Problem } from './problem.js';
import type { Summary } from './statistics.js';

/** What became of a peer: `wrong` is a loss or a gradient that differs from the others'. */
export type Status = 'ok' | 'wrong' | 'unavailable' | 'failed';

export interface Measurement {
  problem: Problem;
  peer: string;
  title: string;
  /** How it is set up. */
  setup: string;
  version: string | null;
  /** Threads it computes on. */
  threads: number;
  status: Status;
  /** Why it is not `ok`, or what else must be known to read the row. */
  reason: string | null;
  /** Milliseconds of a step, one number a round; warm-up is thrown away. */
  samples: readonly number[];
  time: Summary | null;
  /** How many times as long as ours it took, by our configuration: each ratio is of one measurement and its two neighbours of ours. */
  ratios: Readonly<Record<string, Summary>>;
  loss: number | null;
  /** |loss − exact|. */
  lossError: number | null;
  /** Largest error of a gradient over the largest exact value. */
  gradientError: number | null;
  gradientNorm: number | null;
  /** Largest resident memory of the process, and what it was before the first step. */
  peakBytes: number | null;
  openBytes: number | null;
  /** What a step takes of the peer's own memory beyond inputs and their gradients, where it can tell. */
  extraBytes: number | null;
  /** Flops of a step, for a peer that is a limit of the machine. */
  flops: number | null;
}
