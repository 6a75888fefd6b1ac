/**
 * The main entry: what a training step needs, grouped by rooms. The rooms data, dro, evaluate, mi, runs and train are entries of their own,
 * so that a page loads no more than it uses.
 */
export * as checkpoint from './checkpoint/index.js';
export {
  type CoreSource,
  Engine,
  type EngineOptions,
  engine,
  hasSimd,
  init,
  type Profile,
  type ProfileRow,
} from './engine/index.js';
export { AdnceError, ERROR_CODES, type ErrorCode, type ErrorDetails } from './errors.js';
export * as losses from './losses/index.js';
export * as nn from './nn/index.js';
export * as optim from './optim/index.js';
export {
  add,
  type GradcheckMismatch,
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
