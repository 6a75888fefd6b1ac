/** The bundlers, each set up as its own beginners' guide says: an entry or two, an output folder, and nothing for adnce. */
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { app, installed } from './places.mjs';

const ENTRIES = ['page', 'worker-page'];
/** A worker is an entry of its own for bundlers that do not look into `new Worker(…)`. */
const WITH_WORKER = [...ENTRIES, 'engine-worker'];

/** Those that leave `new URL(…, import.meta.url)` as it is want the files beside the script. */
async function copyCore(out) {
  const names = (await readdir(installed('dist'))).filter((name) => /^simd.*\.wasm$|^worker\.js$/.test(name));
  for (const name of names) await copyFile(installed('dist', name), `${out}/${name}`);
}

async function copyPages(out) {
  for (const name of ['index.html', 'worker.html']) await copyFile(app(name), `${out}/${name}`);
}

async function withVite(out) {
  await vite.build({
    root: app(),
    configFile: false,
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir: out, rollupOptions: { input: ['index', 'worker'].map((name) => app(`${name}.html`)) } },
  });
}

async function withWebpack(out) {
  const entry = Object.fromEntries(ENTRIES.map((name) => [name, app(`${name}.js`)]));
  const stats = await new Promise((resolve, reject) =>
    webpack({ mode: 'production', context: app(), entry, output: { path: out } }, (error, result) =>
      error ? reject(error) : resolve(result),
    ),
  );
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true, all: false });
  // That a .wasm file is larger than webpack likes a page's files to be is not what is asked here.
  const said = [...errors, ...warnings].filter(({ message }) => !/size limit|performance/i.test(message));
  if (said.length > 0) throw new Error(said.map(({ message }) => message).join('\n'));
  await copyPages(out);
}

async function withRollup(out) {
  const bundle = await rollup({
    input: WITH_WORKER.map((name) => app(`${name}.js`)),
    plugins: [nodeResolve({ browser: true })],
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  await bundle.write({ dir: out, format: 'es' });
  await Promise.all([copyCore(out), copyPages(out)]);
}

async function withEsbuild(out) {
  const { warnings } = await esbuild.build({
    entryPoints: WITH_WORKER.map((name) => app(`${name}.js`)),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    outdir: out,
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  await Promise.all([copyCore(out), copyPages(out)]);
}

const BUNDLERS = { vite: withVite, webpack: withWebpack, rollup: withRollup, esbuild: withEsbuild };

export const BUNDLER_NAMES = Object.keys(BUNDLERS);

/** Bundles the fixtures' pages. @returns the folder to serve */
export async function bundle(name) {
  const out = app('out', name);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await BUNDLERS[name](out);
  return out;
}
