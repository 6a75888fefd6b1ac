/** workerd, as wrangler sets it up: esbuild with its conditions, .wasm files left for the runtime. */
import { copyFile, mkdir } from 'node:fs/promises';
import * as esbuild from 'esbuild';
import { Miniflare } from 'miniflare';
import { app, installed } from './places.mjs';

export async function startWorkerd() {
  const out = app('out', 'workerd');
  await mkdir(out, { recursive: true });
  await esbuild.build({
    entryPoints: [app('workerd.js')],
    bundle: true,
    format: 'esm',
    outdir: out,
    conditions: ['workerd', 'worker', 'browser'],
    external: ['*.wasm'],
  });
  await copyFile(installed('dist', 'simd.wasm'), `${out}/simd.wasm`);
  const miniflare = new Miniflare({
    rootPath: out,
    scriptPath: 'workerd.js',
    modules: true,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    compatibilityDate: '2026-01-01',
  });
  await miniflare.ready;
  return {
    json: async (path) => (await miniflare.dispatchFetch(`http://localhost${path}`)).json(),
    close: () => miniflare.dispose(),
  };
}
