/** Next.js as its guide says: `next build`, then `next start`. */
import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { app, suite } from './places.mjs';
import { run } from './run.mjs';

const NEXT = suite('node_modules', 'next', 'dist', 'bin', 'next');
const QUIET = { NEXT_TELEMETRY_DISABLED: '1' };

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Builds the fixture afresh.
 * @param {string[]} flags e.g. --webpack
 * @param {string[]} routes those of the fixture that are built
 */
export async function buildNext(flags, routes) {
  const skip = ['node', 'edge']
    .filter((route) => !routes.includes(route))
    .map((route) => suite('fixtures/next/app', route));
  await rm(app('next'), { recursive: true, force: true });
  await cp(suite('fixtures', 'next'), app('next'), { recursive: true, filter: (source) => !skip.includes(source) });
  await cp(app('program.js'), app('next', 'program.js'));
  await run(process.execPath, [NEXT, 'build', ...flags], app('next'), QUIET);
}

/** Starts what was built. @returns where it answers, what it printed, and how to end it */
export async function startNext() {
  const port = await freePort();
  const child = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: app('next'),
    env: { ...process.env, ...QUIET },
  });
  let log = '';
  await new Promise((resolve, reject) => {
    const listen = (chunk) => {
      log += chunk;
      if (log.includes('Ready')) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', () => reject(new Error(`next start ended: ${log}`)));
  });
  const close = () =>
    new Promise((resolve) => {
      child.removeAllListeners('exit').on('exit', resolve);
      child.kill();
    });
  return { origin: `http://127.0.0.1:${port}`, log: () => log, close };
}
