/**
 * The name of a core: a digest of all it is compiled from. The build writes it into each .wasm file, as a custom section, and
 * into each script, which refuses a core of another name: an old file in a cache beside a new script, or the other way round.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SECTION = 'adnce';

/** @returns {string} 16 hexadecimal digits */
export function coreId() {
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
  const digest = createHash('sha256').update(version);
  const sources = readdirSync(join(root, 'assembly'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `assembly/${name.replaceAll('\\', '/')}`)
    .sort();
  for (const name of [...sources, 'asconfig.json']) digest.update(`\0${name}\0`).update(readFileSync(join(root, name)));
  return digest.digest('hex').slice(0, 16);
}

/** A custom section: id 0, its length, the length of its name, the name, the content; all lengths are below 128. */
function section(content) {
  const name = Buffer.from(SECTION);
  const body = Buffer.from(content);
  return Buffer.concat([Buffer.from([0, 1 + name.length + body.length, name.length]), name, body]);
}

/** Writes the name to the end of a .wasm file, once. */
export function nameCore(file) {
  const bytes = readFileSync(file);
  const named = section(coreId());
  if (!bytes.subarray(-named.length).equals(named)) writeFileSync(file, Buffer.concat([bytes, named]));
}
