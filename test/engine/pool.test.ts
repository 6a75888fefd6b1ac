/** The threads of an engine: that they work, and what happens when they do not. Results at several thread counts: test/losses/threads.test.ts. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { along, COUNT, Engine, type EngineOptions } from '../../src/engine/index.js';
import { cut, MOST_BLOCKS } from '../../src/engine/job.js';
import type { AdnceError } from '../../src/errors.js';
import { withThreads } from '../support/threads.js';

const COUNT_OF_NUMBERS = 1000;

/** Σ of 1 … 1000 in blocks of 10, with some work of every thread in it. */
function sumOnThreads(owner: Engine): number {
  return owner.step(() => {
    const x = owner.stackF32(COUNT_OF_NUMBERS, 'test');
    owner.f32.set(
      Float32Array.from({ length: COUNT_OF_NUMBERS }, (_, i) => i + 1),
      x >>> 2,
    );
    return owner.run('sumArray', COUNT_OF_NUMBERS, 10, [along(x, 4), COUNT]);
  });
}

async function errorOf(work: () => unknown): Promise<AdnceError> {
  try {
    await work();
  } catch (error) {
    return error as AdnceError;
  }
  throw new Error('nothing was thrown');
}

describe('a cut into blocks', () => {
  it('depends on the size alone, has no empty block and not too many', () => {
    expect(cut(0, 100, 30)).toEqual({ first: 0, last: 100, grain: 30, blocks: 4 });
    expect(cut(40, 50, 30)).toEqual({ first: 40, last: 50, grain: 30, blocks: 1 });
    expect(cut(0, 0, 30).blocks).toBe(0);
    const many = cut(0, 1e6, 10);
    expect(many.blocks).toBeLessThanOrEqual(MOST_BLOCKS);
    expect(many.grain % 10).toBe(0);
    expect(many.grain * (many.blocks - 1)).toBeLessThan(1e6);
    expect(many.grain * many.blocks).toBeGreaterThanOrEqual(1e6);
  });
});

describe('threads', () => {
  it.each([1, 2, 3, 8])('%i of them add up in the same order', async (threads) => {
    const owner = await Engine.create({ threads });
    await owner.ready();
    expect([owner.threads, owner.notice]).toEqual([threads, null]);
    expect(owner.build).toBe(threads === 1 ? 'simd' : 'simd-threads');
    for (let turn = 0; turn < 300; turn++) expect(sumOnThreads(owner)).toBe(500500);
    await owner.close();
  });

  it('are as many as there are processors', async () => {
    const { availableParallelism } = await import('node:os');
    const owner = await Engine.create();
    expect(owner.threads).toBe(Math.min(availableParallelism(), 64));
  });

  it('that nobody asked for by number start once they are worth it', async () => {
    const owner = await Engine.create();
    const jobs = vi.spyOn(owner.core, 'openJob');
    expect(sumOnThreads(owner)).toBe(500500);
    expect(jobs).not.toHaveBeenCalled();
    const end = performance.now() + 10_000;
    while (owner.threads > 1 && jobs.mock.calls.length === 0 && performance.now() < end)
      expect(sumOnThreads(owner)).toBe(500500);
    expect(jobs.mock.calls.length).toBe(owner.threads > 1 ? 1 : 0);
    expect(owner.notice).toBeNull();
    await owner.close();
  });

  it('that never started may be waited for, and closed', async () => {
    const waiting = await Engine.create();
    await waiting.ready();
    expect(sumOnThreads(waiting)).toBe(500500);
    await waiting.close();
    const fresh = await Engine.create();
    await fresh.close();
    await fresh.ready();
    expect([fresh.threads, fresh.notice, sumOnThreads(fresh)]).toEqual([1, null, 500500]);
  });

  it('that were asked for start at the first job', async () => {
    const owner = await Engine.create({ threads: 2 });
    const jobs = vi.spyOn(owner.core, 'openJob');
    sumOnThreads(owner);
    expect(jobs).toHaveBeenCalledOnce();
    await owner.close();
  });

  it('each get a part of a job', async () => {
    const owner = await Engine.create({ threads: 3 });
    await owner.ready();
    const team = vi.spyOn(owner.core, 'takeBlock');
    // This thread would take all 100 blocks and the one that is none if it were alone.
    const shares = Array.from({ length: 50 }, () => {
      team.mockClear();
      sumOnThreads(owner);
      return team.mock.calls.length;
    });
    expect(Math.min(...shares)).toBeLessThan(101);
    await owner.close();
  });

  it('keep neither a process alive nor a processor busy when they are idle', async () => {
    const owner = await Engine.create({ threads: 3 });
    const before = process.getActiveResourcesInfo().length;
    await owner.ready();
    sumOnThreads(owner);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(100);
    await owner.close();
  });

  it('end with close(), after which the engine goes on alone', async () => {
    const owner = await Engine.create({ threads: 2 });
    await owner.ready();
    await owner.close();
    await owner.close();
    expect([owner.threads, owner.notice]).toEqual([1, null]);
    expect(sumOnThreads(owner)).toBe(500500);
    // One that was never started too.
    const fresh = await Engine.create({ threads: 2 });
    await fresh.close();
    expect(sumOnThreads(fresh)).toBe(500500);
  });

  it.each([0, 65, 1.5, '2'])('must be a number from 1 to 64, not %j', async (threads) => {
    const error = await errorOf(() => Engine.create({ threads } as EngineOptions));
    expect(error.message).toMatch(/^E_OPTION init: "threads" must be an integer >= 1 and <= 64, got /);
  });

  it('may be of a core of the caller', async () => {
    const { readFile } = await import('node:fs/promises');
    const { coreUrl } = await import('../../src/engine/location.js');
    const [plain, threaded] = [await readFile(coreUrl('simd')), await readFile(coreUrl('simd-threads'))];
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const runs = async (options: EngineOptions) => {
      const owner = await Engine.create(options);
      expect(sumOnThreads(owner)).toBe(500500);
      const { build, threads, notice } = owner;
      await owner.close();
      return { build, threads, notice };
    };
    expect(await runs({ core: threaded, threads: 2 })).toEqual({ build: 'simd-threads', threads: 2, notice: null });
    expect(await runs({ core: threaded, threads: 1 })).toEqual({ build: 'simd-threads', threads: 1, notice: null });
    expect(await runs({ core: plain })).toEqual({ build: 'simd', threads: 1, notice: null });
    expect((await runs({ core: plain, threads: 2 })).notice).toMatch(
      /^adnce runs on one thread: the core that was passed/,
    );
    warn.mockRestore();
  });
});

