/** Node, Bun and Deno: a process for each task. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, HERE, PACKAGE } from '../prepare.mjs';
import { FAULTS } from './faults.mjs';

const MODULES = join(HERE, 'node_modules');
const SCENES = [{ name: 'process', threads: [1, 2, 3] }];

/** Runs a command to its end; resolves to what it printed. @throws with its errors when it fails or takes too long */
export function output(command, args, { input = '', env = {}, timeout = 180_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, timeout });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
    child.on('error', reject);
    child.stdin.on('error', () => {}).end(input);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said.stdout);
      else reject(new Error(`${command} ended with ${signal ?? `code ${code}`}: ${said.stderr.slice(-2000)}`));
    });
  });
}

/** Where the entry of processes stands: here, or in a copy of all of it whose package has a fault of faults.mjs. */
function entryOf(fault) {
  if (fault === undefined) return join(HERE, 'entries', 'process.mjs');
  const copy = join(BUILD, 'faults', fault);
  rmSync(copy, { recursive: true, force: true });
  for (const folder of ['entries', 'tasks', 'package.json'])
    cpSync(join(HERE, folder), join(copy, folder), { recursive: true });
  cpSync(PACKAGE, join(copy, 'node_modules', 'adnce'), { recursive: true });
  writeFileSync(join(copy, 'node_modules', 'adnce', 'dist', 'worker.js'), FAULTS[fault].script);
  return join(copy, 'entries', 'process.mjs');
}

function runtime(name, find, flags, hint) {
  return {
    name,
    hint,
    scenes: SCENES,
    find,
    async open({ fault }) {
      const command = find();
      const entry = entryOf(fault);
      const version = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? '?';
      return {
        version,
        run: async (task, input) =>
          JSON.parse(await output(command, [...flags, entry, task], { input: JSON.stringify(input) })),
        close: async () => {},
      };
    },
  };
}

/** A program of a package that npm installed, or null. */
function packaged(...path) {
  const file = join(MODULES, ...path);
  return existsSync(file) ? file : null;
}

const HINT = 'npm has no package of it for this platform';
const own = process.versions.node.split('.')[0];
/** This very Node, or one of a package. */
const findNode = (major) => () => (major === own ? process.execPath : packaged(`node${major}`, 'bin', 'node'));
const suffix = process.platform === 'win32' ? '.cmd' : '';

export const node = (major) =>
  runtime(`Node ${major}`, findNode(major), [], `${HINT}; run this command in Node ${major}`);
export const bun = runtime('Bun', () => packaged('.bin', `bun${suffix}`), [], HINT);
export const deno = runtime('Deno', () => packaged('.bin', `deno${suffix}`), ['run', '-A', '--no-lock'], HINT);
