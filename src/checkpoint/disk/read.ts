/** Whole files, read so that a wrong path and damage are told apart: E_IO for the first, E_CHECKPOINT for the second. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { AdnceError } from '../../errors.js';
import { readError } from './io-error.js';

/** Some systems read at most 2^31 bytes in a call. */
const PIECE_BYTES = 1 << 24;

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

/** The bytes of a file from `start` to `end`, or to its own end. @throws E_IO, E_MEMORY */
export async function readBytes(path: string, start = 0, end = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const size = await mustBeFile(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await readAt(file, start, Math.max(0, Math.min(end, size) - start));
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
