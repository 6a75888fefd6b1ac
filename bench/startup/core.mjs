/** The core alone, in a fresh process: compiled and instantiated. */
import { readFile } from 'node:fs/promises';

const bytes = await readFile(new URL('../../dist/simd-threads.wasm', import.meta.url));
const start = performance.now();
const module = await WebAssembly.compile(bytes);
const memory = new WebAssembly.Memory({ initial: 64, maximum: 32768, shared: true });
new WebAssembly.Instance(module, { env: { memory } });
console.log(JSON.stringify({ loss: null, inside: performance.now() - start }));
