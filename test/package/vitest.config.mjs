/** The package as others get it: packed, installed, bundled and run. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.test.mjs'],
    globalSetup: ['support/install.mjs'],
    reporters: ['verbose'],
    // Bundlers and a browser each want the machine for themselves.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
