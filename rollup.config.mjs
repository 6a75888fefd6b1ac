/**
 * Bundles: the library and what stands beside it for every runtime; the command and the benchmark, with the program its peers run
 * in, for Node.
 */
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { minifySync } from 'rolldown/utils';
import { coreId } from './scripts/core-id.mjs';

/** The entries of the library say what they run on; only what is made for Node has it as a default. */
const platformOfEntry = {
  name: 'platform-of-entry',
  load(id) {
    return id.endsWith('/platforms/default.js') ? 'export const DEFAULT_PLATFORM = null;' : null;
  },
};

/** The core that the scripts are built with, by its name. */
const nameOfCore = {
  name: 'name-of-core',
  transform(code, id) {
    if (!id.endsWith('/engine/core-id.js')) return null;
    return { code: code.replace('CORE_ID = null', `CORE_ID = '${coreId()}'`), map: null };
  },
};

/** The core inside the script: deflated, in base64. */
const inlinedCore = {
  name: 'inlined-core',
  resolveId: (source) => (source.endsWith('.wasm?deflated') ? source : null),
  load(id) {
    if (!id.endsWith('.wasm?deflated')) return null;
    const bytes = readFileSync(`dist/${id.replace('?deflated', '')}`);
    return `export default '${deflateRawSync(bytes, { level: 9 }).toString('base64')}';`;
  },
};

const minified = {
  name: 'minified',
  renderChunk: (code, { fileName }) => minifySync(fileName, code, { module: true }).code,
};

/** A .wasm file that is imported is left to the runtime's own tools. */
const importedCore = {
  name: 'imported-core',
  resolveId(source) {
    return /\.wasm(\?module)?$/.test(source) ? { id: source, external: true } : null;
  },
};

/** What several rooms need, and pages whose engine is in a worker too. */
const COMMON = /^(errors|options|version)\.js|^data\/hash\.js|^engine\/(lifeline|host)\.js/;
/** Left to itself: where the files lie. Tools for the edge compile every core that is named beside what they load. */
const APART = /^engine\/(platforms\/|location\.js)/;

/**
 * A chunk for each room, so that whoever leaves a room out leaves out its file, and no more of them than that, because each takes
 * time to load; a page whose engine is in a worker needs no engine.
 */
function roomOf(id) {
  const [, path] = /\/build\/ts\/(.*)/.exec(id) ?? [null, 'engine/'];
  const room = path.split(/[./]/, 1)[0];
  if (['interop', 'entries', 'index', 'page'].includes(room) || APART.test(path)) return null;
  if (COMMON.test(path)) return 'common';
  // No room takes the engine without tensors.
  return room === 'tensor' ? 'engine' : room;
}

/** In a bundle the core, the threads' script and the program of the benchmark's peers lie beside it. */
const placesOfBundle = {
  name: 'places-of-bundle',
  transform(code, id) {
    return id.endsWith('/location.js') ? code.replace(/(['`])(\.\.\/)+dist\//g, '$1./') : null;
  },
};

/** Old pieces, whose names may not come again, go first. */
const afresh = {
  name: 'afresh',
  buildStart() {
    for (const name of readdirSync('dist').filter((file) => /\.js(\.map)?$/.test(file))) rmSync(`dist/${name}`);
  },
};

const executable = {
  name: 'executable',
  writeBundle({ dir }) {
    chmodSync(`${dir}/cli.js`, 0o755);
  },
};

/** The loader is part of the library; what the command uses of others stays outside. */
const external = (id) => !/^[./]|^@assemblyscript\/loader/.test(id);

/** Rooms that the main entry hands on whole. As files of their own they are namespaces that bundlers see into. */
const MAIN_ROOMS = ['losses', 'nn', 'optim', 'checkpoint'];
/** Rooms that are entries of the package. */
const OWN_ROOMS = ['data', 'dro', 'evaluate', 'mi', 'page', 'runs', 'train'];

const namespaces = {
  name: 'namespaces',
  resolveId(source, importer) {
    const room = importer?.endsWith('/build/ts/index.js') && /^\.\/([a-z]+)\/index\.js$/.exec(source)?.[1];
    return MAIN_ROOMS.includes(room) ? { id: `./${room}.js`, external: true } : null;
  },
};

/** Entries beside the library share its engine and its classes, so they take them from the package, not into themselves. */
const besideLibrary = {
  name: 'beside-library',
  resolveId(source) {
    const [, room] = /^\.\.[./]*\/([a-z]+)\/index\.js$/.exec(source) ?? [];
    if (OWN_ROOMS.includes(room)) return { id: `adnce/${room}`, external: true };
    return /^(\.\.[./]*\/index|\.[./]*\/errors)\.js$/.test(source) ? { id: 'adnce', external: true } : null;
  },
};

export default [
  {
    input: 'build/ts/engine/worker.js',
    external,
    plugins: [afresh],
    output: { file: 'dist/worker.js', format: 'es' },
  },
  {
    input: {
      index: 'build/ts/entries/node.js',
      browser: 'build/ts/entries/browser.js',
      workerd: 'build/ts/entries/workerd.js',
      'edge-light': 'build/ts/entries/edge-light.js',
      ...Object.fromEntries([...MAIN_ROOMS, ...OWN_ROOMS].map((room) => [room, `build/ts/${room}/index.js`])),
    },
    external,
    plugins: [namespaces, nameOfCore, platformOfEntry, importedCore, placesOfBundle, nodeResolve()],
    output: {
      dir: 'dist',
      format: 'es',
      sourcemap: true,
      chunkFileNames: 'library-[name].js',
      manualChunks: roomOf,
      hoistTransitiveImports: false,
    },
  },
  {
    input: 'build/ts/entries/single.js',
    plugins: [nameOfCore, platformOfEntry, inlinedCore, nodeResolve(), minified],
    output: { file: 'dist/adnce.min.js', format: 'es', inlineDynamicImports: true },
  },
  {
    input: {
      onnx: 'build/ts/interop/onnx/index.js',
      tfjs: 'build/ts/interop/tfjs.js',
      transformers: 'build/ts/interop/transformers.js',
    },
    plugins: [besideLibrary],
    output: { dir: 'dist', format: 'es', sourcemap: true },
  },
  {
    input: { storage: 'build/ts/runs/disk/open.js' },
    external,
    plugins: [besideLibrary],
    output: { dir: 'dist', format: 'es', sourcemap: true },
  },
  {
    input: { 'storage-browser': 'build/ts/runs/browser/open.js' },
    plugins: [besideLibrary],
    output: { dir: 'dist', format: 'es', sourcemap: true },
  },
  {
    // In pieces beside each other: a command loads no more than it needs.
    input: {
      cli: 'build/ts/cli/main.js',
      bench: 'build/ts/cli/bench/index.js',
      'bench-worker': 'build/ts/cli/bench/worker.js',
    },
    external,
    plugins: [nameOfCore, placesOfBundle, nodeResolve(), executable],
    output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: 'cli-[name].js' },
  },
];
