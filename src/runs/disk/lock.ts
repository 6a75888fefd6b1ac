/**
 * The lock of a folder. Who wants it makes a file whose name says all of its maker — host, process, when that process started, a
 * random number — and looks who else has one there; whoever sees another one that is alive takes its own back. So two never hold it
 * at once, and the file of a process that is gone can be removed by anyone, since its name never comes again.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { writeError } from '../../checkpoint/disk/io-error.js';
import { isAlive } from '../../checkpoint/disk/process.js';
import { lockedError, type RunLock } from '../storage.js';

/** `.adnce-lock-`, the host's digest, the process, its start or 0, a random number. */
const LOCK_NAME = /^\.adnce-lock-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{12}$/;
/** Two that come at the same moment both step back; after some time of their own each tries again. */
const ATTEMPTS = 5;
const PATIENCE = 50;

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Whether a file of a folder is a lock. */
export function isLock(name: string): boolean {
  return LOCK_NAME.test(name);
}

/** Locks a folder that is there. @throws E_LOCKED, E_IO */
export async function lockFolder(folder: string): Promise<RunLock> {
  const name = `.adnce-lock-${host}-${process.pid}-${await startOf(process.pid)}-${randomBytes(6).toString('hex')}`;
  const path = join(folder, name);
  const release = () => fs.rm(path, { force: true }).catch(() => {});
  for (let attempt = 1; ; attempt++) {
    try {
      await (await fs.open(path, 'wx')).close();
    } catch (error) {
      throw await writeError(path, error);
    }
    const holder = await otherHolder(folder, name);
    if (holder === null) return { release };
    await release();
    if (attempt === ATTEMPTS) throw lockedError(folder, holder);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE * Math.random() * attempt));
  }
}

/** Who else has a lock in a folder; null for nobody. Locks of processes that are gone are removed. */
async function otherHolder(folder: string, mine: string): Promise<string | null> {
  for (const name of await fs.readdir(folder)) {
    const [, where, pid, start] = LOCK_NAME.exec(name) ?? [];
    if (pid === undefined || name === mine) continue;
    if (where !== host) return `process ${pid} of another machine (its lock is ${join(folder, name)})`;
    if (isAlive(Number(pid)) && (await startOf(Number(pid))) === start) {
      return Number(pid) === process.pid ? 'this process' : `process ${pid}`;
    }
    await fs.rm(join(folder, name), { force: true }).catch(() => {});
  }
  return null;
}

/** When a process started, in ticks since the machine did; '0' where the system does not tell. Numbers of processes come again. */
async function startOf(pid: number): Promise<string> {
  try {
    const text = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold anything.
    return /^\d+$/.exec(text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '')?.[0] ?? '0';
  } catch {
    return '0';
  }
}
