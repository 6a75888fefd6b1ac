/**
 * A run in a browser's private file system (OPFS): a folder that pages and workers of a site share. A writable stream writes beside
 * the file and takes its place when it is closed, so a file is whole at every moment.
 */
import type { AppendFile, RunLock, RunStorage } from '../storage.js';
import { lockSite, partsOf, siteError } from './files.js';

/** Whether this browser has the file system, with streams that write files as a whole. */
export async function hasOpfs(): Promise<boolean> {
  try {
    if (!('createWritable' in FileSystemFileHandle.prototype)) return false;
    // Private windows may have the functions and refuse the folder.
    await navigator.storage.getDirectory();
    return true;
  } catch {
    return false;
  }
}

export class OpfsStorage implements RunStorage {
  readonly place: string;
  readonly #parts: readonly string[];

  /** @param path names with slashes between them, such as `runs/mine` @throws E_OPTION */
  constructor(path: string) {
    this.#parts = partsOf(path);
    this.place = `opfs:${path}`;
  }

  placeOf(name: string): string {
    return `${this.place}/${name}`;
  }

  async list(): Promise<string[]> {
    const folder = await this.#folder(false);
    if (folder === null) return [];
    const names: string[] = [];
    // The types of the DOM do not know its asynchronous iterators everywhere.
    const entries = (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries();
    for await (const [name, { kind }] of entries) if (kind === 'file') names.push(name);
    return names;
  }

  async size(name: string): Promise<number | null> {
    return (await this.#file(name))?.size ?? null;
  }

  async read(name: string, start = 0, end?: number): Promise<Uint8Array | null> {
    const file = await this.#file(name);
    if (file === null) return null;
    try {
      return new Uint8Array(await file.slice(start, end).arrayBuffer());
    } catch (error) {
      throw siteError(this.placeOf(name), 'read', error);
    }
  }

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    await this.#stream(name, false, async (stream) => {
      for (const chunk of chunks) await stream.write(unshared(chunk));
    });
  }

  async append(name: string, length: number): Promise<AppendFile> {
    let at = length;
    await this.#stream(name, true, (stream) => stream.truncate(length));
    return {
      append: async (bytes) => {
        await this.#stream(name, true, (stream) =>
          stream.write({ type: 'write', position: at, data: unshared(bytes) }),
        );
        at += bytes.length;
      },
      close: async () => {},
    };
  }

  async remove(names: readonly string[]): Promise<void> {
    const folder = await this.#folder(false);
    if (folder === null) return;
    for (const name of names) {
      await folder.removeEntry(name).catch((error: unknown) => {
        if (!isMissing(error)) throw siteError(this.placeOf(name), 'written', error);
      });
    }
  }

  async lock(): Promise<RunLock> {
    return await lockSite(this.place);
  }

  async discard(): Promise<void> {
    try {
      const above = await this.#folder(false, this.#parts.slice(0, -1));
      await above?.removeEntry(this.#parts.at(-1) as string);
    } catch {}
  }

  /** The folder; null where there is none and none is to be made. */
  async #folder(create: boolean, parts = this.#parts): Promise<FileSystemDirectoryHandle | null> {
    try {
      let folder = await navigator.storage.getDirectory();
      for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
      return folder;
    } catch (error) {
      if (isMissing(error)) return null;
      throw siteError(this.place, create ? 'written' : 'read', error);
    }
  }

  async #file(name: string): Promise<File | null> {
    const folder = await this.#folder(false);
    if (folder === null) return null;
    try {
      return await (await folder.getFileHandle(name)).getFile();
    } catch (error) {
      if (isMissing(error)) return null;
      throw siteError(this.placeOf(name), 'read', error);
    }
  }

  /** Writes a file by a stream that takes effect when it is closed, or not at all. */
  async #stream(
    name: string,
    keepExistingData: boolean,
    work: (stream: FileSystemWritableFileStream) => Promise<void>,
  ): Promise<void> {
    const folder = (await this.#folder(true)) as FileSystemDirectoryHandle;
    let stream: FileSystemWritableFileStream | undefined;
    try {
      stream = await (await folder.getFileHandle(name, { create: true })).createWritable({ keepExistingData });
      await work(stream);
      await stream.close();
    } catch (error) {
      await stream?.abort().catch(() => {});
      throw siteError(this.placeOf(name), 'written', error);
    }
  }
}

/** Bytes that a browser takes: those of shared memory are copied. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function isMissing(error: unknown): boolean {
  return (error as { name?: string } | null)?.name === 'NotFoundError';
}
