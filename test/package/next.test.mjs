/** Next.js, by both of its bundlers: a route on Node, one on the edge runtime, and a page. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expected } from './support/expected.mjs';
import { buildNext, startNext } from './support/next.mjs';
import { foreign, openBrowser, resultOf } from './support/pages.mjs';

describe.each([
  ['Turbopack', [], ['node', 'edge']],
  // Next 16.4 builds no edge route by webpack, not even an empty one.
  ['webpack', ['--webpack'], ['node']],
])('Next.js with %s', (_name, flags, routes) => {
  let site;

  beforeAll(async () => {
    await buildNext(flags, routes);
    site = await startNext();
  });

  afterAll(() => site?.close());

  it.each(routes)('runs in a route of its %s runtime, with the bits of Node', async (route) => {
    const response = await fetch(`${site.origin}/${route}`);
    expect(response.status, site.log()).toBe(200);
    expect(await response.json()).toEqual({ ...(await expected()), build: 'simd', threads: 1, notice: null });
  });

  it('runs in a page, and asks for nothing but its own files', async () => {
    const browser = await openBrowser();
    try {
      const { result, requests } = await resultOf(browser, `${site.origin}/`);
      expect(result).toMatchObject({ ...(await expected()), build: 'simd', threads: 1 });
      expect(requests.filter((address) => address.endsWith('.wasm'))).toHaveLength(1);
      expect(foreign(requests, site.origin)).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
