/**
 * The ABI: everything TypeScript can call. Kernels work on memory the caller owns and never allocate; pointers are
 * byte addresses, 16-byte aligned unless a kernel says otherwise; matrices are row-major float32.
 */

export { mergeFamily, raiseFamily } from './logsumexp/family';
export * from './contrast/index';
export { gemm, gemmBlocks, gemmCompute, gemmPackA, gemmPackB, gemmWorkBytes } from './gemm/gemm';
export { packRows, packTransposed } from './gemm/pack';
export { expArray, expScalar } from './math/exp';
export { logArray, logScalar } from './math/log';
export { rsqrtArray } from './math/rsqrt';
export { boundedDifference, scoreMoments } from './dro/moments';
export { powerDivergence, worstCasePower } from './dro/power';
export { largestOfRank, selectWorkBytes, worstCaseTail } from './dro/tail';
export { gaussianWeights } from './dro/weights';
export { addPairExp, addPairLine, addPairWeights, addRowSoftmax, addSigmoids, addToDiagonal } from './mi/gradients';
export { pairLogMeanExp, pairMoments, rowLogSumExp, softplusMeans } from './mi/statistics';
export { similarities, similarityWorkBytes } from './similarity/cosine';
export { l2NormalizeBackward, l2NormalizeDoubles, l2NormalizeForward } from './similarity/normalize';
export { geluBackward, geluForward, reluBackward, reluForward } from './nn/activation';
export { bagBackward, bagCheck, bagForward, bagInvert } from './nn/bag';
export { dropoutBackward, dropoutForward } from './nn/dropout';
export {
  addArrays,
  addConstant,
  addProduct,
  addScaledArray,
  multiplyArrays,
  scaleArray,
  sumArray,
} from './nn/elementwise';
export { addColumnSums } from './nn/linear';
export { layerNormBackward, layerNormForward } from './nn/norm';
export { sparseClear, sparseTouch } from './nn/sparse';
export {
  awaitBlocks,
  awaitJob,
  awaitLeave,
  closeJob,
  dismissTeam,
  failJob,
  finishBlock,
  jobFailed,
  joinJob,
  leaveJob,
  openJob,
  prepareTeam,
  takeBlock,
  teamBeats,
  teamBytes,
} from './parallel/team';
export { enlist } from './parallel/thread';
export { adamwRows, adamwStep } from './optim/adamw';
export { scaleRows, sumOfSquares } from './optim/norm';
export { sgdRows, sgdStep } from './optim/sgd';
export { randomBits, randomNormal, randomUniform } from './random/fill';
export { drawsBytes } from './random/philox';
/** First byte the caller may use: below it stand the core's constant tables. */
export function heapBase(): usize {
  return __heap_base;
}
/** How the core was compiled: 1 for threads, 2 for relaxed SIMD. */
export function features(): i32 {
  return (ASC_FEATURE_THREADS ? 1 : 0) | (ASC_FEATURE_RELAXED_SIMD ? 2 : 0);
}
