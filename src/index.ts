/** The public API: everything a program may use, grouped by rooms. */
export * as checkpoint from './checkpoint/index.js';
export * as data from './data/index.js';
export * as dro from './dro/index.js';
export { Engine, type EngineOptions, engine, hasSimd, init } from './engine/index.js';
export { AdnceError, ERROR_CODES, type ErrorCode } from './errors.js';
export * as evaluate from './evaluate/index.js';
export * as losses from './losses/index.js';
export * as mi from './mi/index.js';
export * as nn from './nn/index.js';
export * as optim from './optim/index.js';
export {
  add,
  type GradcheckOptions,
  type GradcheckResult,
  gradcheck,
  mean,
  mul,
  noGrad,
  parameter,
  type Shape,
  scale,
  sum,
  Tensor,
  tensor,
} from './tensor/index.js';
export * as train from './train/index.js';
