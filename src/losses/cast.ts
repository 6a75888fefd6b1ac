/** Who stands where in a walk: which embeddings are anchors, which are candidates, which pairs are told apart. */
import { AdnceError } from '../errors.js';
import { mustHaveShape, type Tensor } from '../tensor/index.js';
import type { RowProblem } from './problem.js';

/** Where the unit rows of a tensor stand: among the anchors or the candidates, from which row on. */
export interface Placement {
  name: string;
  tensor: Tensor;
  side: 'U' | 'V';
  row: number;
}

/** Who stands where in a walk. */
export interface Cast {
  placements: Placement[];
  rows: number;
  columns: number;
  /** Rows in front of the candidates. */
  front: number;
  gradColumns: number;
  half: boolean;
  exclusions: number[];
  /** Candidates of an anchor: M. */
  candidates: number;
  /** The positive of anchor i is candidate i + offset, for this many anchors that are told one by one. */
  positiveOffset: number;
  pairs: number;
  /** The own hard negative of anchor i is candidate i + offset; none when it is like any other. */
  extraOffset?: number;
}

/** Places the batch: all rows of both views in `image`; else a against b and the candidates beside the batch. */
export function castOf(a: Tensor, b: Tensor, problem: Omit<RowProblem, 'objective'>): Cast {
  const { where, layout, candidates } = problem;
  mustHaveShape(where, 'a', a, [null, null], 'pass one embedding a row');
  const [n, d] = a.shape as [number, number];
  mustHaveShape(where, 'b', b, [n, d], 'both views need the same encoder output size');
  const least = candidates.inBatch ? 2 : 1;
  if (n < least || d < 1) {
    const what = `at least ${least} pairs of length >= 1 are needed, got f32[${n},${d}]`;
    throw new AdnceError('E_SHAPE', { where, what });
  }
  if (layout === 'image') return imageCast(a, b, n);
  const { hardNegatives, negatives, queue, inBatch } = candidates;
  const placements: Placement[] = [{ name: 'a', tensor: a, side: 'U', row: 0 }];
  let columns = 0;
  const place = (name: string, tensor: Tensor) => {
    placements.push({ name, tensor, side: 'V', row: columns });
    columns += tensor.shape[0] as number;
  };
  if (inBatch) place('b', b);
  else placements.push({ name: 'b', tensor: b, side: 'V', row: -n });
  if (hardNegatives !== undefined) {
    mustHaveShape(where, 'hardNegatives', hardNegatives, [n, d], 'pass one hard negative for each pair');
    place('hardNegatives', hardNegatives);
  }
  if (negatives !== undefined) {
    mustHaveShape(where, 'negatives', negatives, [null, d], 'negatives are as long as the embeddings');
    place('negatives', negatives);
  }
  const gradColumns = columns;
  if (queue !== undefined) {
    if (queue.dimension !== d) {
      throw new AdnceError('E_SHAPE', { where, what: `"queue" must hold rows of length ${d}, got ${queue.dimension}` });
    }
    queue.mustHold(where, n);
    columns += queue.length;
  }
  const extra = candidates.hardNegativeLogit !== undefined;
  const exclusions = inBatch ? [0] : [];
  const count = columns - (inBatch && !problem.positiveWeighted ? 1 : 0);
  if (count < 1) {
    const hint = 'enqueue a batch before the first loss, or leave inBatch true';
    throw new AdnceError('E_STATE', { where, what: 'every anchor needs a negative, the queue is empty', hint });
  }
  return {
    placements,
    rows: n,
    columns,
    front: inBatch ? 0 : n,
    gradColumns,
    half: false,
    exclusions: extra ? [...exclusions, n] : exclusions,
    candidates: count,
    positiveOffset: inBatch ? 0 : -n,
    pairs: n,
    ...(extra ? { extraOffset: n } : {}),
  };
}

function imageCast(a: Tensor, b: Tensor, n: number): Cast {
  return {
    placements: [
      { name: 'a', tensor: a, side: 'U', row: 0 },
      { name: 'b', tensor: b, side: 'U', row: n },
    ],
    rows: 2 * n,
    columns: 2 * n,
    front: 0,
    gradColumns: 2 * n,
    half: true,
    // An anchor itself, and its positive both ways round.
    exclusions: [0, n, -n],
    candidates: 2 * n - 2,
    positiveOffset: n,
    pairs: n,
  };
}
