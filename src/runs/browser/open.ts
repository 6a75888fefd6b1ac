/** `adnce/storage` in browsers. */
import { AdnceError } from '../../errors.js';
import type { RunStorage } from '../storage.js';
import { IndexedDbStorage } from './indexed-db.js';
import { hasOpfs, OpfsStorage } from './opfs.js';

export { IndexedDbStorage, OpfsStorage };

/**
 * The storage of a run by its path: the private file system of the site, or its database where a browser lacks that.
 * @param path names with slashes between them, such as `runs/mine`
 * @throws E_OPTION for another path; E_RUNTIME where a browser has neither
 */
export async function openStorage(path: string): Promise<RunStorage> {
  if (await hasOpfs()) return new OpfsStorage(path);
  if (typeof indexedDB !== 'undefined') return new IndexedDbStorage(path);
  throw new AdnceError('E_RUNTIME', {
    where: 'openStorage',
    what: 'this runtime has neither a private file system nor a database',
    hint: 'keep the run in memory with new checkpoint.MemoryStorage() and send it on as one file, from checkpoint.packRun()',
  });
}
