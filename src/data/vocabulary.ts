/** The words worth an embedding of their own: counted over a corpus, most frequent first, rare ones left out. */
import { type Tokenizer, words } from './tokenize.js';

/** Words with their counts, most frequent first, and the number of words of the whole corpus. */
export interface Vocabulary {
  words: string[];
  counts: number[];
  /** All words of the corpus, those outside the vocabulary included. */
  total: number;
}

/** While counting, at most about this many distinct words are held; then the rarest are forgotten. */
const PRUNE_AT = 4_000_000;

/**
 * Counts words. Ties stand in code-unit order, so that the order of the texts does not matter.
 * @param minCount words seen less often are left out
 * @param maxWords at most this many words
 */
export function countWords(
  texts: Iterable<string>,
  tokenizer: Tokenizer,
  minCount: number,
  maxWords: number,
  pruneAt = PRUNE_AT,
): Vocabulary {
  const counts = new Map<string, number>();
  let total = 0;
  let floor = 1;
  for (const text of texts) {
    for (const word of words(text, tokenizer)) {
      total++;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    while (counts.size > pruneAt) {
      for (const [word, count] of counts) if (count <= floor) counts.delete(word);
      floor++;
    }
  }
  const entries = [...counts].filter(([, count]) => count >= minCount);
  entries.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  entries.length = Math.min(entries.length, maxWords);
  return { words: entries.map(([word]) => word), counts: entries.map(([, count]) => count), total };
}
