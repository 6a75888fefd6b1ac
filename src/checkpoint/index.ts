/** The checkpoint room, as far as it runs anywhere: weights as safetensors. Files are in node.ts, runs in their own room. */
export { Digest, digestText } from './digest.js';
export { DTYPE_BYTES, type Dtype } from './header.js';
export {
  CHECKSUM_KEY,
  FORMAT_KEY,
  type NamedTensor,
  readSafetensors,
  type Safetensors,
  type StoredTensor,
  safetensorsChunks,
  type TensorData,
  writeSafetensors,
} from './safetensors.js';
