/** ONNX: encoders as models that any runtime of it runs. */
export { type Encoder, encoderToOnnx, type PaddedBags, padBags } from './encoder.js';
