/**
 * Serves what is here to browsers, as a development server would: the package's name in an import becomes the address that its
 * `exports` give a browser. With or without the two headers that isolate a page from other origins.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { HERE, PACKAGE } from '../prepare.mjs';
import { FAULTS } from './faults.mjs';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const CONDITIONS = ['browser', 'import', 'default'];

/** The file that a map of conditions names for a browser. */
function resolveConditions(target) {
  if (target === undefined || typeof target === 'string') return target;
  const key = Object.keys(target).find((condition) => CONDITIONS.includes(condition));
  return key === undefined ? undefined : resolveConditions(target[key]);
}

/** Imports of the package, its entries included, as addresses of this server. */
export async function resolveImports(code) {
  const { exports } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  return code.replace(
    /(\bfrom\s*|\bimport\s*\(?\s*)(['"])adnce(\/[\w./-]+)?\2/g,
    (whole, before, quote, entry = '') => {
      const file = resolveConditions(exports[`.${entry}`]);
      return file === undefined ? whole : `${before}${quote}${join('/node_modules/adnce', file)}${quote}`;
    },
  );
}

/**
 * @param fault the name of one of faults.mjs, whose script is served in place of the pool's
 * @returns `{ origin, close() }`
 */
export async function serve({ isolated, fault }) {
  const server = createServer(async ({ url }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, 'http://x').pathname));
    const type = TYPES[extname(path)];
    try {
      if (type === undefined) throw new Error('of no known type');
      const bytes = await readFile(join(HERE, path));
      const code = fault !== undefined && path.endsWith('/dist/worker.js') ? FAULTS[fault].script : bytes.toString();
      const body = type === 'text/javascript' ? await resolveImports(code) : bytes;
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...(isolated ? ISOLATION : {}) });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
