/** The exports of the core, as assembly/index.ts declares them: pointers and sizes are numbers, nothing is allocated. */

/** A byte address in the memory of the engine. */
export type Pointer = number;

type Statistics = (rule: Pointer, plan: Pointer, from: number, to: number) => void;
type Finish = (
  rule: Pointer,
  outcome: Pointer,
  stats: Pointer,
  coefficients: Pointer,
  n: number,
  from: number,
  to: number,
) => void;

/** One objective of the tile walker. */
export interface ContrastKernels {
  statistics: Statistics;
  finish: Finish;
  gradients: Statistics;
}

export interface Core {
  heapBase(): Pointer;

  expArray(x: Pointer, out: Pointer, count: number): void;
  logArray(x: Pointer, out: Pointer, count: number): void;
  logScalar(x: number): number;
  rsqrtArray(x: Pointer, out: Pointer, count: number): void;

  gemmWorkBytes(m: number, n: number, k: number): number;
  gemm(
    transA: number,
    transB: number,
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    b: Pointer,
    ldb: number,
    c: Pointer,
    ldc: number,
    accumulate: number,
    work: Pointer,
  ): void;
  packRows(b: Pointer, rowStride: number, n: number, k: number, out: Pointer): void;
  packTransposed(b: Pointer, rowStride: number, n: number, k: number, out: Pointer): void;

  l2NormalizeForward(a: Pointer, n: number, d: number, unit: Pointer, unitStride: number, inverseNorm: Pointer): number;
  l2NormalizeBackward(
    da: Pointer,
    g: Pointer,
    gStride: number,
    unit: Pointer,
    unitStride: number,
    inverseNorm: Pointer,
    n: number,
    d: number,
    scale: number,
  ): void;

  similarityWorkBytes(n: number, m: number, d: number): number;
  similarities(u: Pointer, v: Pointer, n: number, m: number, d: number, out: Pointer, work: Pointer): void;
  exponentialWeights(scores: Pointer, count: number, slope: number, mu: number, precision: number, out: Pointer): void;

  raiseFamily(family: Pointer, maximum: number): void;
  mergeFamily(into: Pointer, from: Pointer): void;

  contrastPlanBytes(): number;
  contrastWorkBytes(block: number): number;
  pairScores(plan: Pointer, offset: number, count: number, out: Pointer): void;
  pairGradients(plan: Pointer, offset: number, count: number, g: Pointer): void;
  addArray(target: Pointer, source: Pointer, count: number): void;
  resetStats(stats: Pointer, n: number, m0: number, m1: number): void;
  mergeRoles(plan: Pointer): void;

  infoNceStatistics: Statistics;
  infoNceFinish: Finish;
  infoNceGradients: Statistics;
  adnceStatistics: Statistics;
  adnceFinish: Finish;
  adnceGradients: Statistics;
  adnceAttachedStatistics: Statistics;
  adnceAttachedFinish: Finish;
  adnceAttachedGradients: Statistics;
}
