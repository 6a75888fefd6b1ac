/**
 * A run in a browser's database, for browsers that lack the file system or its streams. A file is one record under [path, name]; a
 * transaction changes it as a whole or not at all.
 */
import { type AppendFile, joinChunks, type RunLock, type RunStorage } from '../storage.js';
import { lockSite, partsOf, siteError } from './files.js';

const DATABASE = 'adnce';
const FILES = 'files';

export class IndexedDbStorage implements RunStorage {
  readonly place: string;
  readonly #path: string;
  #opened: Promise<IDBDatabase> | undefined;

  /** @param path names with slashes between them, such as `runs/mine` @throws E_OPTION */
  constructor(path: string) {
    this.#path = partsOf(path).join('/');
    this.place = `indexeddb:${path}`;
  }

  placeOf(name: string): string {
    return `${this.place}/${name}`;
  }

  async list(): Promise<string[]> {
    // An array stands behind every string, so this is every key of the path.
    const range = IDBKeyRange.bound([this.#path], [this.#path, []]);
    const keys = await this.#run('readonly', this.place, (files) => files.getAllKeys(range));
    return keys.map((key) => (key as [string, string])[1]);
  }

  async size(name: string): Promise<number | null> {
    return (await this.#get(name))?.length ?? null;
  }

  async read(name: string, start = 0, end?: number): Promise<Uint8Array | null> {
    const bytes = await this.#get(name);
    return bytes === null || (start === 0 && end === undefined) ? bytes : bytes.slice(start, end);
  }

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const bytes = joinChunks(chunks);
    await this.#run('readwrite', this.placeOf(name), (files) => files.put(bytes, [this.#path, name]));
  }

  async append(name: string, length: number): Promise<AppendFile> {
    let all: Uint8Array = ((await this.#get(name)) ?? new Uint8Array(0)).slice(0, length);
    await this.write(name, [all]);
    return {
      append: async (bytes) => {
        const longer = joinChunks([all, bytes]);
        await this.write(name, [longer]);
        all = longer;
      },
      close: async () => {},
    };
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#run('readwrite', this.placeOf(name), (files) => files.delete([this.#path, name]));
    }
  }

  async lock(): Promise<RunLock> {
    return await lockSite(this.place);
  }

  /** There is no folder to remove. */
  async discard(): Promise<void> {}

  async #get(name: string): Promise<Uint8Array | null> {
    const bytes = await this.#run('readonly', this.placeOf(name), (files) => files.get([this.#path, name]));
    return (bytes as Uint8Array | undefined) ?? null;
  }

  /** One request in a transaction of its own; settled when the transaction is. */
  async #run<T>(
    mode: IDBTransactionMode,
    place: string,
    request: (files: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    try {
      this.#opened ??= openDatabase();
      const transaction = (await this.#opened).transaction(FILES, mode, { durability: 'strict' });
      return await new Promise<T>((resolve, reject) => {
        const asked = request(transaction.objectStore(FILES));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onabort = () => reject(transaction.error);
        transaction.onerror = () => reject(transaction.error);
      });
    } catch (error) {
      throw siteError(place, mode === 'readonly' ? 'read' : 'written', error);
    }
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
