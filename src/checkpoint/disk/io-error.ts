/** What the operating system says about files, as E_IO errors: what was expected, what came, and what to do about it. */
import * as fs from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AdnceError } from '../../errors.js';
import { didYouMean } from '../../options.js';

/** Expectation and reality, and a hint where one can be given without a look at the disk. */
type Words = readonly [what: string, hint?: string];

/** The same whatever was being done. */
const EITHER: Readonly<Record<string, Words>> = {
  ENOTDIR: ['a file is expected, got a path that leads through a file'],
  EISDIR: ['a file is expected, got a folder', 'name a file in it'],
  ENAMETOOLONG: ['a shorter path is expected, got one longer than the system takes'],
  EMFILE: ['the file could not be opened, too many files are open'],
  ENFILE: ['the file could not be opened, too many files are open'],
};
const NO_READ: Words = ['a readable file is expected, got one without permission to read it'];
const READING: Readonly<Record<string, Words>> = {
  ...EITHER,
  ENOENT: ['a file is expected, got nothing at this path'],
  EACCES: NO_READ,
  EPERM: NO_READ,
};
const NO_WRITE: Words = [
  'a folder with permission to write is expected, got one without',
  'change its permissions, or choose another folder',
];
const FULL = 'choose a folder on another disk; what was there before is unharmed';
const WRITING: Readonly<Record<string, Words>> = {
  ...EITHER,
  ENOENT: ['a folder to write to is expected, got none'],
  EEXIST: ['a folder is expected, got a file', 'choose another name'],
  EACCES: NO_WRITE,
  EPERM: NO_WRITE,
  EROFS: ['a writable disk is expected, got one that is read-only', 'choose a folder on another disk'],
  EFBIG: ['the file is larger than this disk takes', FULL],
  ENOSPC: ['the disk is full', FULL],
  EDQUOT: ["the user's share of the disk is full", FULL],
};

/** An E_IO error for a file that could not be read, with a hint for the common mistakes. */
export async function readError(path: string, error: unknown): Promise<AdnceError> {
  const hint = codeOf(error) === 'ENOENT' ? await similarName(path) : undefined;
  return ioError(path, error, READING, 'read', hint);
}

/**
 * An E_IO error for a file or folder that could not be written.
 * @param bytes length of what was to be written
 */
export async function writeError(path: string, error: unknown, bytes = 0): Promise<AdnceError> {
  const code = codeOf(error);
  const folder = dirname(path);
  let hint: string | undefined;
  if (code === 'ENOENT') hint = `make the folder "${folder}" first`;
  if (code === 'ENOSPC' || code === 'EDQUOT') hint = `free ${await missingSpace(folder, bytes)} MiB, or ${FULL}`;
  return ioError(path, error, WRITING, 'written', hint);
}

/** The system's name of an error, such as ENOENT. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

function ioError(
  path: string,
  error: unknown,
  words: Readonly<Record<string, Words>>,
  done: 'read' | 'written',
  special: string | undefined,
): AdnceError {
  const reality = error instanceof Error ? error.message : String(error);
  const [what, general] = words[codeOf(error)] ?? [`the file could not be ${done}: ${reality}`];
  const hint = special ?? general;
  return new AdnceError('E_IO', { where: path, what, ...(hint === undefined ? {} : { hint }), cause: error });
}

async function similarName(path: string): Promise<string> {
  const folder = dirname(path);
  try {
    const names = await fs.readdir(folder);
    const hint = names.length < 10_000 ? didYouMean(basename(path), names) : undefined;
    return hint ?? `the folder "${folder}" has no such file`;
  } catch {
    return `there is no folder "${folder}"`;
  }
}

/** Whole MiB that a file of so many bytes lacks; all it needs where the system does not tell what is free. */
async function missingSpace(folder: string, bytes: number): Promise<number> {
  let free = 0;
  try {
    // Not every runtime has it. A disk can be full in other ways than bytes, then all that is needed is said.
    const { bavail, bsize } = await fs.statfs(folder);
    free = bavail * bsize < bytes ? bavail * bsize : 0;
  } catch {}
  return Math.max(1, Math.ceil((bytes - free) / 2 ** 20));
}
