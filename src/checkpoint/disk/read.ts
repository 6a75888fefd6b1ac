/** Whole files, read so that a wrong path and damage are told apart: E_IO for the first, E_CHECKPOINT for the second. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { JsonRecord } from '../../data/jsonl.js';
import { AdnceError } from '../../errors.js';
import { damaged } from '../header.js';
import { headerLength, LENGTH_BYTES, readHeader, readSafetensors, type Safetensors } from '../safetensors.js';
import { readError } from './io-error.js';

/** Some systems read at most 2^31 bytes in a call. */
const PIECE_BYTES = 1 << 24;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Makes sure that a path is a file and returns its size in bytes.
 * @throws E_IO
 */
export async function mustBeFile(path: string): Promise<number> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    return info.size;
  } catch (error) {
    throw await readError(path, error);
  }
}

/** The bytes of a file. @throws E_IO, E_MEMORY */
export async function readBytes(path: string): Promise<Uint8Array> {
  return await withFile(path, async (file, size) => await readAt(file, 0, size));
}

/**
 * Reads a safetensors file and verifies its digest if it has one. A file that lies about its size is refused by its header, before
 * memory is taken for it.
 * @throws E_IO when it can't be read; E_CHECKPOINT when it is damaged; E_MEMORY when it does not fit
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  return await withFile(path, async (file, size) => {
    const length = headerLength(await readAt(file, 0, Math.min(LENGTH_BYTES, size)), size, path);
    readHeader(await readAt(file, LENGTH_BYTES, length), size, path);
    return readSafetensors(await readAt(file, 0, size), path);
  });
}

/** A JSON file that holds an object. @throws E_IO, E_CHECKPOINT */
export async function readJson(path: string): Promise<JsonRecord> {
  return parseRecord(await readBytes(path), path);
}

/** UTF-8 bytes of a JSON object. @throws E_CHECKPOINT */
export function parseRecord(bytes: Uint8Array, where: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    const reality = cause instanceof Error ? cause.message : String(cause);
    throw damaged(where, `a JSON object is expected, got something damaged: ${reality}`, undefined, cause);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  throw damaged(where, 'a JSON object is expected, got another value');
}

async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  const size = await mustBeFile(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file, size);
  } catch (error) {
    throw error instanceof AdnceError ? error : await readError(path, error);
  } finally {
    await file?.close();
  }
}

/** So many bytes of a file; fewer where it ends before. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = allocate(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, length - at), position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

function allocate(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    const what = `${Math.ceil(length / 2 ** 20)} MiB are needed for the file, the machine has no more to give`;
    throw new AdnceError('E_MEMORY', { where: 'checkpoint', what, cause });
  }
}
