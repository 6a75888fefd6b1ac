/** Matrix products on all threads: what linear layers, scores and their gradients are made of. */
import { COUNT, type Engine, FROM, type Pointer, TO } from '../engine/index.js';
import { floats } from './grain.js';
import { output, record } from './tape.js';
import type { Tensor } from './tensor.js';

/** C = op(A)·op(B), or with `accumulate` C += …; all matrices row-major and dense. */
interface Product {
  /** A is stored as [k, m], and its transpose is meant. */
  transA?: boolean;
  /** B is stored as [n, k], and its transpose is meant. */
  transB?: boolean;
  m: number;
  n: number;
  k: number;
  a: Pointer;
  b: Pointer;
  c: Pointer;
  /** f32[n] that every row of C starts with; not together with `accumulate`. */
  bias?: Pointer;
  accumulate?: boolean;
}

/** Panels of eight columns, fives of rows, and columns of a bias that a thread takes at a time. */
const PANEL_GRAIN = 4;
const FIVE_GRAIN = 8;
const COLUMN_GRAIN = 32;

/** Computes a product; must run inside a step, whose memory it packs into. */
export function product(engine: Engine, p: Product): void {
  const { core } = engine;
  const { m, n, k, a, b, c, transA = false, transB = false, bias = 0, accumulate = false } = p;
  const lda = transA ? m : k;
  const ldb = transB ? k : n;
  const add = Number(accumulate);
  const work = engine.arena.stack(core.gemmWorkBytes(m, n, k), 'matrix product');
  if (k === 0 && bias === 0) {
    core.gemm(Number(transA), Number(transB), m, n, k, a, lda, b, ldb, c, n, add, work);
    return;
  }
  engine.run('gemmPackB', Math.ceil(n / 8), PANEL_GRAIN, [Number(transB), n, k, b, ldb, work, FROM, TO]);
  engine.run('gemmPackA', Math.ceil(m / 5), FIVE_GRAIN, [Number(transA), m, n, k, a, lda, work, FROM, TO]);
  engine.run('gemmCompute', core.gemmBlocks(m, n), 1, [m, n, k, bias, c, n, add, work, FROM, TO]);
}

/**
 * Every row of one matrix with every row of another: a·bᵀ, plus a bias on every row if there is one. Shapes are the caller's to
 * check.
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
  const start = bias === null ? {} : { bias: bias.pointer };
  product(engine, { transB: true, m: rows, n: columns, k: depth, a: a.pointer, b: b.pointer, c: y.pointer, ...start });
  record(y, () => {
    const g = y.gradPointer;
    if (a.requiresGrad) {
      const c = a.gradPointer;
      product(engine, { m: rows, n: depth, k: columns, a: g, b: b.pointer, c, accumulate: true });
    }
    if (b.requiresGrad) {
      const c = b.gradPointer;
      product(engine, { transA: true, m: columns, n: depth, k: rows, a: g, b: a.pointer, c, accumulate: true });
    }
    if (bias?.requiresGrad) {
      const db = floats(bias.gradPointer);
      engine.run('addColumnSums', columns, COLUMN_GRAIN, [db, floats(g), rows, COUNT, columns * 4]);
    }
  });
  return y;
}
