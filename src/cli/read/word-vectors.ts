/**
 * Ready word vectors to start an encoder from: text files as word2vec and GloVe write them, a word and its numbers on each line
 * (also with .gz), or a folder with words.txt, vectors.i8 and scales.f32 (number = byte × scale of the word).
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readError } from '../../checkpoint/node.js';
import { AdnceError } from '../../errors.js';
import { wholeFile } from './files.js';
import { eachLine, lineBlocks } from './lines.js';

/** Words and their vectors f32[words, dimension], most frequent word first as a rule. */
export interface WordVectors {
  words: string[];
  dimension: number;
  values: Float32Array;
}

/**
 * Reads word vectors.
 * @throws E_IO; E_FORMAT, E_DATA, E_VALUE with file and line
 */
export async function readWordVectors(path: string): Promise<WordVectors> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw await readError(path, error);
  }
  return folder ? await readFolder(path) : await readTextFile(path);
}

async function readFolder(path: string): Promise<WordVectors> {
  const words: string[] = [];
  for await (const block of lineBlocks(join(path, 'words.txt'))) eachLine(block, (line) => words.push(line));
  if (words.at(-1) === '') words.pop();
  const bytes = await wholeFile(join(path, 'vectors.i8'));
  const scales = await wholeFile(join(path, 'scales.f32'));
  const dimension = bytes.length / words.length;
  if (words.length === 0 || !Number.isInteger(dimension) || scales.length !== words.length * 4) {
    throw new AdnceError('E_FORMAT', {
      where: path,
      what: `${words.length} words need as many scales of 4 bytes and rows of equal length, got ${scales.length} and ${bytes.length} bytes`,
      hint: 'the files of the folder belong together: download them again',
    });
  }
  const values = new Float32Array(bytes.length);
  const scale = new DataView(scales.buffer, scales.byteOffset, scales.byteLength);
  for (let row = 0; row < words.length; row++) {
    const factor = scale.getFloat32(row * 4, true);
    if (!Number.isFinite(factor)) throw notFinite(join(path, 'scales.f32'), row, factor);
    for (let k = row * dimension; k < (row + 1) * dimension; k++) values[k] = bytes.readInt8(k) * factor;
  }
  return { words, dimension, values };
}

function notFinite(path: string, row: number, value: number): AdnceError {
  return new AdnceError('E_VALUE', {
    where: `${path}:${row + 1}`,
    what: `every number must be finite, got ${value}`,
    hint: 'drop or repair that word',
  });
}

async function readTextFile(path: string): Promise<WordVectors> {
  const words: string[] = [];
  const rows: Float32Array[] = [];
  let dimension = 0;
  for await (const block of lineBlocks(path)) {
    eachLine(block, (line, number) => {
      const cells = line.trimEnd().split(' ');
      // word2vec begins with the numbers of words and of columns.
      if ((number === 1 && cells.length === 2) || line.trim() === '') return;
      if (dimension === 0) dimension = cells.length - 1;
      const row = Float32Array.from(cells.slice(1), Number);
      if (row.length !== dimension || dimension < 2) {
        throw new AdnceError('E_FORMAT', {
          where: `${path}:${number}`,
          what: `a word and ${dimension < 2 ? 'its' : dimension} numbers are expected, separated by single blanks, got ${row.length} numbers`,
          hint: 'word vectors as word2vec and GloVe write them as text can be read',
        });
      }
      const bad = row.find((value) => !Number.isFinite(value));
      if (bad !== undefined) throw notFinite(path, number - 1, bad);
      words.push(cells[0] as string);
      rows.push(row);
    });
  }
  if (rows.length === 0) {
    throw new AdnceError('E_DATA', { where: path, what: 'at least one word is expected, got none' });
  }
  const values = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    values.set(row, i * dimension);
  });
  return { words, dimension, values };
}
