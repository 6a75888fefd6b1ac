/** What every storage promises, on disk and in memory; the browsers' are tried in browsers, by `npm run test:runs`. */
import * as fs from 'node:fs/promises';
import { expect, it } from 'vitest';
import { MemoryStorage, type RunStorage } from '../../src/runs/index.js';
import { DiskStorage } from '../../src/runs/node.js';
import { rejection, useFolder } from '../support/folder.js';

type Complaints = (make: (path: string) => RunStorage) => Promise<string[]>;
// The same file runs in browsers, so it is no TypeScript.
const task = '../runtimes/tasks/storage-contract.mjs';
const { complaintsOf } = (await import(task)) as { complaintsOf: Complaints };
const at = useFolder();

it('on disk', async () => {
  expect(await complaintsOf((path) => new DiskStorage(at(path)))).toEqual([]);
  expect(await fs.readdir(at('runs'))).toEqual([]);
});

it('in memory', async () => {
  const places = new Map<string, MemoryStorage>();
  const make = (path: string) => {
    const storage = places.get(path) ?? new MemoryStorage(path);
    places.set(path, storage);
    return storage;
  };
  expect(await complaintsOf(make)).toEqual([]);
});

it('a lock of a process that is gone does not count, one of another machine does', async () => {
  const storage = new DiskStorage(at('x'));
  const lock = await storage.lock();
  const [name] = (await fs.readdir(at('x'))) as [string];
  await lock.release();
  const [host, , start] = name.replace('.adnce-lock-', '').split('-') as [string, string, string];
  // No process has the first number, and this one began at another time than the second says.
  for (const gone of [`${host}-2147483646-${start}-0123456789ab`, `${host}-${process.pid}-1-0123456789ab`]) {
    await fs.writeFile(at('x', `.adnce-lock-${gone}`), '');
  }
  await (await storage.lock()).release();
  expect(await fs.readdir(at('x'))).toEqual([]);
  await fs.writeFile(at('x', `.adnce-lock-00000000-${process.pid}-${start}-0123456789ab`), '');
  expect((await rejection(storage.lock())).message).toMatch(
    /^E_LOCKED .*process \d+ of another machine \(its lock is .*\)/,
  );
});

it('of many that want a lock at once at most one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const wishes = Array.from({ length: 8 }, () => new DiskStorage(at('x')).lock());
    const results = await Promise.allSettled(wishes);
    const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(got.length).toBeLessThanOrEqual(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('E_LOCKED');
    for (const lock of got) await lock.release();
  }
});
