/**
 * What the suite runs on: the packed tarball, unpacked where an install would put it, and the golden vectors with what compares them,
 * bundled on the public API.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { unpack } from '../../scripts/unpack.mjs';

/** Folder of the package, and of what is here. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const HERE = fileURLToPath(new URL('./', import.meta.url));
/** Where bundles go. */
export const BUILD = join(HERE, 'build');
/** The package as a user has it. */
export const PACKAGE = join(HERE, 'node_modules', 'adnce');

/** Rooms whose names are the main entry's own, and those that it groups; all others are entries of their own. */
const FLAT = ['engine', 'errors', 'tensor'];
const GROUPED = ['losses'];

/** Turns imports of rooms into imports of the package: `../../losses/index.js` is its `losses`, `../../dro/index.js` is adnce/dro. */
const onPublicApi = {
  name: 'on-public-api',
  resolveId(source) {
    const room = /^\.\.\/\.\.\/(\w+)(\/index)?\.js$/.exec(source)?.[1];
    if (room === undefined) return null;
    if (GROUPED.includes(room)) return `\0room:${room}`;
    return { id: FLAT.includes(room) ? 'adnce' : `adnce/${room}`, external: true };
  },
  load(id) {
    const room = /^\0room:(\w+)$/.exec(id)?.[1];
    if (room === undefined) return null;
    return {
      code: `import { ${room} } from 'adnce';\nexport { ${room} as __names };`,
      syntheticNamedExports: '__names',
    };
  },
};

/** A module that holds the golden cases and runs them. */
const goldenEntry = {
  name: 'golden-entry',
  resolveId: (source) => (source === 'golden' ? '\0golden' : null),
  load(id) {
    if (id !== '\0golden') return null;
    const { cases } = JSON.parse(readFileSync(join(ROOT, 'test', 'golden', 'vectors.json'), 'utf8'));
    const runner = JSON.stringify(join(ROOT, 'build', 'ts', 'cli', 'golden', 'index.js'));
    return `export { runGolden } from ${runner};\nexport const cases = JSON.parse(${JSON.stringify(JSON.stringify(cases))});`;
  },
};

/** Blocks of docs/browser.md that name a file, as these files. */
function writeDocs() {
  const page = readFileSync(join(ROOT, 'docs', 'browser.md'), 'utf8');
  mkdirSync(join(BUILD, 'docs'), { recursive: true });
  for (const [, name, code] of page.matchAll(/^```js skip="test:runtimes runs it as (\S+)"\n([\s\S]*?)^```$/gm)) {
    writeFileSync(join(BUILD, 'docs', name), code);
  }
}

/** Makes all of it anew. The library must be built. */
export async function prepare() {
  unpack(HERE);
  writeDocs();
  const bundle = await rollup({ input: 'golden', external: /^adnce/, plugins: [goldenEntry, onPublicApi] });
  await bundle.write({ file: join(BUILD, 'golden.mjs'), format: 'es' });
}
