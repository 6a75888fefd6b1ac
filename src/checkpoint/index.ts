/** The checkpoint room, as far as it runs anywhere: weights as safetensors, and runs in any storage. Disks are in node.ts. */
export { packRun, unpackRun } from './archive.js';
export { Digest, digestText } from './digest.js';
export {
  type EncoderConfig,
  encoderConfig,
  type PairEncoder,
  readEncoder,
  readWeights,
  sourceOf,
  weightTensors,
} from './encoder.js';
export { digestPairs, digestWeights, updateNumbers, updateTexts } from './fingerprint.js';
export { DTYPE_BYTES, type Dtype } from './header.js';
export { MetricsLog, parseMetrics } from './metrics.js';
export { type CreateRunOptions, createRun, isRun, openRun, resumeRun } from './open.js';
export { RUN_FILES, Run, type RunFile } from './run.js';
export {
  CHECKSUM_KEY,
  FORMAT_KEY,
  type NamedTensor,
  readSafetensors,
  type Safetensors,
  type StoredTensor,
  safetensorsChunks,
  type TensorData,
  writeSafetensors,
} from './safetensors.js';
export type { StoredState } from './state.js';
export { type AppendFile, joinChunks, lockedError, MemoryStorage, type RunLock, type RunStorage } from './storage.js';
export { type TrainRunOptions, trainRun } from './train-run.js';
export {
  completeRun,
  identityConfig,
  type KeptTraining,
  type RunIdentity,
  resultOf,
  resumePoint,
  stepEntry,
  trainInRun,
} from './training.js';
