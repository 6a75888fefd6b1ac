/**
 * The order of the rooms, read from the imports themselves: a file imports its own room and rooms to its left, third-party code
 * only in report and cli (the loader of the core apart), Node only where a file system is the point; interop imports the
 * public API. And the core's two sides of the ABI name the same functions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coreUrl } from '../src/engine/location.js';

const ROOMS = [
  'errors',
  'options',
  'version',
  'engine',
  'tensor',
  'losses',
  'dro',
  'mi',
  'nn',
  'optim',
  'data',
  'train',
  'checkpoint',
  'runs',
  'evaluate',
  'page',
  'interop',
  'report',
  'cli',
];
/** Rooms that run in Node only, and may use its modules and other packages. */
const NODE_ROOMS = ['report', 'cli'];
/** What stands above the rooms: the public API, and the package's entries, which say what it runs on. */
const ENTRY = 'index';
const ENTRIES = 'entries';
/** Ships as entries of its own beside the library, so it is made of the public API, and of checks that inline. */
const BESIDE = 'interop';
const BESIDE_MAY = [ENTRY, 'options', 'data/index', 'train/index'];
const LOADER = '@assemblyscript/loader';

const root = fileURLToPath(new URL('../', import.meta.url));
const src = join(root, 'src');

interface Import {
  file: string;
  target: string;
  dynamic: boolean;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** Module names in a source: static, side-effect, re-exported and dynamic ones, comments left out. */
function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statics = code.matchAll(/^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm);
  const effects = code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm);
  const dynamics = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  const row = (dynamic: boolean) => (match: RegExpMatchArray) => ({ file, target: match[1] as string, dynamic });
  return [...[...statics, ...effects].map(row(false)), ...[...dynamics].map(row(true))];
}

/** The first part of a path below src/, without its ending. */
function roomOf(file: string): string {
  return (relative(src, file).split(sep)[0] as string).replace(/\.[jt]s$/, '');
}

/** Whether a file is of those that keep checkpoints on a disk, apart from what runs in browsers. */
function isOnDisk(file: string): boolean {
  return /^(checkpoint|runs)\/(node\.[jt]s$|disk\/)/.test(relative(src, file).replaceAll(sep, '/'));
}

/** What is wrong with an import, or null. */
function complaint({ file, target, dynamic }: Import): string | null {
  const room = roomOf(file);
  const name = relative(root, file);
  // The core as a runtime's own tools, or the build, give it.
  if (/[\\/]engine[\\/]platforms[\\/]/.test(file) && /^\.\/simd\.wasm\b/.test(target)) return null;
  if (target.startsWith('.')) {
    if (!target.endsWith('.js')) return `${name}: "${target}" lacks its ending`;
    const other = roomOf(join(dirname(file), target));
    if (room === BESIDE) {
      const path = relative(src, join(dirname(file), target)).replace(/\.js$/, '');
      return other === BESIDE || BESIDE_MAY.includes(path.replaceAll(sep, '/'))
        ? null
        : `${name} imports ${target}, past the public API`;
    }
    if (room === ENTRIES) return NODE_ROOMS.includes(other) ? `${name} must not import ${other}` : null;
    if (!ROOMS.includes(other)) return `${name} imports ${target}, which is in no room`;
    if (isOnDisk(join(dirname(file), target)) && !isOnDisk(file) && !NODE_ROOMS.includes(room)) {
      return `${name} imports ${target}; it must run in browsers`;
    }
    if (room === ENTRY) return [BESIDE, ...NODE_ROOMS].includes(other) ? `${name} must not import ${other}` : null;
    return ROOMS.indexOf(other) <= ROOMS.indexOf(room) ? null : `${name} of ${room} imports ${other}, to its right`;
  }
  if (NODE_ROOMS.includes(room)) return null;
  if (target.startsWith('node:')) {
    // Files and threads, each behind a look at the runtime.
    if (room === 'engine' && /[\\/](platforms[\\/]node|worker)\.ts$/.test(file) && dynamic) return null;
    return isOnDisk(file) ? null : `${name} imports ${target}; it must run in browsers`;
  }
  if (target === LOADER && room === 'engine') return null;
  return `${name} imports ${target}; the library has no dependency at run time`;
}

