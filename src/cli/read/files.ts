/** Bytes of files, with every failure turned into E_IO or E_FORMAT; text files may be packed with gzip. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AdnceError } from '../../errors.js';
import { nearest } from '../../options.js';

const CHUNK_BYTES = 1 << 20;
/** What Node's readFile takes at most. */
const MAX_WHOLE = 2 ** 31 - 1;

/** An E_IO error for what the file system said, with a hint for the common mistakes. */
export async function ioError(path: string, error: unknown): Promise<AdnceError> {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const known: Record<string, string> = {
    ENOENT: 'a file is expected, got nothing at this path',
    ENOTDIR: 'a file is expected, got a path that leads through a file',
    EISDIR: 'a file is expected, got a folder',
    EACCES: 'a readable file is expected, got one without permission to read it',
    EPERM: 'a readable file is expected, got one without permission to read it',
    EMFILE: 'the file could not be opened, too many files are open',
  };
  const reality = error instanceof Error ? error.message : String(error);
  const hint = code === 'ENOENT' ? await similarName(path) : code === 'EISDIR' ? 'name a file in it' : undefined;
  const what = known[code ?? ''] ?? `the file could not be read: ${reality}`;
  return new AdnceError('E_IO', { where: path, what, ...(hint === undefined ? {} : { hint }), cause: error });
}

async function similarName(path: string): Promise<string> {
  const folder = dirname(path);
  try {
    const names = await readdir(folder);
    if (names.length > 0 && names.length < 10_000) return `did you mean "${nearest(basename(path), names)}"`;
    return `the folder "${folder}" has no such file`;
  } catch {
    return `there is no folder "${folder}"`;
  }
}

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
    throw await ioError(path, error);
  }
}

/**
 * The bytes of a text file, chunk by chunk; a name that ends in `.gz` is unpacked on the way.
 * @throws E_IO; E_FORMAT a damaged gzip file
 */
export async function* byteChunks(path: string): AsyncGenerator<Buffer, void, undefined> {
  await mustBeFile(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stream = path.toLowerCase().endsWith('.gz')
    ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
    : file;
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (error instanceof AdnceError || code === undefined || !code.startsWith('Z_')) throw await ioError(path, error);
    throw new AdnceError('E_FORMAT', {
      where: path,
      what: `a gzip file is expected, got damaged or other data (${code})`,
      hint: 'the download may be incomplete; try gunzip -t on it',
      cause: error,
    });
  } finally {
    file.destroy();
  }
}

/**
 * A whole file at once.
 * @throws E_IO; E_FORMAT more than 2 GiB
 */
export async function wholeFile(path: string): Promise<Buffer> {
  const size = await mustBeFile(path);
  if (size > MAX_WHOLE) {
    throw new AdnceError('E_FORMAT', {
      where: path,
      what: `at most ${MAX_WHOLE} bytes can be read at once, got ${size}`,
      hint: 'split the file, or use .jsonl, .csv, .tsv or .parquet, which are read piece by piece',
    });
  }
  try {
    return await readFile(path);
  } catch (error) {
    throw await ioError(path, error);
  }
}
