/** A run as other commands meet it: its folder, configuration and encoder. */

import { init } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { RunFolder } from '../../runs/node.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import { sampleTexts } from './data.js';
import { RunEncoder } from './encoder.js';

export interface OpenRun {
  folder: RunFolder;
  config: Record<string, unknown>;
  encoder: RunEncoder;
}

/** @throws E_IO, E_CHECKPOINT when it is no run or damaged */
export async function openRun(path: string): Promise<OpenRun> {
  await init();
  const folder = await RunFolder.open(path);
  const config = await folder.readConfig();
  return { folder, config, encoder: await RunEncoder.open(folder) };
}

/** The texts a run was trained on: what is searched where nothing else is named. @throws E_IO the file is no longer there */
export async function trainingTexts({ folder, config }: OpenRun): Promise<string[]> {
  const {
    path,
    name: _,
    holdOut: __,
    init: ___,
    ...read
  } = config.data as { path: string | null } & Record<string, unknown>;
  if (path === null) return await sampleTexts();
  const pairs = await readPairs(path, read as ReadOptions).catch((cause: unknown) => {
    if (!(cause instanceof AdnceError) || cause.code !== 'E_IO') throw cause;
    throw new AdnceError('E_IO', {
      where: folder.path,
      what: `the data of the run are no longer at ${path}`,
      hint: 'name texts to search with --texts FILE',
      cause,
    });
  });
  if (pairs.kind === 'text') return [...new Set([...pairs.positives, ...pairs.anchors])];
  throw new AdnceError('E_DATA', {
    where: folder.path,
    what: 'only texts can be searched by words, but this run was trained on vectors',
    hint: 'write its embeddings with adnce embed, and search those',
  });
}
