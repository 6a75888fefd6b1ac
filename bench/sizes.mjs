/** How much does a page load? Every core build and the library's JavaScript, as a server would send them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rollup } from 'rollup';
import { minify } from 'terser';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const compressed = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** @returns bytes: `cores` by name and `library`, gzipped; `raw` before that */
export async function measureSizes() {
  const builds = readdirSync(dist).filter((name) => /^simd(?!.*debug).*\.wasm$/.test(name));
  const bundle = await rollup({ input: `${dist}browser.js` });
  const { output } = await bundle.generate({ format: 'es' });
  const { code } = await minify(output[0].code, { module: true, ecma: 2020 });
  return {
    cores: Object.fromEntries(
      builds.map((name) => [name.replace('.wasm', ''), compressed(readFileSync(`${dist}${name}`))]),
    ),
    library: compressed(code),
    raw: {
      ...Object.fromEntries(builds.map((name) => [name, readFileSync(`${dist}${name}`).length])),
      library: Buffer.byteLength(code),
    },
  };
}
