export { LAYOUTS, type Layout, type Scalar } from './contrast.js';
export { type AdnceOptions, adnce, type InfoNceOptions, infoNCE, ntXent } from './softmax.js';
