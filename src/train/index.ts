/** The train room: encoders, what feeds them, and the loop that trains them. */
export { EarlyStop, type EarlyStopState } from './early-stop.js';
export {
  BagEncoder,
  completeEncoderOptions,
  ENCODER_DEFAULTS,
  ENCODER_RANGES,
  type EncoderOptions,
  embedTexts,
  embedVectors,
  TOKEN_WEIGHTS,
  type TokenWeights,
  VectorEncoder,
} from './encoder.js';
export { Objective, type ObjectiveState, type StepParameters, startOf } from './objective.js';
export {
  completeTrainOptions,
  LOSSES,
  type LossName,
  SCHEDULES,
  type ScheduleName,
  TRAIN_DEFAULTS,
  TRAIN_RANGES,
  type TrainOptions,
  usualEpochs,
} from './options.js';
export { type EncodeRows, type PairSource, textSource, vectorSource } from './source.js';
export { mustHaveOptions, type TrainProgress, type TrainState } from './state.js';
export { Trainer } from './trainer.js';
export type { StepReport, TrainCallbacks, TrainResult } from './types.js';
