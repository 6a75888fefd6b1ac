/** Bundles the worker as wrangler would: one script, and beside it the core and the weights, which the runtime imports as they are. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here('src/worker.js')],
  outdir: here('build'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:workers'],
  loader: { '.wasm': 'copy', '.safetensors': 'copy' },
  assetNames: '[name]',
  logLevel: 'warning',
});
