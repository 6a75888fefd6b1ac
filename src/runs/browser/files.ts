/** What both storages of a browser share: names, the lock, and what a browser's own errors mean. */
import { AdnceError } from '../../errors.js';
import { mustBeString } from '../../options.js';
import { lockedError, type RunLock } from '../storage.js';

/** The parts of a path such as `runs/mine`. @throws E_OPTION for one that leads elsewhere */
export function partsOf(path: string): string[] {
  const parts = mustBeString('openStorage', 'path', path).split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..')) return parts;
  throw new AdnceError('E_OPTION', {
    where: 'openStorage',
    what: `"path" must be names with slashes between them, got ${JSON.stringify(path)}`,
    hint: 'such as "runs/mine"',
  });
}

/**
 * A lock that other tabs and workers of this site see; the browser gives it up when its holder is closed. A page that is not secure
 * has none to give: there nothing is kept apart.
 * @throws E_LOCKED
 */
export async function lockSite(place: string): Promise<RunLock> {
  // Pages that are not secure lack it, whatever the types say.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return { release: async () => {} };
  let done: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    done = resolve;
  });
  let ended: Promise<unknown> = Promise.resolve();
  const got = await new Promise<boolean>((resolve, reject) => {
    ended = locks
      .request(`adnce ${place}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : held;
      })
      .catch(reject);
  });
  if (!got) throw lockedError(place, 'another tab or worker of this site');
  return {
    release: async () => {
      done();
      await ended;
    },
  };
}

/** An E_IO error for what a browser refused. */
export function siteError(place: string, done: 'read' | 'written', cause: unknown): AdnceError {
  const { name = '', message = String(cause) } = (cause ?? {}) as { name?: string; message?: string };
  const isFull = name === 'QuotaExceededError';
  const what = isFull ? "the site's share of the disk is full" : `the file could not be ${done}: ${name} ${message}`;
  const hint = isFull ? 'remove old runs, or ask for more with navigator.storage.persist()' : undefined;
  return new AdnceError('E_IO', { where: place, what, ...(hint === undefined ? {} : { hint }), cause });
}