describe('a thread that is lost', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it.each(['silent', 'dying', 'failing'] as const)('in a job (%s): E_WORKER within two seconds', async (kind) => {
    await withThreads(kind, async (owner) => {
      await owner.ready();
      const start = performance.now();
      let error: AdnceError | null = null;
      // Until the other thread has come to take a block.
      while (error === null) error = await errorOf(() => sumOnThreads(owner)).catch(() => null);
      expect(performance.now() - start).toBeLessThan(3000);
      expect(error.message).toMatch(/^E_WORKER engine: the running step was given up: a thread /);
      expect(owner.threads).toBe(1);
      expect(owner.notice).toMatch(/^adnce goes on with one thread: /);
      await owner.ready();
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });

  it.each(['silent', 'dying'] as const)('with a tile of a loss in hand (%s): E_WORKER too', async (kind) => {
    await withThreads(kind, async (owner) => {
      const { adnce } = await import('../../src/losses/index.js');
      const { Tensor } = await import('../../src/tensor/index.js');
      const x = new Tensor(owner, [600, 8], true, 'x');
      x.data.forEach((_, i, data) => {
        data[i] = Math.sin(i);
      });
      const step = () => owner.step(() => adnce(x, x, { temperature: 0.5, mu: 0.5, sigma: 1, layout: 'image' }).item());
      await owner.ready();
      let error: AdnceError | null = null;
      while (error === null) error = await errorOf(step).catch(() => null);
      expect(error.message).toMatch(/^E_WORKER engine: the running step was given up: a thread /);
      await owner.ready();
      expect(step()).toBeGreaterThan(0);
      expect(owner.threads).toBe(1);
    });
  });

  it('and may still write: no step before it has stopped', async () => {
    await withThreads('silent', async (owner) => {
      await owner.ready();
      let error: AdnceError | null = null;
      while (error === null) error = await errorOf(() => sumOnThreads(owner)).catch(() => null);
      expect(() => sumOnThreads(owner)).toThrow(/^E_WORKER engine\.step: .* Hint: await engine\.ready\(\)/);
      await owner.ready();
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });

  it('between jobs: no error, but a notice', async () => {
    await withThreads('leaving', async (owner) => {
      await owner.ready();
      await vi.waitUntil(() => owner.threads === 1);
      expect(owner.notice).toMatch(/^adnce goes on with one thread: a thread was lost \(it ended with code 0\)$/);
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });

  it.each([
    ['mute', /a thread did not start in time$/],
    ['broken', /a thread was lost \(SyntaxError/],
  ] as const)('before it is ready (%s): a notice within two seconds', async (kind, message) => {
    await withThreads(kind, async (owner) => {
      // The first job does not wait for it.
      expect(sumOnThreads(owner)).toBe(500500);
      const start = performance.now();
      await owner.ready();
      expect(performance.now() - start).toBeLessThan(2500);
      expect(owner.notice).toMatch(message);
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });
});

describe('without threads', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('an engine runs on one, and says why', async () => {
    await withThreads('sound', async () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      vi.stubGlobal('SharedArrayBuffer', undefined);
      const { Engine: Fresh } = await import('../../src/engine/index.js');
      const owner = await Fresh.create({ threads: 2 });
      await Fresh.create({ threads: 2 });
      expect([owner.threads, owner.build]).toEqual([1, 'simd']);
      expect(owner.notice).toBe('adnce runs on one thread: this runtime has no shared memory');
      expect(warn.mock.calls).toEqual([[owner.notice]]);
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });

  it('so it does where shared memory is refused', async () => {
    await withThreads('sound', async () => {
      const { Memory } = WebAssembly;
      vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse(size: WebAssembly.MemoryDescriptor) {
        if (size.shared) throw new RangeError('could not allocate memory');
        return new Memory(size);
      } as never);
      const { Engine: Fresh } = await import('../../src/engine/index.js');
      const owner = await Fresh.create({ threads: 2 });
      expect([owner.threads, owner.build]).toEqual([1, 'simd']);
      expect(owner.notice).toMatch(/shared memory was refused \(could not allocate memory\)$/);
      expect(sumOnThreads(owner)).toBe(500500);
    });
  });
});
