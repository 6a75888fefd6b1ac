/** A file system whose n-th call fails, as if the disk were full or the process had ended there. */
import * as fs from 'node:fs/promises';
import type { FileSystem } from '../../src/checkpoint/node.js';

export interface Fault {
  /** Number of the call that fails, from 0. */
  at: number;
  /** The system's code. */
  code: string;
  /** Whether every later call fails too, as after a kill. */
  dead?: boolean;
}

/** A file system that notes its calls and fails where it is told to. */
export class FaultyFileSystem implements FileSystem {
  readonly calls: string[] = [];
  readonly #fault: Fault | null;

  constructor(fault: Fault | null = null) {
    this.#fault = fault;
  }

  open: FileSystem['open'] = async (path, flags) => {
    this.#call(`open ${flags}`);
    const file = await fs.open(path, flags);
    return new Proxy(file, { get: (_, key) => this.#method(file, key as keyof fs.FileHandle) });
  };

  rename: FileSystem['rename'] = async (from, to) => {
    this.#call('rename');
    await fs.rename(from, to);
  };

  unlink: FileSystem['unlink'] = async (path) => {
    this.#call('unlink');
    await fs.unlink(path);
  };

  /** A method of a file, which fails when its turn comes. */
  #method(file: fs.FileHandle, key: keyof fs.FileHandle): unknown {
    const value = file[key] as unknown;
    if (typeof value !== 'function') return value;
    return async (...args: unknown[]) => {
      try {
        this.#call(String(key));
      } catch (error) {
        // Whatever the caller sees, no handle stays open.
        if (key === 'close') await file.close();
        throw error;
      }
      // Half of what is asked, as systems may do it.
      if (key === 'write') args[2] = Math.ceil((args[2] as number) / 2);
      return await (value as (...args: unknown[]) => unknown).apply(file, args);
    };
  }

  #call(name: string): void {
    const turn = this.calls.push(name) - 1;
    const { at, code, dead = false } = this.#fault ?? { at: -1, code: '' };
    if (at >= 0 && (turn === at || (dead && turn > at))) throw Object.assign(new Error(`${code}: ${name}`), { code });
  }
}
