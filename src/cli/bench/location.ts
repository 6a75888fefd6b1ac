/** The program that peers run in. The path is right from the sources; rollup rewrites it for bundles, as the core's. */
export const WORKER_URL = new URL('../../../dist/bench-worker.js', import.meta.url);
