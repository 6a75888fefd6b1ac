/** Where the core lies. The path is the same from src/engine and from the built dist/engine; rollup rewrites it for bundles. */
export const CORE_URL = new URL('../../dist/simd.wasm', import.meta.url);
