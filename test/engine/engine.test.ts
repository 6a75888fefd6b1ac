/** Starting the engine, its step, and views that follow a memory that grows. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Engine, type EngineOptions, engine, hasSimd, init } from '../../src/engine/index.js';
import { coreUrl } from '../../src/engine/location.js';
import { AdnceError } from '../../src/errors.js';

const CORE_URL = coreUrl('simd');

/** The error of a call, to look at. */
async function errorOf(work: () => unknown): Promise<AdnceError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(AdnceError);
    return error as AdnceError;
  }
  throw new Error('nothing was thrown');
}

describe('init', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('comes before anything else: E_INIT', async () => {
    // A fresh copy of the room, in which nobody called init().
    vi.resetModules();
    const fresh = await import('../../src/engine/index.js');
    const { tensor } = await import('../../src/tensor/index.js');
    for (const call of [() => fresh.engine(), () => tensor([1, 2])]) {
      expect(call).toThrow(/^E_INIT engine: the engine has not been started\. Hint: call `await init\(\)`/);
    }
    const first = await fresh.init();
    expect(await fresh.init()).toBe(first);
    expect(fresh.engine()).toBe(first);
  });

  it('with options starts another engine', async () => {
    const first = await init({});
    const second = await init({ maximumMemory: 2 ** 22 });
    expect(second).not.toBe(first);
    expect(engine()).toBe(second);
    expect((await init({ threads: 1 })).build).toBe('simd');
  });

  it('takes the core as a module, as bytes, as a URL and as a path', async () => {
    const bytes = await readFile(CORE_URL);
    const sources = [await WebAssembly.compile(bytes), bytes, new Uint8Array(bytes).buffer, CORE_URL, CORE_URL.href];
    for (const core of sources) {
      const { heapBase } = (await Engine.create({ core })).core;
      expect(heapBase()).toBeGreaterThan(0);
    }
  });

  it('takes the core over http', async () => {
    const bytes = await readFile(CORE_URL);
    const headers = { 'content-type': 'application/wasm' };
    const serve = vi.fn(async () => new Response(bytes, { headers }));
    vi.stubGlobal('fetch', serve);
    expect(await Engine.create({ core: 'https://example.com/simd.wasm' })).toBeInstanceOf(Engine);
    expect(serve).toHaveBeenCalledOnce();
    vi.stubGlobal('fetch', async () => new Response('no', { status: 404 }));
    const error = await errorOf(() => Engine.create({ core: 'https://example.com/simd.wasm' }));
    expect(error.message).toMatch(
      /^E_IO init: the core at https:\/\/example\.com\/simd\.wasm could not be read: status 404/,
    );
  });

  it('says E_FORMAT when the core is damaged, cut short, empty or something else', async () => {
    const bytes = await readFile(CORE_URL);
    const damaged = Uint8Array.from(bytes, (byte, i) => (i > 100 && i < 200 ? byte ^ 0xff : byte));
    const page = new TextEncoder().encode('<!doctype html><title>404</title>');
    for (const core of [damaged, bytes.subarray(0, bytes.length / 2), new Uint8Array(0), page]) {
      const error = await errorOf(() => Engine.create({ core }));
      expect(error.code).toBe('E_FORMAT');
      expect(error.cause).toBeInstanceOf(WebAssembly.CompileError);
    }
  });

  it('says E_FORMAT when the module is another one', async () => {
    const magic = [0, 97, 115, 109, 1, 0, 0, 0];
    const empty = await errorOf(() => Engine.create({ core: new Uint8Array(magic) }));
    expect(empty.message).toMatch(/^E_FORMAT init: the core lacks the functions it should export\. Hint: /);
    // One that imports x.f, a function.
    const types = [1, 4, 1, 0x60, 0, 0];
    const imports = [2, 7, 1, 1, 120, 1, 102, 0, 0];
    const needy = await errorOf(() => Engine.create({ core: new Uint8Array([...magic, ...types, ...imports]) }));
    expect(needy.message).toMatch(/^E_FORMAT init: the core could not be started: /);
  });

  it('says E_FORMAT when a damaged core lies in a file, and E_IO when there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'adnce-engine-'));
    try {
      await writeFile(join(folder, 'core.wasm'), 'not wasm');
      const url = (name: string) => pathToFileURL(join(folder, name));
      expect((await errorOf(() => Engine.create({ core: url('core.wasm') }))).code).toBe('E_FORMAT');
      const missing = await errorOf(() => Engine.create({ core: url('none.wasm') }));
      expect(missing.code).toBe('E_IO');
      expect(missing.message).toContain('none.wasm');
      expect(missing.hint).toContain('init({ core })');
      expect((await errorOf(() => Engine.create({ core: 'http://' }))).code).toBe('E_IO');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says E_RUNTIME where there is no SIMD', async () => {
    expect(hasSimd()).toBe(true);
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(hasSimd()).toBe(false);
    const error = await errorOf(() => Engine.create());
    expect(error.message).toMatch(/^E_RUNTIME init: this runtime has no WebAssembly SIMD\. Hint: Node 16\.4/);
  });

  it('leaves the engine in use as it was when it fails', async () => {
    const before = await init({});
    await errorOf(() => init({ core: new Uint8Array(3) }));
    expect(engine()).toBe(before);
  });

  it.each([
    [{ maximumMemory: 100 }, '"maximumMemory" must be an integer >= 1048576 and <= 4294901760, got 100'],
    [{ maximumMemory: 2 ** 32 }, 'got 4294967296'],
    [{ maximumMemory: 2.5e6 + 0.5 }, 'must be an integer'],
    [{ maximumMemory: '2GB' }, 'got "2GB"'],
    [{ scoreBudget: -1 }, '"scoreBudget" must be an integer >= 0, got -1'],
    [{ exactBudget: 0.5 }, '"exactBudget" must be an integer >= 0, got 0.5'],
    [{ maximumMemori: 2 ** 22 }, 'unknown option "maximumMemori". Hint: did you mean "maximumMemory"'],
  ])('refuses the options %j', async (options, message) => {
    const error = await errorOf(() => init(options as EngineOptions));
    expect(error.code).toBe('E_OPTION');
    expect(error.message).toContain(message);
  });
});

