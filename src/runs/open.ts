/** How a run is begun, opened to be read, and taken up again, in any storage. */
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustKnowKeys } from '../options.js';
import { HEAD, type Opening, RUN_FILES, Run } from './run.js';
import type { RunStorage } from './storage.js';
import { readStoredJson } from './stored.js';

/** Options of {@link createRun}. */
export interface CreateRunOptions {
  /** Whether the run may take the place of another one in the same storage. Default false. */
  overwrite?: boolean;
}

/** How a kind of run is made. */
type Maker<T extends Run> = (storage: RunStorage, opening: Opening) => T;
const plain: Maker<Run> = (storage, opening) => new Run(storage, opening);

/**
 * A new run in a storage, locked until it is closed.
 * @throws E_IO when there are files of another kind, or a run and `overwrite` is not set; E_LOCKED; E_OPTION
 */
export async function createRun<T extends Run = Run>(
  storage: RunStorage,
  options: CreateRunOptions = {},
  make: Maker<T> = plain as Maker<T>,
): Promise<T> {
  mustKnowKeys('createRun', options, ['overwrite']);
  const overwrite = mustBeBoolean('createRun', 'overwrite', options.overwrite ?? false);
  const lock = await storage.lock();
  try {
    const names = await storage.list();
    const expected = (what: string, hint: string): AdnceError =>
      new AdnceError('E_IO', { where: storage.place, what: `a new or empty folder is expected, got ${what}`, hint });
    if (names.length > 0 && !(await isRun(storage))) {
      throw expected(`one with other files, such as "${names[0]}"`, 'choose another name; nothing was changed');
    }
    if (names.length > 0 && !overwrite) {
      const hint = 'choose another name, set overwrite (--overwrite) to replace that run, or go on with it (--resume)';
      throw expected('a run', hint);
    }
    return make(storage, { phase: 'untouched', lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A run that is there, to be read. @throws E_IO; E_CHECKPOINT when it is not a run, or one of another version */
export async function openRun<T extends Run = Run>(
  storage: RunStorage,
  make: Maker<T> = plain as Maker<T>,
): Promise<T> {
  const run = make(storage, { phase: 'opened', lock: null });
  await run.readConfig();
  return run;
}

/** A run that is there, to be gone on with; locked until it is closed. @throws as {@link openRun}; E_LOCKED */
export async function resumeRun<T extends Run = Run>(
  storage: RunStorage,
  make: Maker<T> = plain as Maker<T>,
): Promise<T> {
  // First what it is: a lock makes the place if there is none.
  await openRun(storage, make);
  return make(storage, { phase: 'resumed', lock: await storage.lock() });
}

/** Whether a storage holds a run. */
export async function isRun(storage: RunStorage): Promise<boolean> {
  try {
    return (await readStoredJson(storage, RUN_FILES.config))?.format === HEAD.format;
  } catch {
    return false;
  }
}
