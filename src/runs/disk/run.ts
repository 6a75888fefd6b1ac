/** Runs by the paths of their folders, with hints at the names people may have meant. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, readError } from '../../checkpoint/disk/io-error.js';
import { AdnceError } from '../../errors.js';
import { mustBeString, nearest } from '../../options.js';
import { type CreateRunOptions, createRun, isRun, openRun, resumeRun } from '../open.js';
import { RUN_FILES, Run, type RunFile, TRAIN_FIRST } from '../run.js';
import { DiskStorage } from './storage.js';

/** The folder of a run. */
export class RunFolder extends Run {
  /** Makes the folder of a new run; close it in the end. @throws as {@link createRun} */
  static async create(path: string, options: CreateRunOptions = {}): Promise<RunFolder> {
    return await createRun(new DiskStorage(path), options, make);
  }

  /** The folder of a run that is there, to be read. @throws E_IO when there is no such folder; as {@link openRun} */
  static async open(path: string): Promise<RunFolder> {
    await mustBeFolder(path);
    return await openRun(new DiskStorage(path), make);
  }

  /** The folder of a run that is there, to be gone on with; close it in the end. @throws as {@link open}; E_LOCKED */
  static async resume(path: string): Promise<RunFolder> {
    await mustBeFolder(path);
    return await resumeRun(new DiskStorage(path), make);
  }

  get path(): string {
    return this.storage.place;
  }

  /** Where each file of the run is, or would be. */
  get paths(): Readonly<Record<RunFile, string>> {
    const pairs = Object.entries(RUN_FILES).map(([file, name]) => [file, this.storage.placeOf(name)]);
    return Object.fromEntries(pairs) as Record<RunFile, string>;
  }

  protected override async hintWithoutConfig(): Promise<string> {
    const [first] = await runsIn(this.path);
    return first === undefined ? await nearestRun(this.path) : `name a run in it, such as "${join(this.path, first)}"`;
  }
}

const make = (...args: ConstructorParameters<typeof Run>) => new RunFolder(...args);

async function mustBeFolder(path: string): Promise<void> {
  mustBeString('RunFolder', 'path', path);
  let reality = 'a file';
  let hint = `name the folder "${dirname(path)}"`;
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw await readError(path, error);
    reality = 'nothing at this path';
    hint = await nearestRun(path);
  }
  throw new AdnceError('E_IO', { where: path, what: `the folder of a run is expected, got ${reality}`, hint });
}

/** A hint at the run beside a path whose name is the most like it. */
async function nearestRun(path: string): Promise<string> {
  const others = (await runsIn(dirname(path))).filter((name) => name !== basename(path));
  const [first] = others;
  if (first === undefined) return TRAIN_FIRST;
  const near = nearest(basename(path), others);
  const told = near === undefined ? 'name a run that is there, such as' : 'did you mean';
  return `${told} "${join(dirname(path), near ?? first)}"`;
}

/** Names of the runs in a folder; none if it can't be read. */
async function runsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const marks = await Promise.all(names.slice(0, 1000).map((name) => isRun(new DiskStorage(join(folder, name)))));
  return names.filter((_, i) => marks[i] === true).sort();
}
