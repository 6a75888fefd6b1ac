export { GELU, type GeluOptions, gelu, ReLU, relu } from './activation.js';
export { Residual, Sequential } from './containers.js';
export { Dropout, type DropoutOptions, dropout } from './dropout.js';
export {
  type Bags,
  EmbeddingBag,
  type EmbeddingBagModuleOptions,
  type EmbeddingBagOptions,
  embeddingBag,
} from './embedding-bag.js';
export { normal, type RandomSource, uniform } from './init.js';
export { Linear, type LinearOptions, linear } from './linear.js';
export { type Layer, Module, type StateValue } from './module.js';
export { LayerNorm, l2Normalize, layerNorm } from './norm.js';
