/** What an objective tells the driver: which batch is compared how, and by which row rule. */
import type { Engine, FinishName, SweepName } from '../engine/index.js';
import type { Tensor } from '../tensor/index.js';
import type { MemoryQueue } from './queue.js';

/** Which rows are anchors, which candidates are their negatives (maths §1). */
export const LAYOUTS = ['image', 'sentence', 'graph'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A scalar that may be learnt. */
export type Scalar = number | Tensor;

/** Log-weights of a family on [−1, 1]: the largest, and how far below it they go. */
export interface Bound {
  largest: number;
  range: number;
}

/** How many take part, known once the batch is. */
export interface Counts {
  /** Candidates of an anchor: M. */
  candidates: number;
  /** Anchors, of both directions. */
  anchors: number;
  /** Whether their statistics are gathered in float64. */
  exact: boolean;
}

/** Parameters of a rule beyond those of all, in the order of its class in the core. */
export interface RuleFields {
  doubles: readonly number[];
  /** Parameters of lanes. */
  lanes: readonly number[];
}

/** How the shifts of the anchors come about, for a rule that gives weights themselves. */
export type ShiftSearch =
  /** From the scores of the positives. */
  | { kind: 'hinge' }
  /** By sweeps that are repeated until every anchor's is found, from the range of its scores. */
  | { kind: 'dro' | 'quantile'; statistics: SweepName; doublesPerAnchor: number };

/** A row rule and its finisher. */
export interface RowObjective {
  statistics: SweepName;
  finish: FinishName;
  gradients: SweepName;
  /** Of each family of log-weights; none for a rule that gives weights themselves. */
  bounds: readonly Bound[];
  search?: ShiftSearch;
  fields(counts: Counts, engine: Engine): RuleFields;
}

/** Candidates beside those of the batch. */
export interface Candidates {
  /** Whether the other pairs of the batch are candidates. */
  inBatch: boolean;
  /** One more candidate for each pair, f32[n, d]. */
  hardNegatives?: Tensor;
  /** Logit added to an anchor's own hard negative; none means that it is like any other candidate. */
  hardNegativeLogit?: number;
  /** Candidates of every anchor, f32[k, d]. */
  negatives?: Tensor;
  /** Candidates of every anchor that take no gradient. */
  queue?: MemoryQueue;
}

/** Tensors that take ∂L/∂τ, ∂L/∂μ (of SigLIP: by its bias), ∂L/∂σ, in this order. */
export type Learnt = readonly (Tensor | undefined)[];

/** An objective on a batch, checked and in numbers. */
export interface RowProblem {
  /** The function the user called, for messages. */
  where: string;
  layout: Layout;
  objective: RowObjective;
  /** The positive counts among the weighted candidates (ADNCE in layout `sentence`); it is still told apart from the walk. */
  positiveWeighted: boolean;
  symmetric: boolean;
  temperature: number;
  candidates: Candidates;
  learnt: Learnt;
}
