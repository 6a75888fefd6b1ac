/** The runs room, as far as it runs anywhere: training that is kept, gone on with and moved. Disks are in node.ts. */
export { packRun, unpackRun } from './archive.js';
export {
  type EncoderConfig,
  encoderConfig,
  type PairEncoder,
  readEncoder,
  readWeights,
  sourceOf,
  weightTensors,
  writeWords,
} from './encoder.js';
export { digestPairs, digestWeights, digestWords, updateNumbers, updateTexts } from './fingerprint.js';
export { identityConfig, type RunIdentity, resumePoint } from './identity.js';
export { MetricsLog, parseMetrics } from './metrics.js';
export { type CreateRunOptions, createRun, isRun, openRun, resumeRun } from './open.js';
export { RUN_FILES, Run, type RunFile } from './run.js';
export type { StoredState } from './state.js';
export { type AppendFile, MemoryStorage, type RunLock, type RunStorage } from './storage.js';
export { type TrainRunOptions, trainRun } from './train-run.js';
export {
  completeRun,
  KEPT_PARAMETERS,
  type KeptTraining,
  keptParameters,
  resultOf,
  stepEntry,
  trainInRun,
} from './training.js';
