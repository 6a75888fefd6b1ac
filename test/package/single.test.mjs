/** The single file, as a CDN serves it to a page that has nothing of ours on its own server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, resultOf, serve } from './support/pages.mjs';
import { installed } from './support/places.mjs';

/** Without `import()` or a bundler: what people paste. */
const page = (cdn) => `<!doctype html>
<title>adnce</title>
<link rel="icon" href="${cdn}/none.ico">
<script type="module">
  import { init, losses, nn, tensor, train, data } from '${cdn}/adnce.min.js';
  const engine = await init();
  const layer = new nn.Linear(2, 2, { seed: 0 });
  const loss = engine.step(() => {
    const view = tensor([1, 0, 0, 1], [2, 2]);
    losses.infoNCE(layer.forward(view), view, { temperature: 1 }).backward();
    return losses.infoNCE(view, view, { temperature: 1 }).item();
  });
  const { build, threads, notice } = engine;
  const rooms = [typeof train.Trainer, typeof data.TextFeatures];
  console.log('result ' + JSON.stringify({ loss, build, threads, notice, rooms }));
</script>`;

let browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser?.close());

describe('a page with a module from a CDN', () => {
  it('trains, loads one file, and may connect to nothing', async () => {
    const cdn = await serve(installed('dist'), { headers: { 'access-control-allow-origin': '*' } });
    const policy = `default-src 'none'; script-src ${cdn.origin} 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'none'`;
    const site = await serve('/nowhere', {
      headers: { 'content-security-policy': policy },
      change: () => ({ body: page(cdn.origin) }),
    });
    try {
      const { result, requests } = await resultOf(browser, `${site.origin}/`);
      expect(result).toMatchObject({ build: 'simd', threads: 1, rooms: ['function', 'function'] });
      // Two pairs with cosines 1 and 0: log(1 + 1/e).
      expect(result.loss).toBeCloseTo(Math.log1p(Math.exp(-1)), 6);
      expect(result.notice).toMatch(/^adnce runs on one thread: the single file has no threads/);
      const scripts = requests.filter((address) => !address.endsWith('.ico'));
      expect(scripts).toEqual([`${site.origin}/`, `${cdn.origin}/adnce.min.js`]);
    } finally {
      await Promise.all([cdn.close(), site.close()]);
    }
  });
});
