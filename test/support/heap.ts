/** What work takes from the JavaScript heap. */
import { memoryUsage } from 'node:process';

/**
 * Bytes that each of some pieces of work takes from the heap and, as buffers, beside it. They take turns, so that all are
 * compiled alike, and the least of many turns counts, since a collection or a compiler may come between.
 */
export function heapBytes(...pieces: (() => void)[]): number[] {
  const least = pieces.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < 20; turn++) {
    pieces.forEach((work, k) => {
      const before = memoryUsage();
      work();
      const after = memoryUsage();
      const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
      if (bytes >= 0) least[k] = Math.min(least[k] as number, bytes);
    });
  }
  return least;
}
