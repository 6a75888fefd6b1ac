/** The matrix product of the library: every row of one matrix with every row of another. */
import type { Engine, Pointer } from '../engine/index.js';
import { output, record } from './tape.js';
import type { Tensor } from './tensor.js';

/**
 * a·bᵀ, plus a bias on every row if there is one. Shapes are the caller's to check.
 * @param name the op, for messages
 * @param a f32[n, k]
 * @param b f32[m, k]
 * @param bias f32[m], or null
 * @returns f32[n, m]
 */
export function rowProducts(name: string, a: Tensor, b: Tensor, bias: Tensor | null = null): Tensor {
  const [rows, depth] = a.shape as [number, number];
  const columns = b.shape[0] as number;
  const y = output(bias === null ? [a, b] : [a, b, bias], [rows, columns], name);
  const { engine } = y;
  const { core } = engine;
  if (bias !== null) core.fillRows(bias.pointer, y.pointer, rows, columns);
  const work = gemmWork(engine, rows, columns, depth);
  const add = bias === null ? 0 : 1;
  core.gemm(0, 1, rows, columns, depth, a.pointer, depth, b.pointer, depth, y.pointer, columns, add, work);
  record(y, () => {
    const g = y.gradPointer;
    if (a.requiresGrad) {
      const at = a.gradPointer;
      const space = gemmWork(engine, rows, depth, columns);
      core.gemm(0, 0, rows, depth, columns, g, columns, b.pointer, depth, at, depth, 1, space);
    }
    if (b.requiresGrad) {
      const at = b.gradPointer;
      const space = gemmWork(engine, columns, depth, rows);
      core.gemm(1, 0, columns, depth, rows, g, columns, a.pointer, depth, at, depth, 1, space);
    }
    if (bias?.requiresGrad) core.addColumnSums(bias.gradPointer, g, rows, columns);
  });
  return y;
}

function gemmWork(engine: Engine, m: number, n: number, k: number): Pointer {
  return engine.arena.stack(engine.core.gemmWorkBytes(m, n, k), 'matrix product');
}
