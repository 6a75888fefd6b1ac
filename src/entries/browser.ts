/** The package's main entry in pages, and wherever nothing else is known. */
import { usePlatform } from '../engine/platform.js';
import { browser } from '../engine/platforms/browser.js';

usePlatform(browser);

export * from '../index.js';
