/** `adnce/storage` in Node, Bun and Deno. */
import type { RunStorage } from '../storage.js';
import { DiskStorage } from './storage.js';

export { DiskStorage };

/** The storage of a run by its path: a folder. @param path such as `runs/mine` @throws E_OPTION */
export async function openStorage(path: string): Promise<RunStorage> {
  return new DiskStorage(path);
}
