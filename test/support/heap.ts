/** What work takes from the JavaScript heap. */
import { memoryUsage } from 'node:process';

/**
 * Bytes that each of some pieces of work takes from the heap and, as buffers, beside it. They take turns, so that all are
 * compiled alike; the median of many turns counts, since a collection in between makes a turn seem to take less, a compiler more.
 */
export function heapBytes(...pieces: (() => void)[]): number[] {
  const turns = pieces.map((): number[] => []);
  for (let turn = 0; turn < 25; turn++) {
    pieces.forEach((work, k) => {
      const before = memoryUsage();
      work();
      const after = memoryUsage();
      turns[k]?.push(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers);
    });
  }
  return turns.map((bytes) => bytes.sort((x, y) => x - y)[bytes.length >> 1] as number);
}
