/** A run in a folder on a disk: files that are whole at every moment, a log that is cut back when it does not fit. */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, readError, writeError } from '../../checkpoint/disk/io-error.js';
import { mustBeFile, readBytes } from '../../checkpoint/disk/read.js';
import {
  isTemp,
  makeFolder,
  removeStaleTemps,
  syncFolder,
  writeAll,
  writeFileAtomic,
} from '../../checkpoint/disk/write.js';
import { mustBeString } from '../../options.js';
import type { AppendFile, RunLock, RunStorage } from '../storage.js';
import { isLock, lockFolder } from './lock.js';

export class DiskStorage implements RunStorage {
  readonly place: string;

  /** @param path of the folder; it is made when it is locked */
  constructor(path: string) {
    this.place = mustBeString('DiskStorage', 'path', path);
  }

  placeOf(name: string): string {
    return join(this.place, name);
  }

  async list(): Promise<string[]> {
    try {
      return (await fs.readdir(this.place)).filter((name) => !isLock(name) && !isTemp(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw await readError(this.place, error);
    }
  }

  async size(name: string): Promise<number | null> {
    return await unlessMissing(mustBeFile(this.placeOf(name)));
  }

  async read(name: string, start?: number, end?: number): Promise<Uint8Array | null> {
    return await unlessMissing(readBytes(this.placeOf(name), start, end));
  }

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    await writeFileAtomic(this.placeOf(name), chunks);
  }

  async append(name: string, length: number): Promise<AppendFile> {
    const path = this.placeOf(name);
    let file: fs.FileHandle;
    try {
      file = await fs.open(path, length === 0 ? 'w' : 'r+');
      if (length > 0) await file.truncate(length);
    } catch (error) {
      throw await writeError(path, error);
    }
    return new DiskAppendFile(path, file, length);
  }

  async remove(names: readonly string[]): Promise<void> {
    try {
      for (const name of names) await fs.rm(this.placeOf(name), { force: true });
      await syncFolder(this.place);
    } catch (error) {
      throw await writeError(this.place, error);
    }
  }

  /** Makes the folder if need be, and removes what processes that are gone have left. */
  async lock(): Promise<RunLock> {
    await makeFolder(this.place);
    const lock = await lockFolder(this.place);
    await removeStaleTemps(this.place);
    return lock;
  }

  async discard(): Promise<void> {
    await fs.rmdir(this.place).catch(() => {});
  }
}

class DiskAppendFile implements AppendFile {
  readonly #path: string;
  readonly #file: fs.FileHandle;
  #length: number;

  constructor(path: string, file: fs.FileHandle, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file, bytes, this.#length);
      await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#length).catch(() => {});
      throw await writeError(this.#path, error, bytes.length);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Null where the file is not there. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf((error as Error).cause) === 'ENOENT') return null;
    throw error;
  }
}
