/** Firefox, driven by puppeteer-core over WebDriver BiDi. */
import puppeteer from 'puppeteer-core';
import { firstOf, openPage, SCENES } from './browser.mjs';

const find = () =>
  process.env.FIREFOX ??
  firstOf('/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox');

async function launch(url) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: find(),
    headless: true,
    protocolTimeout: 300_000,
  });
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
  return {
    version: (await browser.version()).replace(/^\D*/, ''),
    evaluate: (order) => page.evaluate((text) => globalThis.runOrder(text), order),
    close: () => browser.close(),
  };
}

export const firefox = {
  name: 'Firefox',
  hint: 'apt-get install firefox-esr, or FIREFOX=/path/to/firefox',
  scenes: SCENES,
  find,
  open: (scene) => openPage(scene, launch),
};
