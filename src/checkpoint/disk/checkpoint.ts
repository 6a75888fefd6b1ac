/** Files of tensors by their paths. */
import {
  headerLength,
  LENGTH_BYTES,
  type NamedTensor,
  readHeader,
  readSafetensors,
  type Safetensors,
  safetensorsChunks,
} from '../safetensors.js';
import { mustBeFile, readBytes } from './read.js';
import { writeFileAtomic } from './write.js';

/**
 * Reads a safetensors file and verifies its digest if it has one. A file that lies about its size is refused by its header, before
 * memory is taken for it.
 * @throws E_IO when it can't be read; E_CHECKPOINT when it is damaged; E_MEMORY when it does not fit
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  const size = await mustBeFile(path);
  const length = headerLength(await readBytes(path, 0, LENGTH_BYTES), size, path);
  readHeader(await readBytes(path, LENGTH_BYTES, LENGTH_BYTES + length), size, path);
  return readSafetensors(await readBytes(path), path);
}

/**
 * Writes tensors as a safetensors file with a digest; the numbers must not change before the promise is settled.
 * @throws E_IO; as {@link safetensorsChunks}
 */
export async function writeCheckpoint(
  path: string,
  tensors: Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, safetensorsChunks(tensors, metadata));
}
