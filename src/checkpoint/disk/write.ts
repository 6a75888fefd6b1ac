/**
 * Files that are whole at every moment. What is written goes to a temporary file in the same folder, is forced to the disk, takes
 * the place of the old file by a rename, and the rename is forced to the disk too:
 *
 *     open temp → write … → fsync → close → rename → fsync of the folder
 *
 * Whoever reads the path, even after a kill or a power cut, finds the old file or the new one. A kill leaves at most a temporary
 * file behind, which {@link removeStaleTemps} finds by its name.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { codeOf, writeError } from './io-error.js';
import { isAlive } from './process.js';

/** The calls a write makes. */
export type FileSystem = Pick<typeof fs, 'open' | 'rename' | 'unlink'>;

/** Some systems take at most 2^31 bytes in a call. */
const PIECE_BYTES = 1 << 24;
/** `.adnce-`, the process, a random number. */
const TEMP_NAME = /^\.adnce-(\d+)-[0-9a-f]{12}\.tmp$/;
/** What folders say where they can't be opened or synced: Windows, and some network disks. */
const NO_FOLDER_SYNC: readonly string[] = ['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'EBADF', 'ENOSYS', 'ENOTSUP'];
/** A virus scanner or an indexer may hold a file for a moment on Windows. */
const HELD: readonly string[] = ['EACCES', 'EPERM', 'EBUSY'];
/** Milliseconds between the attempts to rename. */
const PATIENCE: readonly number[] = [10, 40, 160];

/** Whether a file of a folder is one that is being written, or was when its process ended. */
export function isTemp(name: string): boolean {
  return TEMP_NAME.test(name);
}

/** Temporary files this process is writing right now. */
const open = new Set<string>();

/**
 * Writes a file as a whole or not at all.
 * @param chunks the bytes, one piece after the other; they must not change before the promise is settled
 * @param system the calls to use, for tests of what happens when they fail
 * @throws E_IO; the old file is then as it was, unless only the sync of the folder failed
 */
export async function writeFileAtomic(
  path: string,
  chunks: Iterable<Uint8Array>,
  system: FileSystem = fs,
): Promise<void> {
  const pieces = [...chunks];
  const folder = dirname(path);
  const name = `.adnce-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  const temp = join(folder, name);
  open.add(name);
  try {
    await writeNew(temp, pieces, system);
    await renameOver(temp, path, system);
    await syncFolder(folder, system);
  } catch (error) {
    await system.unlink(temp).catch(() => {});
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    throw await writeError(path, error, bytes);
  } finally {
    open.delete(name);
  }
}

/**
 * Removes the temporary files of processes that are gone.
 * @returns how many there were
 * @throws E_IO when the folder can't be read or a file in it can't be removed
 */
export async function removeStaleTemps(folder: string): Promise<number> {
  let count = 0;
  try {
    for (const name of await fs.readdir(folder)) {
      const writer = TEMP_NAME.exec(name)?.[1];
      if (writer === undefined || open.has(name) || isOtherProcess(Number(writer))) continue;
      await fs.rm(join(folder, name), { force: true });
      count++;
    }
  } catch (error) {
    throw await writeError(folder, error);
  }
  return count;
}

/** Makes a folder, and those above it that are missing, so that they outlast a power cut. @throws E_IO */
export async function makeFolder(path: string): Promise<void> {
  // One by one: with `recursive` Node 20 tries for ever where a file system answers that the parent is missing though it is not.
  const above = dirname(path);
  try {
    await fs.mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await isFolder(path))) return;
    if (code !== 'ENOENT' || above === path || (await isFolder(above))) throw await writeError(path, error);
    await makeFolder(above);
    return await makeFolder(path);
  }
  await syncFolder(above);
}

async function isFolder(path: string): Promise<boolean> {
  return await fs.stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

async function writeNew(path: string, pieces: readonly Uint8Array[], system: FileSystem): Promise<void> {
  const file = await system.open(path, 'wx');
  try {
    for (const piece of pieces) await writeAll(file, piece, null);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes all of some bytes, in as many calls as it takes.
 * @param position where in the file, or null to go on where the last write ended
 */
export async function writeAll(file: fs.FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(PIECE_BYTES, bytes.length - at);
    const { bytesWritten } = await file.write(bytes, at, length, position === null ? null : position + at);
    at += bytesWritten;
  }
}

async function renameOver(from: string, to: string, system: FileSystem): Promise<void> {
  for (const wait of PATIENCE) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      if (!HELD.includes(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return await system.rename(from, to);
}

/** Forces what was made, renamed or removed in a folder to the disk, where the system can. */
export async function syncFolder(path: string, system: Pick<FileSystem, 'open'> = fs): Promise<void> {
  let folder: fs.FileHandle | undefined;
  try {
    folder = await system.open(path, 'r');
    await folder.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.includes(codeOf(error))) throw error;
  } finally {
    await folder?.close();
  }
}

/** Whether a process of that number runs and is not this one. In containers a restarted process often has the old number. */
function isOtherProcess(pid: number): boolean {
  return pid !== process.pid && isAlive(pid);
}