describe('the rooms', () => {
  const imports = filesIn(src).flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));

  it('are read', () => {
    expect(imports.length).toBeGreaterThan(50);
    const seen = imports.map(({ file, target }) => `${roomOf(file)} ${target}`);
    expect(seen).toContain('losses ../tensor/index.js');
    expect(seen).toContain('engine node:fs/promises');
    expect(seen).toContain(`engine ${LOADER}`);
  });

  it('hold every file', () => {
    const strangers = filesIn(src).filter((file) => ![...ROOMS, ENTRY, ENTRIES].includes(roomOf(file)));
    expect(strangers.map((file) => relative(root, file))).toEqual([]);
  });

  it('import leftwards, third-party code and Node only where they may', () => {
    expect(imports.map(complaint).filter((text) => text !== null)).toEqual([]);
  });

  it('let checkpoints on disk use Node, and the command use them', () => {
    for (const [name, code] of [
      ['checkpoint/disk/x.ts', "import { open } from 'node:fs/promises';"],
      ['runs/node.ts', "export { RunFolder } from './disk/run.js';"],
      ['cli/x.ts', "import { RunFolder } from '../runs/node.js';"],
    ] as const) {
      expect(importsOf(join(src, name), code).map(complaint)).toEqual([null]);
    }
  });

  it.each([
    ['tensor/x.ts', "import { adnce } from '../losses/index.js';", 'imports losses, to its right'],
    ['errors.ts', "export * from './options.js';", 'imports options, to its right'],
    ['losses/x.ts', "import type {\n  A,\n  B,\n} from '../cli/main.js';", 'imports cli, to its right'],
    ['train/x.ts', "import '../checkpoint/index.js';", 'imports checkpoint, to its right'],
    ['data/x.ts', "const p = await import('../evaluate/index.js');", 'imports evaluate, to its right'],
    ['index.ts', "export { run } from './cli/main.js';", 'must not import cli'],
    ['index.ts', "export * from './interop/tfjs.js';", 'must not import interop'],
    ['interop/x.ts', "import { engine } from '../engine/index.js';", 'past the public API'],
    ['interop/x.ts', "import { words } from '../data/tokenize.js';", 'past the public API'],
    ['entries/x.ts', "export { run } from '../cli/main.js';", 'must not import cli'],
    ['interop/x.ts', "import * as tf from '@tensorflow/tfjs-core';", 'no dependency at run time'],
    ['nn/x.ts', "import pc from 'picocolors';", 'no dependency at run time'],
    ['tensor/x.ts', `import { instantiateSync } from '${LOADER}';`, 'no dependency at run time'],
    ['data/x.ts', "import { readFile } from 'node:fs/promises';", 'must run in browsers'],
    ['engine/instantiate.ts', "import { readFile } from 'node:fs/promises';", 'must run in browsers'],
    ['checkpoint/safetensors.ts', "import { open } from 'node:fs/promises';", 'must run in browsers'],
    ['checkpoint/index.ts', "export * from './node.js';", 'must run in browsers'],
    ['evaluate/x.ts', "import { readBytes } from '../checkpoint/disk/read.js';", 'must run in browsers'],
    ['index.ts', "export { RunFolder } from './checkpoint/node.js';", 'must run in browsers'],
    ['tensor/x.ts', "import { x } from './y';", 'lacks its ending'],
    ['tensor/x.ts', "import { x } from '../../test/y.js';", 'is in no room'],
  ])('would not let %s say %j', (name, code, message) => {
    const found = importsOf(join(src, name), code);
    expect(found).toHaveLength(1);
    expect(complaint(found[0] as Import)).toContain(message);
  });
});

describe('the core', () => {
  const declared = [
    ...readFileSync(join(src, 'engine', 'core.ts'), 'utf8')
      .split('export interface Core {')[1]!
      .matchAll(/^ {2}(\w+)[(:]/gm),
  ];
  const module = new WebAssembly.Module(readFileSync(coreUrl('simd')));
  // The compiler adds its own __new, __pin, …, which nobody calls.
  const exported = WebAssembly.Module.exports(module).filter(
    ({ kind, name }) => kind === 'function' && !name.startsWith('__'),
  );

  it('exports what the Core interface declares, and nothing else', () => {
    const names = exported.map(({ name }) => name).sort();
    expect(names.length).toBeGreaterThan(20);
    expect(declared.map((match) => match[1]).sort()).toEqual(names);
  });

  it('imports nothing but memory', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('imports no TypeScript, and no kernel allocates', () => {
    for (const file of filesIn(join(root, 'assembly'))) {
      const text = readFileSync(file, 'utf8');
      for (const { target } of importsOf(file, text)) {
        expect(target.startsWith('.'), `${relative(root, file)} imports ${target}`).toBe(true);
        expect(relative(root, join(dirname(file), target)).startsWith('assembly')).toBe(true);
      }
      expect(text, relative(root, file)).not.toMatch(/\bnew [A-Z]|heap\.alloc|memory\.grow|__new\b/);
    }
  });
});
