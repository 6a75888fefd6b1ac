import { floats } from './memory.mjs';

/** The matrix product at the shape of a score block: 240 × 240 × 128. */
export function gemmKernel(engine) {
  const [n, k] = [240, 128];
  const [a, b, c] = [floats(engine, n * k), floats(engine, n * k), floats(engine, n * n)];
  const work = engine.arena.allocate(engine.core.gemmWorkBytes(n, n, k), 'benchmark');
  return {
    name: 'gemm 240 × 240 × 128',
    run: () => engine.core.gemm(0, 1, n, n, k, a, k, b, k, c, n, 0, work),
    work: 2 * n * n * k,
    unit: 'GFLOP/s',
  };
}
