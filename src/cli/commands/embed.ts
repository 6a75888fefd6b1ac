/** `adnce embed`: texts, or vectors of another model, to embeddings in a file of NumPy or of an index. */
import { writeFileAtomic } from '../../checkpoint/node.js';
import { quantizeInt8, readNpy, readVectors, vectorFormatOf, writeNpy, writeVectors } from '../../data/index.js';
import { AdnceError } from '../../errors.js';
import { whole } from '../../report/format.js';
import { wholeFile } from '../read/files.js';
import { readTexts } from '../read/index.js';
import { countItems, type Items } from '../session/items.js';
import { openRun } from '../session/open.js';
import { answer, type Output, say } from '../terminal.js';

export interface EmbedCommand extends Output {
  run: string;
  data: string;
  out: string;
  /** The column of the texts, and whether the first row names columns. */
  text: string | undefined;
  header: boolean;
}

/** What the file of embeddings may end in. */
const ENDINGS = ['npy', 'fbin', 'fvecs', 'i8bin'];

/** @throws what data, run and disk can give; E_OPTION an unknown ending of `out` */
export async function embed({ run, data, out, text, header, json }: EmbedCommand): Promise<void> {
  mustHaveKnownEnding(out);
  const { encoder } = await openRun(run);
  const items: Items =
    /\.npy$/i.test(data) || vectorFormatOf(data) !== null
      ? await readItems(data)
      : (await readTexts(data, { header, ...(text === undefined ? {} : { text }) })).texts;
  encoder.mustTake(data, items);
  const count = countItems(items);
  const embeddings = encoder.embed(items);
  await writeFileAtomic(out, [encode(embeddings, encoder.dimension, out)]);
  const zeros = countZeroRows(embeddings, encoder.dimension);
  say({ json }, `${whole(count)} embeddings of length ${encoder.dimension} → ${out}`);
  if (zeros > 0) say({ json }, `${whole(zeros)} of them are 0: texts without any known word`);
  answer({ json }, { out, count, dimension: encoder.dimension, zeros });
}

function mustHaveKnownEnding(out: string): void {
  if (ENDINGS.includes(endingOf(out))) return;
  const known = ENDINGS.map((ending) => `.${ending}`).join(', ');
  const what = `"out" must end in one of ${known}, got ${JSON.stringify(out)}`;
  throw new AdnceError('E_OPTION', { where: 'embed', what });
}

function endingOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase();
}

/** The file that `out` names by its ending. */
function encode(rows: Float32Array, dimension: number, out: string): Uint8Array {
  const format = vectorFormatOf(out);
  if (format === null) return writeNpy(rows, [rows.length / dimension, dimension]);
  return writeVectors(format === 'i8bin' ? quantizeInt8(rows) : rows, dimension, format);
}

async function readItems(path: string): Promise<Items> {
  const { values, dimension } = await readMatrix(path);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new AdnceError('E_VALUE', {
      where: path,
      what: `vectors must be finite, got ${values[bad]} in row ${Math.floor(bad / dimension)}, column ${bad % dimension}`,
      hint: 'drop or repair that row',
    });
  }
  return { values, dimension };
}

async function readMatrix(path: string): Promise<{ values: Float32Array; dimension: number }> {
  const bytes = await wholeFile(path);
  const format = vectorFormatOf(path);
  if (format !== null) {
    const { data, dimension } = readVectors(bytes, format, path);
    return { values: floats(data), dimension };
  }
  const { shape, data } = readNpy(bytes, path);
  const [, dimension] = shape;
  if (shape.length !== 2 || dimension === undefined || dimension === 0) {
    throw new AdnceError('E_SHAPE', { where: path, what: `the array must be [n,d], got [${shape}]` });
  }
  return { values: floats(data), dimension };
}

function floats(data: ArrayLike<number>): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

function countZeroRows(rows: Float32Array, dimension: number): number {
  let zeros = 0;
  for (let at = 0; at < rows.length; at += dimension) {
    if (rows.subarray(at, at + dimension).every((value) => value === 0)) zeros++;
  }
  return zeros;
}
