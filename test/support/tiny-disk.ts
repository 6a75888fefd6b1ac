/** A real disk of 64 KiB, to be filled. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';

/**
 * Mounts a file system of 64 KiB at a new folder, which takes a superuser on Linux, and removes it after the work.
 * @param skip called where none can be mounted
 */
export async function withTinyDisk(
  path: string,
  skip: (note: string) => never,
  work: () => Promise<void>,
): Promise<void> {
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    skip('no file system can be mounted here');
  }
  try {
    await work();
  } finally {
    execFileSync('umount', [path]);
  }
}
