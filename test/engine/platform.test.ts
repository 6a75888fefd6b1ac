/** What a program runs on, and what is done without where there is only the plain core and one thread. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { coreUrl } from '../../src/engine/location.js';
import type { Platform } from '../../src/engine/platform.js';
import { fixedPlatform } from '../../src/engine/platforms/fixed.js';

const module = await WebAssembly.compile(await readFile(coreUrl('simd')));

/** A fresh copy of the engine's room on another platform. */
async function engineOn(platform: Platform) {
  vi.resetModules();
  const { usePlatform } = await import('../../src/engine/platform.js');
  usePlatform(platform);
  return (await import('../../src/engine/index.js')).Engine;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
  vi.doUnmock('../../src/engine/platforms/default.js');
});

describe('a runtime that gets its core with the script', () => {
  const fixed = fixedPlatform(async () => module, 'this runtime has no workers');

  it('runs on one thread, and says so', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const engine = await (await engineOn(fixed)).create();
    expect([engine.build, engine.threads]).toEqual(['simd', 1]);
    expect(engine.notice).toBe('adnce runs on one thread: this runtime has no workers');
    expect(warn).toHaveBeenCalledOnce();
  });

  it('has nothing to say when one thread is what was asked for', async () => {
    const engine = await (await engineOn(fixed)).create({ threads: 1 });
    expect(engine.notice).toBeNull();
  });

  it('runs without fused multiply-add, and says so', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const engine = await (await engineOn(fixed)).create({ threads: 1, fast: true });
    expect(engine.build).toBe('simd');
    expect(engine.notice).toMatch(/^adnce runs without fused multiply-add: only the plain build/);
  });
});

describe('a library of which no entry was imported', () => {
  it('is our own fault, and says so', async () => {
    vi.resetModules();
    vi.doMock('../../src/engine/platforms/default.js', () => ({ DEFAULT_PLATFORM: null }));
    const { Engine } = await import('../../src/engine/index.js');
    await expect(Engine.create()).rejects.toThrow(/^internal: no entry of the package was imported/);
  });
});

describe('a module of another realm', () => {
  it('runs, as in the edge runtime', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runInNewContext } = await import('node:vm');
    const bytes = await readFile(coreUrl('simd'));
    const foreign: WebAssembly.Module = runInNewContext('new WebAssembly.Module(bytes)', { bytes });
    expect(foreign instanceof WebAssembly.Module).toBe(false);
    const platform = fixedPlatform(async () => foreign, 'this runtime has no workers');
    expect((await (await engineOn(platform)).create()).core.heapBase()).toBeGreaterThan(0);
  });
});
