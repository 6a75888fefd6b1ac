export { type GradcheckMismatch, type GradcheckOptions, type GradcheckResult, gradcheck } from './gradcheck.js';
export { FLOAT_GRAIN, floats, rowGrain } from './grain.js';
export { add, mean, mul, scale, sum } from './ops.js';
export { rowProducts } from './product.js';
export { SparseGrad, SparseParameter, type SparsePiece, sparseParameters } from './sparse.js';
export { mustHaveShape, noGrad, output, record, scalarGrad, wantsGrad } from './tape.js';
export { parameter, type Shape, shapeText, Tensor, tensor } from './tensor.js';
