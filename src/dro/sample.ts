/** A sample of a batch's scores, cheap enough to be taken every step: what the controllers of adaptive parameters read. */
import { borrow, type Engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { LAYOUTS, type Layout } from '../losses/index.js';
import { mustBeInteger, mustBeOneOf, mustKnowKeys } from '../options.js';
import { mustHaveShape, type Tensor } from '../tensor/index.js';
import type { ScoreSample } from './landmarks.js';

/** Options of {@link sampleScores}. */
export interface SampleOptions {
  /** Anchors whose rows are taken, evenly spaced over the batch. Default 16. */
  anchors?: number;
  /** Layout of the loss: `image` counts the rows of a among the negatives. Default `sentence`. */
  layout?: Layout;
}

/**
 * Cosines of some anchors of a batch with their positives and negatives. Runs inside the step the embeddings live in.
 * @param a f32[n, d], embeddings, not necessarily normalised, n ≥ 2
 * @param b f32[n, d], row i is the positive of row i of a
 * @throws E_OPTION, E_SHAPE
 *
 * Cost: anchors/n of the batch's scores.
 */
export function sampleScores(a: Tensor, b: Tensor, options: SampleOptions = {}): ScoreSample {
  const where = 'sampleScores';
  mustKnowKeys(where, options, ['anchors', 'layout']);
  const layout = mustBeOneOf(where, 'layout', options.layout ?? 'sentence', LAYOUTS);
  const wanted = mustBeInteger(where, 'anchors', options.anchors ?? 16, { min: 1 });
  mustHaveShape(where, 'a', a, [null, null], 'pass one embedding a row');
  const [n, d] = a.shape as [number, number];
  mustHaveShape(where, 'b', b, [n, d], 'both views need the same encoder output size');
  if (n < 2) throw new AdnceError('E_SHAPE', { where, what: `at least 2 pairs are needed, got ${n}` });
  const count = Math.min(n, wanted);
  return borrow((owner) => {
    // Candidates: b, and in `image` a below it.
    const candidates = layout === 'image' ? 2 * n : n;
    const unit = owner.stackF32((candidates + (layout === 'image' ? 0 : n)) * d + 8, where);
    const below = unit + n * d * 4;
    normalize(owner, b, unit);
    normalize(owner, a, below);
    const rows = owner.stackF32(count * d + 8, where);
    const picked = Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
    for (const [k, i] of picked.entries()) {
      const start = (below >>> 2) + i * d;
      owner.f32.copyWithin((rows >>> 2) + k * d, start, start + d);
    }
    const scores = owner.stackF32(count * candidates, where);
    const work = owner.arena.stack(owner.core.similarityWorkBytes(count, candidates, d), where);
    owner.core.similarities(rows, unit, count, candidates, d, scores, work);
    const row = (k: number) => {
      const start = (scores >>> 2) + k * candidates;
      return owner.f32.subarray(start, start + candidates);
    };
    return {
      positives: Float32Array.from(picked, (i, k) => row(k)[i] as number),
      negatives: picked.map((i, k) => row(k).filter((_, j) => j % n !== i)),
    };
  });
}

function normalize(owner: Engine, rows: Tensor, unit: Pointer): void {
  const [n, d] = rows.shape as [number, number];
  const inverse = owner.arena.stack(n * 8, 'sampleScores');
  owner.core.l2NormalizeForward(rows.pointer, n, d, unit, d * 4, inverse);
}
