/** Runs a program to its end and returns what it printed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export async function run(command, args, cwd, env = {}) {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
