/**
 * Where the files of a run are kept: a folder on a disk, the file system or the database of a browser, or memory. The same names and
 * bytes everywhere, so that a run moves from one to another as it is.
 */
import { AdnceError } from '../errors.js';

/** A place for the files of one run; names have no folders in them. */
export interface RunStorage {
  /** Where it is, for messages: `runs/mine`, `opfs:runs/mine`. */
  readonly place: string;
  /** Where a file is, for messages. */
  placeOf(name: string): string;
  /** Names of the files, without what a storage keeps for itself; none where there is no such place. @throws E_IO */
  list(): Promise<string[]>;
  /** Bytes in a file; null where there is none. @throws E_IO */
  size(name: string): Promise<number | null>;
  /** The bytes of a file, or those from `start` to `end`; null where there is none. @throws E_IO, E_MEMORY */
  read(name: string, start?: number, end?: number): Promise<Uint8Array | null>;
  /**
   * Writes a file as a whole or not at all; after it is settled the file outlasts a crash.
   * @param chunks the bytes, one piece after the other; they must not change before the promise is settled
   * @throws E_IO
   */
  write(name: string, chunks: Iterable<Uint8Array>): Promise<void>;
  /**
   * Opens a file to be appended to, cut to its first bytes.
   * @param length bytes to keep; no more than there are
   * @throws E_IO
   */
  append(name: string, length: number): Promise<AppendFile>;
  /** Removes files, in this order; those that are not there are no mistake. @throws E_IO */
  remove(names: readonly string[]): Promise<void>;
  /**
   * Keeps all others from writing here until the lock is released, or its holder is gone.
   * @throws E_LOCKED when another one holds it; E_IO
   */
  lock(): Promise<RunLock>;
  /** Removes the place if nothing is in it. */
  discard(): Promise<void>;
}

/** A file that grows at its end. */
export interface AppendFile {
  /** Adds bytes; after it is settled they outlast a crash. @throws E_IO; the file is then as it was */
  append(bytes: Uint8Array): Promise<void>;
  /** Gives it back. */
  close(): Promise<void>;
}

/** A lock that is held. */
export interface RunLock {
  /** Gives it up; a second time does nothing. */
  release(): Promise<void>;
}

/** An E_LOCKED error. @param holder who writes there, as far as it is known */
export function lockedError(place: string, holder: string): AdnceError {
  return new AdnceError('E_LOCKED', {
    where: place,
    what: `${holder} is writing this run`,
    hint: 'wait for its end or stop it, or choose another name',
  });
}

/** The bytes of some chunks as one array. */
export function joinChunks(chunks: Iterable<Uint8Array>): Uint8Array {
  const pieces = [...chunks];
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A run in memory: for edge runtimes, for tests, and to be packed. */
export class MemoryStorage implements RunStorage {
  readonly place: string;
  readonly #files = new Map<string, Uint8Array>();
  #locked = false;

  /** @param place its name in messages */
  constructor(place = 'memory') {
    this.place = place;
  }

  placeOf(name: string): string {
    return `${this.place}/${name}`;
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()];
  }

  async size(name: string): Promise<number | null> {
    return this.#files.get(name)?.length ?? null;
  }

  async read(name: string, start = 0, end?: number): Promise<Uint8Array | null> {
    return this.#files.get(name)?.slice(start, end) ?? null;
  }

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    this.#files.set(name, joinChunks(chunks));
  }

  async append(name: string, length: number): Promise<AppendFile> {
    this.#files.set(name, (this.#files.get(name) ?? new Uint8Array(0)).slice(0, length));
    return {
      append: async (bytes) => {
        this.#files.set(name, joinChunks([this.#files.get(name) as Uint8Array, bytes]));
      },
      close: async () => {},
    };
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) this.#files.delete(name);
  }

  async lock(): Promise<RunLock> {
    if (this.#locked) throw lockedError(this.place, 'another caller');
    this.#locked = true;
    let held = true;
    return {
      release: async () => {
        if (held) this.#locked = false;
        held = false;
      },
    };
  }

  async discard(): Promise<void> {}
}
