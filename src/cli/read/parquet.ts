/** Rows of a Parquet file, row group by row group and only the columns needed, by hyparquet. */

import * as zlib from 'node:zlib';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { mustBeFile } from '../../checkpoint/node.js';
import type { RowSink } from '../../data/records.js';
import { AdnceError } from '../../errors.js';

/** hyparquet unpacks Snappy itself; Node brings gzip and Brotli, and newer ones Zstandard. */
function compressors(): Compressors {
  const zstd = (zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array }).zstdDecompressSync;
  return {
    GZIP: (input) => gunzipSync(input),
    BROTLI: (input) => brotliDecompressSync(input),
    ...(zstd === undefined ? {} : { ZSTD: (input: Uint8Array) => zstd(input) }),
  };
}

/** Rows read at once. */
const SLICE_ROWS = 65_536;

/**
 * Reads a Parquet file; the number of a row takes the place of the line.
 * @throws E_IO, E_FORMAT
 */
export async function readParquet(path: string, sink: RowSink): Promise<void> {
  await mustBeFile(path);
  const { file, metadata } = await open(path);
  sink.header(parquetSchema(metadata).children.map((child) => child.element.name));
  const columns = [...new Set(sink.needed())];
  let row = 0;
  for (const group of metadata.row_groups) {
    const end = row + Number(group.num_rows);
    while (row < end) {
      const rowEnd = Math.min(end, row + SLICE_ROWS);
      const records = await guarded(path, () =>
        parquetReadObjects({ file, metadata, columns, rowStart: row, rowEnd, compressors: compressors() }),
      );
      for (const record of records) sink.addJson(record, ++row);
      if (records.length === 0) throw damaged(path, `rows up to ${rowEnd} are expected, got ${row}`);
    }
  }
}

async function open(path: string): Promise<{ file: AsyncBuffer; metadata: FileMetaData }> {
  return await guarded(path, async () => {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  });
}

async function guarded<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw damaged(
      path,
      `a Parquet file is expected, got: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function damaged(path: string, what: string, cause?: unknown): AdnceError {
  const hint = 'the file may be damaged, or packed with a codec other than Snappy, gzip and Brotli';
  return new AdnceError('E_FORMAT', { where: path, what, hint, cause });
}
