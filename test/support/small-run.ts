/** Eighty pairs of colours and things, and a run trained on them in a moment. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adnce, type Finished, inFolder } from './command.js';

export const COLOURS = ['red', 'green', 'blue', 'white', 'black', 'brown', 'pink', 'grey'];
export const THINGS = ['car', 'house', 'bird', 'tree', 'shoe', 'door', 'cup', 'hat', 'boat', 'bridge'];
const ROWS = COLOURS.flatMap((colour) =>
  THINGS.map((thing) => ({ anchor: `a ${colour} ${thing}`, positive: `the ${thing} is ${colour}` })),
);
export const JSONL = ROWS.map((row) => JSON.stringify(row)).join('\n');
/** Small and quick. */
export const QUICK = [
  '--dimension',
  '16',
  '--batch-size',
  '16',
  '--epochs',
  '8',
  '--min-count',
  '1',
  '--buckets',
  '64',
];

/** A folder with pairs.jsonl and, in runs/x, a run trained on it. */
export async function withRun(work: (folder: string, trained: Finished) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'pairs.jsonl'), JSONL);
    await work(folder, await adnce(folder, 'train', 'pairs.jsonl', '--out', 'runs/x', ...QUICK));
  });
}

/** The last line of the output, which is JSON. */
export function lastJson({ stdout }: Finished): Record<string, unknown> {
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}
