/**
 * Where the built files lie. The paths are the same from src/engine and from a built engine folder two below the package; rollup
 * rewrites them for bundles, where all lie beside the script. Each stands whole in its `new URL`, because that is the form
 * bundlers look for; none is made before it is asked for, because import.meta.url is not everywhere.
 */

/** Builds of the core: one source, compiled with and without threads and relaxed SIMD. */
export type Build = 'simd' | 'simd-threads' | 'simd-relaxed' | 'simd-threads-relaxed';

/** The .wasm file of a build. */
export function coreUrl(build: Build): URL {
  switch (build) {
    case 'simd':
      return new URL('../../dist/simd.wasm', import.meta.url);
    case 'simd-threads':
      return new URL('../../dist/simd-threads.wasm', import.meta.url);
    case 'simd-relaxed':
      return new URL('../../dist/simd-relaxed.wasm', import.meta.url);
    case 'simd-threads-relaxed':
      return new URL('../../dist/simd-threads-relaxed.wasm', import.meta.url);
  }
}

/** The same where a bundler has made a path of the server's out of that URL: beside the script as it was installed. */
export function installedCoreUrl(build: Build): URL {
  // By another name, or bundlers would look into it.
  const here = import.meta.url;
  return new URL(`../../dist/${build}.wasm`, here);
}

/** The script of the pool's threads. */
export function workerUrl(): URL {
  return new URL('../../dist/worker.js', import.meta.url);
}
