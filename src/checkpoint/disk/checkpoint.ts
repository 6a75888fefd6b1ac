/** Files of tensors and of metrics by their paths, for what is in no run. */
import { basename, dirname } from 'node:path';
import type { JsonRecord } from '../../data/jsonl.js';
import { parseMetrics } from '../metrics.js';
import { type NamedTensor, type Safetensors, safetensorsChunks } from '../safetensors.js';
import { readStoredTensors } from '../stored.js';
import { mustBeFile, readBytes } from './read.js';
import { DiskStorage } from './storage.js';
import { writeFileAtomic } from './write.js';

/**
 * Reads a safetensors file and verifies its digest if it has one.
 * @throws E_IO when it can't be read; E_CHECKPOINT when it is damaged; E_MEMORY when it does not fit
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  await mustBeFile(path);
  return (await readStoredTensors(new DiskStorage(dirname(path)), basename(path))) as Safetensors;
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

/** The entries of a log. @throws E_IO; E_CHECKPOINT as {@link parseMetrics} */
export async function readMetrics(path: string): Promise<JsonRecord[]> {
  return parseMetrics(await readBytes(path), path);
}
