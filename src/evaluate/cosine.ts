/** Scores of many queries against many candidates by the core's matrix product, and the best few of a row. */
import type { Engine } from '../engine/index.js';
import { mustBeInteger } from '../options.js';
import type { BlockScorer } from './retrieval.js';
import { countRows } from './rows.js';

/** Queries of a block, and candidates whose packed panels are in memory at a time. */
const QUERIES = 120;
const CANDIDATES = 4096;

/**
 * Scores by cosine through the engine's core; memory is that of one block.
 * @param queries f32[n,dimension], unit rows
 * @param candidates f32[m,dimension], unit rows
 * @throws E_SHAPE the lengths do not fit the dimension
 */
export function cosineScorer(
  engine: Engine,
  queries: Float32Array,
  candidates: Float32Array,
  dimension: number,
): BlockScorer {
  countRows('cosineScorer', 'queries', queries, dimension);
  const m = countRows('cosineScorer', 'candidates', candidates, dimension);
  const { core } = engine;
  return {
    rows: QUERIES,
    scores(start, end, out) {
      const n = end - start;
      for (let from = 0; from < m; from += CANDIDATES) {
        const count = Math.min(CANDIDATES, m - from);
        engine.step(() => {
          const u = engine.copyF32(queries.subarray(start * dimension, end * dimension), 'queries');
          const v = engine.copyF32(candidates.subarray(from * dimension, (from + count) * dimension), 'candidates');
          const scores = engine.stackF32(n * count, 'scores');
          const work = engine.arena.stack(core.similarityWorkBytes(n, count, dimension), 'scores');
          core.similarities(u, v, n, count, dimension, scores, work);
          const all = engine.f32;
          for (let q = 0; q < n; q++) {
            const row = (scores >>> 2) + q * count;
            out.set(all.subarray(row, row + count), q * m + from);
          }
        });
      }
    },
  };
}

/** A candidate and its score. */
export interface Hit {
  index: number;
  score: number;
}

/** The `k` highest scores, best first, the earlier of equals first. @throws E_OPTION k is no integer >= 1 */
export function topK(scores: ArrayLike<number>, k: number): Hit[] {
  mustBeInteger('topK', 'k', k, { min: 1 });
  const best: Hit[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index] as number;
    if (best.length === k && !(score > (best[k - 1] as Hit).score)) continue;
    let at = best.length < k ? best.length : k - 1;
    for (; at > 0 && score > (best[at - 1] as Hit).score; at--) best[at] = best[at - 1] as Hit;
    best[at] = { index, score };
  }
  return best;
}
