/** The exports of the core, as assembly/index.ts declares them: pointers and sizes are numbers, nothing is allocated. */

/** A byte address in the memory of the engine. */
export type Pointer = number;

/** One of the two sweeps over the row blocks [from, to). */
type Sweep = (rule: Pointer, plan: Pointer, from: number, to: number) => void;
/** Turns the statistics of the anchors [from, to) into losses and factors. */
type Finish = (
  rule: Pointer,
  outcome: Pointer,
  stats: Pointer,
  coefficients: Pointer,
  n: number,
  from: number,
  to: number,
) => void;
/** A search for the shifts of the anchors [from, to): its start, and a step that tells how many go on. */
type SearchStart = (rule: Pointer, stats: Pointer, searches: Pointer, from: number, to: number) => void;
type SearchStep = (rule: Pointer, stats: Pointer, searches: Pointer, from: number, to: number) => number;

/** Names of the kernels of each sort. */
export type SweepName = Exclude<
  Extract<keyof Core, `${string}Statistics` | `${string}Gradients`>,
  'pairGradients' | 'classGradients'
>;
export type FinishName = Extract<keyof Core, `${string}Finish`>;

export interface Core {
  heapBase(): Pointer;
  features(): number;

  enlist(team: Pointer, index: number): void;
  teamBytes(): number;
  prepareTeam(team: Pointer, spins: number): void;
  openJob(team: Pointer, blocks: number): void;
  closeJob(team: Pointer): void;
  dismissTeam(team: Pointer): void;
  awaitJob(team: Pointer, seen: number): number;
  joinJob(team: Pointer): number;
  leaveJob(team: Pointer): void;
  takeBlock(team: Pointer): number;
  finishBlock(team: Pointer): void;
  awaitBlocks(team: Pointer, milliseconds: number): number;
  awaitLeave(team: Pointer, milliseconds: number): number;
  failJob(team: Pointer): void;
  jobFailed(team: Pointer): number;
  teamBeats(team: Pointer): number;

  expArray(x: Pointer, out: Pointer, count: number): void;
  logArray(x: Pointer, out: Pointer, count: number): void;
  expScalar(x: number): number;
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
  gemmBlocks(m: number, n: number): number;
  gemmPackB(
    transB: number,
    n: number,
    k: number,
    b: Pointer,
    ldb: number,
    work: Pointer,
    from: number,
    to: number,
  ): void;
  gemmPackA(
    transA: number,
    m: number,
    n: number,
    k: number,
    a: Pointer,
    lda: number,
    work: Pointer,
    from: number,
    to: number,
  ): void;
  gemmCompute(
    m: number,
    n: number,
    k: number,
    bias: Pointer,
    c: Pointer,
    ldc: number,
    accumulate: number,
    work: Pointer,
    from: number,
    to: number,
  ): void;
  packRows(b: Pointer, rowStride: number, n: number, k: number, out: Pointer): void;
  packTransposed(b: Pointer, rowStride: number, n: number, k: number, out: Pointer): void;

  l2NormalizeDoubles(a: Pointer, stride: number, n: number, d: number, inverseNorm: Pointer, unit: Pointer): void;
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
  scoreMoments(scores: Pointer, count: number, out: Pointer): void;
  boundedDifference(range: number, temperature: number, negatives: number): number;
  powerDivergence(logWeight: number, order: number): number;
  worstCasePower(
    scores: Pointer,
    count: number,
    order: number,
    temperature: number,
    weights: Pointer,
    summary: Pointer,
  ): void;
  selectWorkBytes(): number;
  largestOfRank(scores: Pointer, count: number, rank: number, work: Pointer): number;
  worstCaseTail(scores: Pointer, count: number, level: number, weights: Pointer, summary: Pointer, work: Pointer): void;
  gaussianWeights(scores: Pointer, count: number, mu: number, precision: number, out: Pointer): void;

  pairMoments(t: Pointer, n: number, out: Pointer): void;
  pairLogMeanExp(t: Pointer, n: number, low: number, high: number): number;
  rowLogSumExp(t: Pointer, n: number, out: Pointer): number;
  softplusMeans(t: Pointer, n: number, out: Pointer): void;
  addToDiagonal(dT: Pointer, n: number, value: number): void;
  addPairExp(dT: Pointer, t: Pointer, n: number, shift: number, factor: number, low: number, high: number): void;
  addRowSoftmax(dT: Pointer, t: Pointer, n: number, lse: Pointer, factor: number): void;
  addSigmoids(dT: Pointer, t: Pointer, n: number, joint: number, product: number): void;
  addPairLine(dT: Pointer, t: Pointer, n: number, slope: number, constant: number): void;
  addPairWeights(dT: Pointer, n: number, weights: Pointer, factor: number): void;

  raiseFamily(family: Pointer, maximum: number): void;
  mergeFamily(into: Pointer, from: Pointer): void;

  contrastPlanBytes(): number;
  contrastWorkBytes(block: number, depth: number, exact: number): number;
  scheduleBytes(blocksDown: number, blocksAcross: number): number;
  resetSchedule(plan: Pointer): void;
  pairScores(plan: Pointer, offset: number, from: number, to: number, out: Pointer): void;
  pairGradients(plan: Pointer, offset: number, from: number, to: number, g: Pointer): void;
  addArray(target: Pointer, source: Pointer, count: number): void;
  resetStats(stats: Pointer, n: number, m0: number, m1: number): void;
  classSums(plan: Pointer, labels: Pointer, factors: Pointer, sums: Pointer): void;
  classScores(plan: Pointer, labels: Pointer, sizes: Pointer, sums: Pointer, out: Pointer): void;
  classGradients(plan: Pointer, labels: Pointer, sizes: Pointer, sums: Pointer, weighted: Pointer, g: Pointer): void;

