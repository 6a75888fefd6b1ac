/**
 * Where the built files lie. The paths are the same from src/engine and from a built engine folder two below the package; rollup
 * rewrites them for bundles, where all lie beside the script.
 */

/** Builds of the core: one source, compiled with and without threads and relaxed SIMD. */
export const CORE_URLS = {
  simd: new URL('../../dist/simd.wasm', import.meta.url),
  'simd-threads': new URL('../../dist/simd-threads.wasm', import.meta.url),
  'simd-relaxed': new URL('../../dist/simd-relaxed.wasm', import.meta.url),
  'simd-threads-relaxed': new URL('../../dist/simd-threads-relaxed.wasm', import.meta.url),
} as const;

/** Name of a build of the core. */
export type Build = keyof typeof CORE_URLS;

/** The plain build: no threads, the same bits everywhere. */
export const CORE_URL = CORE_URLS.simd;

/** The script of the pool's threads. */
export const WORKER_URL = new URL('../../dist/worker.js', import.meta.url);
