/** Chromium, driven by playwright-core. */
import { chromium as playwright } from 'playwright-core';
import { QUIET_FLAGS } from '../../support/chromium.mjs';
import { firstOf, openPage, SCENES } from './browser.mjs';

const find = () =>
  process.env.CHROMIUM ??
  firstOf(
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  );

async function launch(url) {
  // Without a sandbox, because that needs rights a container often lacks; the pages are our own.
  const browser = await playwright.launch({ executablePath: find(), args: QUIET_FLAGS, chromiumSandbox: false });
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  return {
    version: browser.version(),
    /** Runs `work` and returns the trace's events beside its result. */
    async trace(work) {
      await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
      const result = await work();
      const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
      return { result, events };
    },
    evaluate: (order) => page.evaluate((text) => globalThis.runOrder(text), order),
    close: () => browser.close(),
  };
}

export const chromium = {
  name: 'Chromium',
  hint: 'apt-get install chromium, or CHROMIUM=/path/to/chrome',
  scenes: SCENES,
  find,
  open: (scene) => openPage(scene, launch),
};
