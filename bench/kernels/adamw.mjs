import { floats } from './memory.mjs';

/** One AdamW step over a million parameters: weight and two moments read and written, the gradient read. */
export function adamwKernel(engine) {
  const count = 2 ** 20;
  const [p, g] = [floats(engine, count), floats(engine, count)];
  const [m, v] = [0, 0].map(() => engine.arena.allocate(count * 4 + 64, 'benchmark'));
  return {
    name: 'AdamW of 1,048,576',
    run: () => engine.core.adamwStep(p, g, m, v, count, 1 - 1e-5, 0.1, 0.001, 1e-3, 1, 1e-8),
    work: 7 * count * 4,
    unit: 'GB/s',
  };
}
