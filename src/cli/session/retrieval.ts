/** Held-out questions put to an encoder and to the baselines that match words. */
import { words } from '../../data/tokenize.js';
import type { ScoreSample } from '../../dro/index.js';
import {
  type BlockScorer,
  cosineScorer,
  evaluateRetrieval,
  Histogram,
  LexicalIndex,
  type RetrievalResult,
  topK,
} from '../../evaluate/index.js';
import type { ReportSearch } from '../../report/types.js';
import type { RunEncoder } from './encoder.js';
import { countItems, evenly, isTexts, type RetrievalTask } from './items.js';

/** Cut-offs of recall. */
const KS = [1, 10];

/** What an encoder answers. */
export interface Answers {
  result: RetrievalResult;
  /** Cosines of right pairs and of all others. */
  positives: Histogram;
  negatives: Histogram;
  /** The exact scores: all positives, and the negatives of up to 64 queries, evenly taken. */
  sample: ScoreSample & { positives: number[]; negatives: Float32Array[] };
}

/** Queries whose negatives are kept: enough for means, and cheap beside the scores of all. */
const SAMPLED = 64;

/** Puts a task to an encoder: one embedding of everything, then cosines. */
export function ask(encoder: RunEncoder, task: RetrievalTask): Answers {
  const candidates = encoder.embed(task.candidates);
  const queries = encoder.embed(task.queries);
  const cosines = cosineScorer(encoder.engine, queries, candidates, encoder.dimension);
  const positives = new Histogram({ bins: SCORE_BINS });
  const negatives = new Histogram({ bins: SCORE_BINS });
  const sample: Answers['sample'] = { positives: [], negatives: [] };
  const n = countItems(task.candidates);
  const sampled = new Set(evenly(task.relevant.length, SAMPLED));
  const scorer: BlockScorer = {
    rows: cosines.rows,
    scores(start, end, out) {
      cosines.scores(start, end, out);
      for (let query = start; query < end; query++) {
        const row = out.subarray((query - start) * n, (query - start + 1) * n);
        const right = (task.relevant[query] as Int32Array).reduce<number[]>(
          (all, i) => all.concat(row[i] as number),
          [],
        );
        positives.add(right);
        sample.positives.push(...right);
        negatives.add(row);
        negatives.remove(right);
        const self = task.self[query] as number;
        if (sampled.has(query)) {
          const rest = without(row, [...(task.relevant[query] as Int32Array), self]);
          if (rest.length > 0) sample.negatives.push(rest);
        }
        if (self < 0) continue;
        negatives.remove([row[self] as number]);
        row[self] = Number.NEGATIVE_INFINITY;
      }
    },
  };
  return { result: evaluateRetrieval(task.relevant, n, scorer, { ks: KS }), positives, negatives, sample };
}

/** A copy of a row without some places; those below 0 are none. */
function without(row: Float32Array, places: readonly number[]): Float32Array {
  const rest = row.slice();
  let count = row.length;
  for (const place of [...new Set(places)].sort((a, b) => b - a)) {
    if (place < 0) continue;
    rest.copyWithin(place, place + 1, count);
    count--;
  }
  return rest.subarray(0, count);
}

/** Bins of the score histograms over [−1, 1]. */
const SCORE_BINS = 80;

/** The baselines that match words, by name; none for vectors. */
export function askBaselines(task: RetrievalTask): { name: string; metrics: Record<string, number> }[] {
  const { candidates, queries } = task;
  if (!isTexts(candidates) || !isTexts(queries)) return [];
  const index = new LexicalIndex(candidates, (text) => words(text));
  return [
    { name: 'BM25', scorer: index.bm25() },
    { name: 'TF-IDF', scorer: index.tfidf() },
  ].map(({ name, scorer }) => {
    const { metrics } = evaluateRetrieval(
      task.relevant,
      candidates.length,
      (query, out) => {
        scorer.score(queries[query] as string, out);
        const self = task.self[query] as number;
        if (self >= 0) out[self] = Number.NEGATIVE_INFINITY;
      },
      { ks: KS },
    );
    return { name, metrics };
  });
}

/** Searches texts by meaning: embeds them once, then answers queries. */
export class Searcher {
  readonly #encoder: RunEncoder;
  readonly #texts: readonly string[];
  readonly #embeddings: Float32Array;

  constructor(encoder: RunEncoder, texts: readonly string[]) {
    this.#encoder = encoder;
    this.#texts = texts;
    this.#embeddings = encoder.embed(texts);
  }

  /** The `k` nearest texts, best first. */
  search(query: string, k: number): ReportSearch {
    const embedding = this.#encoder.embed([query]);
    const scores = new Float32Array(this.#texts.length);
    const { engine, dimension } = this.#encoder;
    cosineScorer(engine, embedding, this.#embeddings, dimension).scores(0, 1, scores);
    const results = topK(scores, k).map(({ index, score }) => ({ text: this.#texts[index] as string, score }));
    return { query, results };
  }
}
