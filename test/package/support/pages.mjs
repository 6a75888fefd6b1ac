/** Servers for pages, and Chromium to open them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { QUIET_FLAGS } from '../../support/chromium.mjs';

/** Nothing but the page's own files, and WebAssembly. */
export const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Where Chromium is: Debian's place unless said otherwise. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', ...QUIET_FLAGS];

export function openBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/**
 * Serves a folder on a port of its own.
 * @param {string} folder
 * @param {{headers?: object, change?: (path: string) => {status?: number, type?: string, body?: Buffer|string} | undefined}} options
 *   headers of every answer, and what is answered in place of a file
 */
export async function serve(folder, { headers = {}, change = () => undefined } = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const { status = 200, type = TYPES[extname(path)] ?? 'text/html; charset=utf-8', body } = change(path) ?? {};
    try {
      const content = body ?? (await readFile(join(folder, path === '/' ? 'index.html' : path)));
      response.writeHead(status, { ...headers, ...(type === '' ? {} : { 'content-type': type }) }).end(content);
    } catch {
      response.writeHead(404, headers).end('not here');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/**
 * Opens a page and waits for the line `result {…}` on its console.
 * @returns the result, every address that was asked for, and what was warned of
 */
export async function resultOf(browser, url) {
  const page = await browser.newPage();
  const requests = [];
  const warnings = [];
  try {
    return await new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`no result from ${url}; it said: ${warnings.join('\n')}`)),
        30_000,
      );
      page.on('request', (request) => requests.push(request.url()));
      // Its stack names places of the page, which are none of this program's.
      page.on('pageerror', ({ message }) => reject(new Error(`${url}: ${message}`)));
      page.on('console', (message) => {
        const text = message.text();
        if (!text.startsWith('result ')) return void warnings.push(text);
        clearTimeout(late);
        resolve({ result: JSON.parse(text.slice(7)), requests, warnings });
      });
      page.goto(url).catch(reject);
    });
  } finally {
    await page.close();
  }
}

/** Same-origin requests and blobs and data of the page's own are no network. */
export function foreign(requests, origin) {
  return requests.filter((address) => !address.startsWith(`${origin}/`));
}
