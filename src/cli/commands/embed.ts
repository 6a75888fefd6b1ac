/** `adnce embed`: texts, or vectors of another model, to embeddings in a .npy file. */
import { writeFileAtomic } from '../../checkpoint/node.js';
import { readNpy, writeNpy } from '../../data/index.js';
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

/** @throws what data, run and disk can give */
export async function embed({ run, data, out, text, header, json }: EmbedCommand): Promise<void> {
  const { encoder } = await openRun(run);
  const items: Items = /\.npy$/i.test(data)
    ? await readVectors(data)
    : (await readTexts(data, { header, ...(text === undefined ? {} : { text }) })).texts;
  const count = countItems(items);
  const embeddings = encoder.embed(items);
  await writeFileAtomic(out, [writeNpy(embeddings, [count, encoder.dimension])]);
  const zeros = countZeroRows(embeddings, encoder.dimension);
  say({ json }, `${whole(count)} embeddings of length ${encoder.dimension} → ${out}`);
  if (zeros > 0) say({ json }, `${whole(zeros)} of them are 0: texts without any known word`);
  answer({ json }, { out, count, dimension: encoder.dimension, zeros });
}

async function readVectors(path: string): Promise<Items> {
  const { shape, data } = readNpy(await wholeFile(path), path);
  const [, dimension] = shape;
  if (shape.length !== 2 || dimension === undefined || dimension === 0) {
    throw new AdnceError('E_SHAPE', { where: path, what: `the array must be [n,d], got [${shape}]` });
  }
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
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

function countZeroRows(rows: Float32Array, dimension: number): number {
  let zeros = 0;
  for (let at = 0; at < rows.length; at += dimension) {
    if (rows.subarray(at, at + dimension).every((value) => value === 0)) zeros++;
  }
  return zeros;
}
