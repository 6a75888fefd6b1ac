export { adnceWeights, klWeights, type WeightOptions } from './weights.js';
