/**
 * Makes the function that is deployed: api/index.js with the weights inside, and beside it the core, which it imports as
 * `./simd.wasm?module`. Vercel's builder knows that form, so it is left as it stands.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here('src/index.js')],
  outfile: here('api/index.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  conditions: ['edge-light', 'browser'],
  external: ['*.wasm?module'],
  loader: { '.safetensors': 'binary' },
  logLevel: 'warning',
});
await mkdir(here('api'), { recursive: true });
await copyFile(fileURLToPath(import.meta.resolve('adnce/simd.wasm')), here('api/simd.wasm'));
