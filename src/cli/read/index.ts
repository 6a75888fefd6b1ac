/**
 * Data sets out of files. The extension decides: .jsonl, .ndjson, .json, .csv and .tsv (each also with .gz), .parquet
 * and .npy; for lists of texts also .txt, one text on each line.
 */
import { mustBeFile } from '../../checkpoint/node.js';
import { type ColumnOptions, checkColumnOptions } from '../../data/columns.js';
import { readNpy } from '../../data/npy.js';
import { pairsFromNpy } from '../../data/npy-pairs.js';
import { PairCollector, type RowSink } from '../../data/records.js';
import { TextCollector } from '../../data/text-records.js';
import type { PairDataset, TextList } from '../../data/types.js';
import { AdnceError } from '../../errors.js';
import { mustBeBoolean, mustBeString, mustKnowKeys } from '../../options.js';
import { wholeFile } from './files.js';
import { eachLine, lineBlocks } from './lines.js';
import { readParquet } from './parquet.js';
import { readCsv, readJson, readJsonl, readTsv } from './tables.js';

/** Options of {@link readPairs}. */
export interface ReadOptions extends ColumnOptions {
  /** Whether the first row of CSV or TSV names the columns (default), or they are called 1, 2, 3 …. */
  header?: boolean;
}

/** Options of {@link readTexts}. */
export interface ReadTextOptions {
  /** The column of the texts. */
  text?: string;
  /** See {@link ReadOptions}. */
  header?: boolean;
}

function extensionOf(path: string): string {
  const match = /\.([a-z0-9]+)(\.gz)?$/i.exec(path);
  return match === null ? '' : (match[1] as string).toLowerCase() + (match[2] ?? '').toLowerCase();
}

async function pour(path: string, sink: RowSink, header: boolean, known: string): Promise<void> {
  const extension = extensionOf(path);
  switch (extension.replace(/\.gz$/, '')) {
    case 'jsonl':
    case 'ndjson':
      return await readJsonl(path, sink);
    case 'json':
      return await readJson(path, sink);
    case 'csv':
      return await readCsv(path, sink, header);
    case 'tsv':
    case 'tab':
      return await readTsv(path, sink, header);
  }
  if (extension === 'parquet') return await readParquet(path, sink);
  // A missing file or a folder is the better complaint.
  await mustBeFile(path);
  throw new AdnceError('E_FORMAT', {
    where: path,
    what: `a file of a known kind is expected, got ${extension === '' ? 'no extension' : `.${extension}`}`,
    hint: `known are ${known}`,
  });
}

/**
 * Reads pairs or triplets of texts or vectors.
 * @param path a file, or for vectors `a.npy,b.npy` (anchors, positives, perhaps negatives), or one .npy [n,2,d]
 * @throws E_IO, E_FORMAT, E_ENCODING, E_DATA, E_SHAPE, E_VALUE, each with file and line; E_OPTION
 */
export async function readPairs(path: string, options: ReadOptions = {}): Promise<PairDataset> {
  mustBeString('readPairs', 'path', path);
  const { header = true, ...columns } = options;
  mustBeBoolean('readPairs', 'header', header);
  checkColumnOptions('readPairs', columns);
  const parts = path.split(',');
  if (parts.every((part) => extensionOf(part) === 'npy')) {
    const arrays = [];
    for (const part of parts) arrays.push(readNpy(await wholeFile(part), part));
    return pairsFromNpy(arrays, path);
  }
  const names = header ? columns : { anchor: '1', positive: '2', ...columns };
  const sink = new PairCollector(path, names);
  await pour(path, sink, header, '.jsonl, .ndjson, .json, .csv, .tsv (also .gz), .parquet and .npy');
  return sink.finish();
}

/**
 * Reads plain texts.
 * @throws E_IO, E_FORMAT, E_ENCODING, E_DATA, each with file and line; E_OPTION
 */
export async function readTexts(path: string, options: ReadTextOptions = {}): Promise<TextList> {
  mustBeString('readTexts', 'path', path);
  mustKnowKeys('readTexts', options, ['text', 'header']);
  const { text, header = true } = options;
  mustBeBoolean('readTexts', 'header', header);
  if (text !== undefined) mustBeString('readTexts', 'text', text);
  const sink = new TextCollector(path, text ?? (header ? undefined : '1'));
  if (/^txt(\.gz)?$/.test(extensionOf(path))) {
    for await (const block of lineBlocks(path)) {
      eachLine(block, (line, number) => {
        if (line.trim() !== '') sink.addText(line, number);
      });
    }
  } else {
    await pour(path, sink, header, '.txt, .jsonl, .ndjson, .json, .csv, .tsv (also .gz) and .parquet');
  }
  return sink.finish();
}
