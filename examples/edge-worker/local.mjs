/** The built worker in workerd on this machine, by miniflare; no account is needed. wrangler.toml says the same for deployment. */
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

/**
 * @param state folder that keeps the object's storage; without one it is kept in memory
 * @param port 0: any
 */
export async function openWorker({ state, port = 0 } = {}) {
  const worker = new Miniflare({
    rootPath: fileURLToPath(new URL('build', import.meta.url)),
    scriptPath: 'worker.js',
    modules: true,
    modulesRules: [
      { type: 'CompiledWasm', include: ['**/*.wasm'] },
      { type: 'Data', include: ['**/*.safetensors'] },
    ],
    compatibilityDate: '2026-01-01',
    durableObjects: { ADAPTER: { className: 'Adapter', useSQLite: true } },
    cf: false,
    port,
    ...(state === undefined ? {} : { durableObjectsPersist: state }),
  });
  return { url: await worker.ready, close: () => worker.dispose() };
}
