/** Vite, webpack, Rollup and esbuild: their bundles run in Chromium under a strict policy and ask for nothing but their own files. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLER_NAMES, bundle } from './support/bundlers.mjs';
import { expected } from './support/expected.mjs';
import { foreign, openBrowser, resultOf, STRICT, serve } from './support/pages.mjs';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

let browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser?.close());

describe.each(BUNDLER_NAMES)('%s', (name) => {
  let folder;
  let server;

  beforeAll(async () => {
    folder = await bundle(name);
    server = await serve(folder, { headers: { 'content-security-policy': STRICT, ...ISOLATED } });
  });

  afterAll(() => server?.close());

  it('bundles a page that runs under a strict policy, with the bits of Node and no foreign request', async () => {
    const plain = await serve(folder, { headers: { 'content-security-policy': STRICT } });
    try {
      const { result, requests } = await resultOf(browser, `${plain.origin}/`);
      expect(result).toEqual({ ...(await expected()), build: 'simd', threads: 1, notice: expect.any(String) });
      expect(result.notice).toMatch(/^adnce runs on one thread: this /);
      expect(requests.filter((address) => address.endsWith('.wasm'))).toHaveLength(1);
      expect(foreign(requests, plain.origin)).toEqual([]);
    } finally {
      await plain.close();
    }
  });

  it('bundles a worker that runs on two threads, with the same bits', async () => {
    const { result, requests } = await resultOf(browser, `${server.origin}/worker.html`);
    expect(result).toEqual({ ...(await expected()), build: 'simd-threads', threads: 2, notice: null });
    expect(foreign(requests, server.origin)).toEqual([]);
  });
});
