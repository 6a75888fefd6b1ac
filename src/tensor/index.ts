export { mustHaveShape, noGrad, output, record, scalarGrad, wantsGrad } from './tape.js';
export { parameter, type Shape, shapeText, Tensor, tensor } from './tensor.js';
