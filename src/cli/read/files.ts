/** Bytes of files, with every failure turned into E_IO or E_FORMAT; text files may be packed with gzip. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { mustBeFile, readError } from '../../checkpoint/node.js';
import { AdnceError } from '../../errors.js';

const CHUNK_BYTES = 1 << 20;
/** What Node's readFile takes at most. */
const MAX_WHOLE = 2 ** 31 - 1;

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
    if (error instanceof AdnceError || code === undefined || !code.startsWith('Z_')) throw await readError(path, error);
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
    throw await readError(path, error);
  }
}
