/** Files of a storage, read and checked: null where there is none, E_CHECKPOINT where one is damaged. */

import { parseRecord } from '../checkpoint/json.js';
import {
  headerLength,
  LENGTH_BYTES,
  readHeader,
  readSafetensors,
  type Safetensors,
} from '../checkpoint/safetensors.js';
import type { JsonRecord } from '../data/jsonl.js';
import type { RunStorage } from './storage.js';

/** A JSON file that holds an object. @throws E_IO, E_CHECKPOINT */
export async function readStoredJson(storage: RunStorage, name: string): Promise<JsonRecord | null> {
  const bytes = await storage.read(name);
  return bytes === null ? null : parseRecord(bytes, storage.placeOf(name));
}

/**
 * A safetensors file, its digest verified if it has one. A file that lies about its size is refused by its header, before memory is
 * taken for it.
 * @throws E_IO when it can't be read; E_CHECKPOINT when it is damaged; E_MEMORY when it does not fit
 */
export async function readStoredTensors(storage: RunStorage, name: string): Promise<Safetensors | null> {
  const place = storage.placeOf(name);
  const size = await storage.size(name);
  if (size === null) return null;
  const head = await storage.read(name, 0, Math.min(LENGTH_BYTES, size));
  if (head === null) return null;
  const length = headerLength(head, size, place);
  const json = await storage.read(name, LENGTH_BYTES, LENGTH_BYTES + length);
  if (json === null) return null;
  readHeader(json, size, place);
  const bytes = await storage.read(name);
  return bytes === null ? null : readSafetensors(bytes, place);
}