  infoNceStatistics: Sweep;
  adnceStatistics: Sweep;
  adnceAttachedStatistics: Sweep;
  slopesStatistics: Sweep;
  alphaStatistics: Sweep;
  momentsStatistics: Sweep;
  siglipStatistics: Sweep;
  hingeStatistics: Sweep;
  quantileStatistics: Sweep;
  droSearchStatistics: Sweep;
  droValueStatistics: Sweep;
  infoNceGradients: Sweep;
  adnceGradients: Sweep;
  adnceAttachedGradients: Sweep;
  slopesGradients: Sweep;
  alphaGradients: Sweep;
  momentsGradients: Sweep;
  siglipGradients: Sweep;
  hingeGradients: Sweep;
  quantileGradients: Sweep;
  droGradients: Sweep;
  infoNceFinish: Finish;
  adnceFinish: Finish;
  adnceAttachedFinish: Finish;
  dclFinish: Finish;
  hclFinish: Finish;
  alphaFinish: Finish;
  momentsFinish: Finish;
  siglipFinish: Finish;
  hingeFinish: Finish;
  quantileFinish: Finish;
  droFinish: Finish;
  klFinish: Finish;
  hingeStart(rule: Pointer, outcome: Pointer, stats: Pointer, from: number, to: number): void;
  droStart: SearchStart;
  droStep: SearchStep;
  quantileStart: SearchStart;
  quantileStep: SearchStep;

  geluForward(x: Pointer, out: Pointer, count: number, tanh: number): void;
  geluBackward(dx: Pointer, g: Pointer, x: Pointer, count: number, tanh: number): void;
  reluForward(x: Pointer, out: Pointer, count: number): void;
  reluBackward(dx: Pointer, g: Pointer, x: Pointer, count: number): void;

  sparseTouch(slots: Pointer, ids: Pointer, count: number, total: number, touched: Pointer): number;
  sparseClear(slots: Pointer, ids: Pointer, count: number): void;
  bagCheck(ids: Pointer, count: number, rows: number, offsets: Pointer, texts: number): number;
  bagForward(
    table: Pointer,
    d: number,
    weights: Pointer,
    ids: Pointer,
    offsets: Pointer,
    texts: number,
    mean: number,
    factors: Pointer,
    out: Pointer,
  ): void;
  bagInvert(
    slots: Pointer,
    ids: Pointer,
    offsets: Pointer,
    texts: number,
    total: number,
    starts: Pointer,
    entries: Pointer,
  ): void;
  bagBackward(
    dRows: Pointer,
    dStride: number,
    fresh: number,
    weightAt: number,
    g: Pointer,
    factors: Pointer,
    table: Pointer,
    d: number,
    weights: Pointer,
    starts: Pointer,
    entries: Pointer,
    rows: Pointer,
    count: number,
  ): void;

  addArrays(a: Pointer, b: Pointer, out: Pointer, count: number): void;
  multiplyArrays(a: Pointer, b: Pointer, out: Pointer, count: number): void;
  addProduct(target: Pointer, a: Pointer, b: Pointer, count: number): void;
  scaleArray(x: Pointer, out: Pointer, count: number, factor: number): void;
  addScaledArray(target: Pointer, x: Pointer, count: number, factor: number): void;
  addConstant(target: Pointer, count: number, value: number): void;
  sumArray(x: Pointer, count: number): number;

  addColumnSums(db: Pointer, g: Pointer, rows: number, columns: number, stride: number): void;
  layerNormForward(
    x: Pointer,
    gamma: Pointer,
    beta: Pointer,
    out: Pointer,
    stats: Pointer,
    n: number,
    d: number,
    epsilon: number,
  ): void;
  layerNormBackward(
    dx: Pointer,
    dGamma: Pointer,
    dBeta: Pointer,
    g: Pointer,
    x: Pointer,
    gamma: Pointer,
    stats: Pointer,
    n: number,
    d: number,
    work: Pointer,
  ): void;

  drawsBytes(): number;
  randomBits(draws: Pointer, turn: number, out: Pointer, count: number): void;
  randomUniform(draws: Pointer, out: Pointer, count: number, low: number, high: number): void;
  randomNormal(draws: Pointer, out: Pointer, count: number, mean: number, deviation: number): void;
  dropoutForward(draws: Pointer, x: Pointer, out: Pointer, count: number, threshold: number, scale: number): void;
  dropoutBackward(draws: Pointer, dx: Pointer, g: Pointer, count: number, threshold: number, scale: number): void;

  adamwStep(
    p: Pointer,
    g: Pointer,
    m: Pointer,
    v: Pointer,
    count: number,
    decay: number,
    share1: number,
    share2: number,
    step: number,
    root: number,
    epsilon: number,
  ): void;
  adamwRows(
    p: Pointer,
    g: Pointer,
    gStride: number,
    m: Pointer,
    v: Pointer,
    ids: Pointer,
    count: number,
    width: number,
    decay: number,
    share1: number,
    share2: number,
    step: number,
    root: number,
    epsilon: number,
  ): void;
  sgdStep(
    p: Pointer,
    g: Pointer,
    b: Pointer,
    count: number,
    lr: number,
    decay: number,
    momentum: number,
    nesterov: number,
  ): void;
  sgdRows(
    p: Pointer,
    g: Pointer,
    gStride: number,
    b: Pointer,
    ids: Pointer,
    count: number,
    width: number,
    lr: number,
    decay: number,
    momentum: number,
    nesterov: number,
  ): void;
  sumOfSquares(x: Pointer, stride: number, width: number, rows: number): number;
  scaleRows(x: Pointer, stride: number, width: number, rows: number, factor: number): void;
}
