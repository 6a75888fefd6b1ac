/**
 * The built function in edge-runtime on this machine. Vercel's builder turns `import core from './simd.wasm?module'` into a compiled module
 * that the platform hands to the function; here the host compiles it and hands it over as a global.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EdgeRuntime } from 'edge-runtime';
import { build } from 'esbuild';

const built = (name) => new URL(`api/${name}`, import.meta.url);

const handedOver = {
  name: 'handed-over',
  setup(bundler) {
    bundler.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'core' }));
    bundler.onLoad({ filter: /./, namespace: 'core' }, () => ({ contents: 'export default globalThis.core;' }));
  },
};

/** The function as a script, which is what edge-runtime evaluates; Vercel takes the module itself. */
async function scriptOf(module) {
  const contents = `import handler from ${JSON.stringify(module)};
    addEventListener('fetch', (event) => event.respondWith(handler(event.request)));`;
  const stdin = { contents, resolveDir: '.' };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    plugins: [handedOver],
  });
  return outputFiles[0].text;
}

/** What a runtime starts from: the script and the core's bytes. */
export async function prepareFunction() {
  return { script: await scriptOf(fileURLToPath(built('index.js'))), bytes: await readFile(built('simd.wasm')) };
}

/** @returns an edge-runtime, whose `dispatchFetch(url, init)` calls the function */
export function openFunction({ script, bytes }) {
  const core = new WebAssembly.Module(bytes);
  return new EdgeRuntime({ initialCode: script, extend: (context) => Object.assign(context, { core }) });
}
