/** Score matrices with known structure. */
import { normalFrom } from './mi.js';

export interface PlantedMatrix {
  n: number;
  /** f32[n, n], positives on the diagonal. */
  scores: Float32Array;
  positives: number[];
  /** Planted false negatives, `i:j`. */
  planted: Set<string>;
}

/** Negatives of mean 0.1 and deviation 0.12, positives of 0.7 and 0.1; `count` negatives are drawn as positives are. */
export function plantedMatrix(n: number, count: number, next: () => number): PlantedMatrix {
  const normal = normalFrom(next);
  const draw = (mean: number, deviation: number) => Math.min(1, Math.max(-1, mean + deviation * normal()));
  const scores = Float32Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? draw(0.7, 0.1) : draw(0.1, 0.12)));
  const planted = new Set<string>();
  while (planted.size < count) {
    const [i, j] = [0, 0].map(() => Math.floor(((next() + 1) / 2) * n)) as [number, number];
    if (i === j || planted.has(`${i}:${j}`)) continue;
    planted.add(`${i}:${j}`);
    scores[i * n + j] = draw(0.7, 0.1);
  }
  return { n, scores, positives: Array.from({ length: n }, (_, i) => i), planted };
}
