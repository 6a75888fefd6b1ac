/**
 * Runtimes of the edge, which compile nothing from bytes: workerd in miniflare, and Vercel's edge-runtime. A task is bundled with the
 * package under the runtime's own condition; the core is a module that its tools hand over.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { EdgeRuntime } from 'edge-runtime';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { rollup } from 'rollup';
import { HERE, PACKAGE } from '../prepare.mjs';

const WASM = './simd.wasm';
const ORIGIN = 'http://adnce.test/';
const ENTRY = join(HERE, 'entries', 'fetch.mjs');
const versionOf = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;
const coreBytes = () => readFileSync(join(PACKAGE, 'dist', 'simd.wasm'));

/** @param last the line that hands `answer` to the runtime */
async function bundle(task, condition, last, output) {
  const plugin = {
    name: 'task-and-core',
    resolveId(source) {
      if (source === 'entry') return '\0entry';
      if (source === 'task') return join(HERE, 'tasks', `${task}.mjs`);
      return /\.wasm(\?module)?$/.test(source) ? { id: WASM, external: true } : null;
    },
    load: (id) => (id === '\0entry' ? `import { answer } from ${JSON.stringify(ENTRY)};\n${last}` : null),
  };
  const conditions = nodeResolve({ exportConditions: [condition, 'import', 'default'], rootDir: HERE });
  const made = await rollup({ input: 'entry', plugins: [plugin, conditions] });
  const { output: files } = await made.generate({ inlineDynamicImports: true, ...output });
  return files[0].code;
}

async function ask(response) {
  const { answer, failed } = await response.json();
  if (failed !== undefined) throw new Error(failed);
  return answer;
}

/** One worker for each task that is run. */
function runner(start) {
  const started = new Map();
  return {
    async run(task, input) {
      if (!started.has(task)) started.set(task, await start(task));
      const request = { method: 'POST', body: JSON.stringify(input) };
      return ask(await started.get(task).dispatchFetch(ORIGIN, request));
    },
    close: () => Promise.all([...started.values()].map((one) => one.dispose?.())),
  };
}

async function startWorkerd(task) {
  const code = await bundle(task, 'workerd', 'export default { fetch: answer };', { format: 'es' });
  return new Miniflare({
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: code },
      { type: 'CompiledWasm', path: WASM.slice(2), contents: coreBytes() },
    ],
    log: new Log(LogLevel.NONE),
  });
}

async function startEdgeRuntime(task) {
  const last = "addEventListener('fetch', (event) => event.respondWith(answer(event.request)));";
  const code = await bundle(task, 'edge-light', last, { format: 'iife', globals: { [WASM]: 'simdModule' } });
  const simdModule = new WebAssembly.Module(coreBytes());
  return new EdgeRuntime({ initialCode: code, extend: (context) => Object.assign(context, { simdModule }) });
}

const runtime = (name, version, start) => ({
  name,
  hint: 'npm installs it',
  scenes: [{ name: 'fetch handler', threads: [undefined], notice: /this runtime has no workers/ }],
  find: () => name,
  open: async () => ({ version: versionOf(version), ...runner(start) }),
});

export const workerd = runtime('workerd', 'workerd', startWorkerd);
export const edgeRuntime = runtime('edge-runtime', 'edge-runtime', startEdgeRuntime);