describe('a runtime at the edge', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('may hand over a module of another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const { Module } = runInNewContext('WebAssembly') as typeof WebAssembly;
    const { coreUrl } = await import('../../src/engine/location.js');
    const core = new Module(await readFile(coreUrl('simd')));
    expect(core instanceof WebAssembly.Module).toBe(false);
    expect((await Engine.create({ core, threads: 1 })).build).toBe('simd');
  });

  it('may have no registry of what is forgotten', async () => {
    vi.resetModules();
    vi.stubGlobal('FinalizationRegistry', undefined);
    const { Engine: Fresh } = await import('../../src/engine/index.js');
    const owner = await Fresh.create({ threads: 2 });
    expect(owner.threads).toBe(2);
    await owner.close();
  });

  it('that gives no memory at all: E_MEMORY', async () => {
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
      throw new RangeError('could not allocate memory');
    } as never);
    const error = await errorOf(() => Engine.create({ threads: 1, maximumMemory: 2 ** 28 }));
    expect(error.message).toBe(
      'E_MEMORY init: the runtime refuses a memory of at most 256 MiB (could not allocate memory). Hint: lower init({ maximumMemory }).',
    );
    memory.mockRestore();
  });
});

describe('step', () => {
  it('returns what its work returns, and gives its memory back', async () => {
    const owner = await Engine.create();
    const used = owner.arena.usedBytes;
    expect(owner.step(() => owner.stackF32(1000, 'test'))).toBeGreaterThan(used - 1);
    expect(owner.arena.usedBytes).toBe(used);
  });

  it('leaves the engine usable when its work throws', async () => {
    const owner = await Engine.create();
    const used = owner.arena.usedBytes;
    const failing = () =>
      owner.step(() => {
        owner.stackF32(1000, 'test');
        throw new TypeError('mine');
      });
    for (let i = 0; i < 3; i++) expect(failing).toThrow(new TypeError('mine'));
    expect(owner.arena.usedBytes).toBe(used);
    expect(owner.arena.inStep).toBe(false);
    expect(owner.step(() => 1)).toBe(1);
  });

  it('does not nest; the outer step goes on', async () => {
    const owner = await Engine.create();
    owner.step(() => {
      const before = owner.arena.usedBytes;
      expect(() => owner.step(() => 1)).toThrow(/^E_STATE engine\.step: a step is already running/);
      expect(owner.arena.inStep).toBe(true);
      expect(owner.arena.usedBytes).toBe(before);
    });
  });

  it('must be synchronous, and an async failure after it is not an unhandled one', async () => {
    const owner = await Engine.create();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const work = async () => {
      await Promise.resolve();
      throw new Error('late');
    };
    expect(() => owner.step(work)).toThrow(
      /^E_STATE engine\.step: the step must be synchronous, got an async function/,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(owner.step(() => 2)).toBe(2);
  });

  it('calls its hooks once, at the end, also when it fails', async () => {
    const owner = await Engine.create();
    const hook = vi.fn(() => expect(owner.arena.inStep).toBe(true));
    owner.step(() => owner.onStepEnd(hook));
    owner.step(() => 0);
    expect(hook).toHaveBeenCalledTimes(1);
    expect(() =>
      owner.step(() => {
        owner.onStepEnd(hook);
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(hook).toHaveBeenCalledTimes(2);
  });
});

describe('views', () => {
  it('follow the memory when it grows', async () => {
    const owner = await Engine.create({ threads: 1 });
    const pointer = owner.arena.allocate(64, 'test');
    const before = [owner.f32, owner.f64, owner.i32] as const;
    expect([owner.f32 === before[0], owner.f64 === before[1], owner.i32 === before[2]]).toEqual([true, true, true]);
    owner.f32[pointer / 4] = 1.5;
    owner.step(() => owner.stackF32(2 ** 22, 'large'));
    expect(before.map((view) => view.length)).toEqual([0, 0, 0]);
    expect(owner.f32[pointer / 4]).toBe(1.5);
    expect(owner.i32[pointer / 4]).toBe(0x3fc00000);
    expect(owner.f64.length * 8).toBe(owner.arena.memory.buffer.byteLength);
  });

  it('are filled by the stack helpers, across growth too', async () => {
    const owner = await Engine.create();
    owner.step(() => {
      const dirty = owner.stackF32(100, 'dirty');
      owner.f32.fill(3, dirty / 4, dirty / 4 + 100);
    });
    owner.step(() => {
      const zeros = owner.stackZeros(100, 'zeros');
      expect(owner.f32.subarray(zeros / 4, zeros / 4 + 100).every((x) => x === 0)).toBe(true);
      owner.stackF32((owner.arena.memory.buffer.byteLength - owner.arena.usedBytes) / 4 - 16, 'the rest');
      const whole = owner.stackI32(
        Int32Array.from({ length: 100 }, (_, i) => i - 50),
        'whole numbers',
      );
      expect(owner.i32.slice(whole / 4, whole / 4 + 3)).toEqual(new Int32Array([-50, -49, -48]));
    });
  });
});

describe('running out of memory', () => {
  it('is E_MEMORY, and a smaller step works afterwards', async () => {
    const owner = await Engine.create({ maximumMemory: 2 ** 21 + 1000 });
    const error = await errorOf(() => owner.step(() => owner.stackF32(2 ** 20, 'a large batch')));
    expect(error.code).toBe('E_MEMORY');
    expect(error.message).toMatch(/a large batch: 4\.0 MiB more are needed/);
    expect(owner.step(() => owner.stackF32(1000, 'a small batch'))).toBeGreaterThan(0);
    // Up to the last whole page of a limit that is no whole number of pages.
    const rest = 2 ** 21 - owner.arena.usedBytes;
    expect(owner.arena.allocate(rest - 65536, 'most')).toBeGreaterThan(0);
    expect(owner.arena.allocate(65536, 'the rest')).toBeGreaterThan(0);
  });

  it('is E_MEMORY too when the machine has less than the limit', async () => {
    const owner = await Engine.create();
    vi.spyOn(owner.arena.memory, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    });
    const error = await errorOf(() => owner.step(() => owner.stackF32(2 ** 22, 'test')));
    expect(error.code).toBe('E_MEMORY');
    expect(error.cause).toBeInstanceOf(RangeError);
    vi.restoreAllMocks();
    expect(owner.step(() => owner.stackF32(2 ** 22, 'test'))).toBeGreaterThan(0);
  });
});
