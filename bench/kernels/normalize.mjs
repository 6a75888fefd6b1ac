import { floats } from './memory.mjs';

/** Rows brought to unit length, f32[2048, 128]: read once, written once. */
export function normalizeKernel(engine) {
  const [n, d] = [2048, 128];
  const [a, unit, inverse] = [floats(engine, n * d), floats(engine, n * d), floats(engine, n)];
  return {
    name: 'normalise 2,048 × 128',
    run: () => engine.core.l2NormalizeForward(a, n, d, unit, d * 4, inverse),
    work: 2 * n * d * 4,
    unit: 'GB/s',
  };
}
