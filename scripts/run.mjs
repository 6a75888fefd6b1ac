#!/usr/bin/env node
/**
 * `npm start`, `npm test`, `npm run bench` and most other scripts of package.json: each installs what is missing, builds what is stale and
 * then does its work. No dependencies, because it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameCore } from './core-id.mjs';
import { unpack } from './unpack.mjs';

const BUILDS = ['simd', 'simd-threads', 'simd-relaxed', 'simd-threads-relaxed'];
const root = fileURLToPath(new URL('..', import.meta.url));
const path = (...parts) => join(root, ...parts);

/** What is built from what; a target is stale when any source is newer than its stamp. */
const TARGETS = [
  {
    name: 'core',
    sources: ['assembly', 'asconfig.json', 'package-lock.json'],
    commands: BUILDS.map((target) => ['asc', '--target', target]),
    finish() {
      for (const name of BUILDS) nameCore(path('dist', `${name}.wasm`));
    },
  },
  {
    name: 'library',
    sources: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'],
    commands: [['tsc', '-p', 'tsconfig.build.json']],
  },
  {
    // They carry the core's name.
    name: 'bundles',
    sources: ['build/library.stamp', 'build/core.stamp', 'rollup.config.mjs', 'scripts/core-id.mjs'],
    commands: [['rollup', '-c', '--silent']],
  },
];

const COMMANDS = {
  build: () => {},
  start: (args) => run(process.execPath, [path('dist', 'cli.js'), 'train', ...args]),
  test: (args) => run(bin('vitest'), ['run', ...args]),
  bench: (args) => {
    install(path('bench'));
    run(process.execPath, [path('bench', 'main.mjs'), ...args]);
  },
  'test:runtimes': (args) => {
    install(path('test', 'runtimes'));
    run(process.execPath, [path('test', 'runtimes', 'main.mjs'), ...args]);
  },
  size: () => {
    install(path('test', 'package'));
    run(path('test', 'package', 'node_modules', '.bin', 'size-limit'), [], { cwd: path('test', 'package') });
  },
  'test:package': (args) => {
    install(path('test', 'package'));
    run(bin('vitest'), ['run', '--config', path('test', 'package', 'vitest.config.mjs'), ...args]);
  },
  'test:runs': (args) => {
    install(path('test', 'runtimes'));
    run(process.execPath, [path('test', 'runtimes', 'runs.mjs'), ...args]);
  },
  examples: setUpExamples,
  'test:examples': () => {
    setUpExamples();
    run('npm', ['test', '--workspaces', '--silent'], { cwd: path('examples'), shell: process.platform === 'win32' });
  },
  'measure:examples': (args) => {
    setUpExamples();
    run(process.execPath, [path('examples', 'measure', 'main.mjs'), ...args]);
  },
  docs: () => {
    install(path('scripts', 'docs'));
    run(process.execPath, [path('scripts', 'docs', 'main.mjs')]);
  },
  'bench:scaling': (args) => run(process.execPath, [path('bench', 'scaling.mjs'), ...args]),
};

function bin(name) {
  return path('node_modules', '.bin', name);
}

/** Runs a command with our own terminal; a failure ends this process with the same code. */
function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (signal || status !== 0) process.exit(status ?? 1);
}

function newest(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(file).reduce((latest, name) => Math.max(latest, newest(join(file, name))), stat.mtimeMs);
}

/** Installs a folder's packages unless they are there and as new as its lock file. */
function install(folder) {
  const installed = newest(join(folder, 'node_modules', '.package-lock.json'));
  if (installed > 0 && installed >= newest(join(folder, 'package-lock.json'))) return;
  console.log(`Installing packages${folder === root ? '' : ` of ${relative(root, folder)}`} …`);
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    shell: process.platform === 'win32',
  });
}

function build() {
  for (const { name, sources, commands, finish } of TARGETS) {
    const stamp = path('build', `${name}.stamp`);
    const latest = Math.max(...sources.map((source) => newest(path(source))));
    if (newest(stamp) >= latest && existsSync(path('dist'))) continue;
    console.log(`Building the ${name} …`);
    for (const [command, ...args] of commands) run(bin(command), args);
    finish?.();
    mkdirSync(path('build'), { recursive: true });
    writeFileSync(stamp, '');
  }
  link();
}

/** What the examples need: their packages, this package as a user has it, and the encoder that all of them use. */
function setUpExamples() {
  const folder = path('examples');
  install(folder);
  const sources = [
    join(folder, 'node_modules', '.package-lock.json'),
    path('build', 'bundles.stamp'),
    join(folder, 'shared'),
  ];
  if (newest(join(folder, 'build', 'model', 'model.safetensors')) >= Math.max(...sources.map(newest))) return;
  unpack(folder);
  run(process.execPath, [join(folder, 'shared', 'train.mjs')]);
}

/** `npx adnce` inside the checkout runs the checkout. */
function link() {
  if (process.platform === 'win32') return;
  const target = bin('adnce');
  if (existsSync(target)) return;
  rmSync(target, { force: true });
  symlinkSync(path('dist', 'cli.js'), target);
}

const [command = 'build', ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command)) {
  console.error(`Unknown command "${command}". Known: ${Object.keys(COMMANDS).join(', ')}.`);
  process.exit(2);
}
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(`adnce needs Node 20 or newer, this is ${process.versions.node}.`);
  process.exit(2);
}
install(root);
build();
COMMANDS[command](args);
