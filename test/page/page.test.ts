/**
 * Functions of a worker on a page, both sides in one thread: the worker is an event target, and its lock is given back when the test ends
 * it. Real workers of real browsers: test/runtimes/tasks/page.mjs.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdnceError } from '../../src/errors.js';
import { connect, type Served, serve, transfer } from '../../src/page/index.js';

/** Locks as a browser has them, for one holder each. */
class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();
  /** Gives all locks back, as the end of their holder does. */
  end: () => void = () => {};
  readonly #end = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  request = (name: string, work: () => unknown): Promise<unknown> => {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const own = before.then(work);
    this.#tails.set(name, Promise.race([own, this.#end]));
    return own;
  };
}

let locks: Locks;
beforeEach(() => {
  locks = new Locks();
  vi.stubGlobal('navigator', { locks });
});
afterEach(() => vi.unstubAllGlobals());

/** A worker whose module is `start`. */
function makeWorker(start: (scope: Parameters<typeof serve>[1]) => void): Worker {
  const target = new EventTarget();
  const postMessage = (data: unknown) => target.dispatchEvent(Object.assign(new Event('message'), { data }));
  queueMicrotask(() => start({ postMessage }));
  return target as Worker;
}

const withFunctions = <T extends Served>(functions: T) => connect<T>(makeWorker((scope) => serve(functions, scope)));

async function errorOf(promise: PromiseLike<unknown>): Promise<AdnceError> {
  try {
    await promise;
  } catch (error) {
    return error as AdnceError;
  }
  throw new Error('nothing was thrown');
}

describe('a call', () => {
  it('takes arguments and gives results', async () => {
    const remote = withFunctions({
      add: (a: number, b: number) => a + b,
      later: async () => 'done',
      nothing: () => {},
    });
    expect(await Promise.all([remote.add(1, 2), remote.later(), remote.nothing()])).toEqual([3, 'done', undefined]);
  });

  it('carries any data unchanged', async () => {
    const remote = withFunctions({ echo: (value: unknown) => value });
    const data = fc.anything({ withTypedArray: true, withDate: true, withMap: true, withSet: true, withBigInt: true });
    await fc.assert(
      fc.asyncProperty(data, async (value) => {
        const cloned = structuredClone(value);
        expect(await remote.echo(value)).toEqual(cloned);
      }),
    );
  });

  it('keeps what is the same twice, and circles', async () => {
    const remote = withFunctions({ echo: <T>(value: T) => value });
    const circle: { self?: unknown; list: unknown[] } = { list: [] };
    circle.self = circle;
    circle.list.push(circle.list);
    const got = (await remote.echo(circle)) as typeof circle;
    expect(got.self).toBe(got);
    expect(got.list[0]).toBe(got.list);
  });

  it('sends what the arguments were at the call', async () => {
    const remote = withFunctions({ echo: (value: number[]) => value });
    const list = [1];
    const result = remote.echo(list);
    list.push(2);
    expect(await result).toEqual([1]);
  });

  it('of no such function names the nearest', async () => {
    const remote = withFunctions({ train: () => 1 }) as unknown as Served;
    const error = await errorOf(remote.trian?.() as Promise<unknown>);
    expect(error.message).toBe(
      'E_OPTION serve: the worker serves no function "trian". Hint: did you mean "train"? Served: train.',
    );
    expect((await errorOf(remote.constructor?.() as Promise<unknown>)).code).toBe('E_OPTION');
  });

  it('is no promise before it is one', async () => {
    const remote = withFunctions({ one: () => 1 });
    expect(await (async () => remote)()).toBe(remote);
  });
});

describe('arrays', () => {
  it('travel as copies of themselves, not of the memory they lie in', async () => {
    const memory = new Float32Array(1000).map((_, i) => i);
    const shared = new Float32Array(new SharedArrayBuffer(4000));
    const seen: number[] = [];
    const remote = withFunctions({
      take: (...views: Float32Array[]) => {
        seen.push(...views.map(({ buffer }) => buffer.byteLength));
        return views.map((view) => view.subarray(1, 2));
      },
    });
    const [a, b] = await remote.take(memory.subarray(10, 13), shared.subarray(0, 2));
    expect(seen).toEqual([12, 8]);
    expect([a, b].map((view) => view?.buffer.byteLength)).toEqual([4, 4]);
    expect(a).toEqual(Float32Array.of(11));
    expect(b?.buffer).toBeInstanceOf(ArrayBuffer);
    expect(memory.length).toBe(1000);
  });

  it('are moved when they are marked, once', async () => {
    const remote = withFunctions({ length: ({ x }: { x: Float32Array | ArrayBuffer }) => x.byteLength });
    for (const x of [new Float32Array(5), new ArrayBuffer(20)]) {
      expect(await remote.length(transfer({ x }))).toBe(20);
      expect(x.byteLength).toBe(0);
    }
    const kept = new Float32Array(5);
    await remote.length({ x: kept });
    expect(kept.length).toBe(5);
  });

  it('may be views of bytes', async () => {
    const remote = withFunctions({ read: (view: DataView) => view.getUint8(0) });
    expect(await remote.read(new DataView(Uint8Array.of(1, 2, 3).buffer, 2))).toBe(3);
  });
});

describe('functions among the arguments', () => {
  it('are called on the page until the call has ended', async () => {
    let late: (step: number) => void = () => {};
    const remote = withFunctions({
      train: async (_: string, { onStep }: { onStep: (step: number) => void }) => {
        for (let step = 0; step < 3; step++) onStep(step);
        late = onStep;
        return 'trained';
      },
    });
    const onStep = vi.fn();
    expect(await remote.train('x', { onStep })).toBe('trained');
    late(9);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(onStep.mock.calls).toEqual([[0], [1], [2]]);
  });

  it('can not come back as results', async () => {
    const remote = withFunctions({ make: () => ({ f: () => 1 }), symbol: () => Symbol('x') });
    expect((await errorOf(remote.make())).message).toMatch(/^E_OPTION serve: a result must be .*\(a function at "f"\)/);
    expect((await errorOf(remote.symbol())).message).toMatch(/^E_OPTION serve: a result must be/);
  });

  it('are the only ones beside data', async () => {
    const remote = withFunctions({ take: (_: unknown) => 1 });
    expect((await errorOf(remote.take(new WeakMap()))).message).toMatch(/^E_OPTION take: arguments must be what/);
  });
});

describe('signals', () => {
  const functions = {
    wait: ({ signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => {
        const stop = () => reject(signal.reason);
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop);
      }),
  };

  it('abort in the worker, with their reason', async () => {
    const remote = withFunctions(functions);
    const controller = new AbortController();
    const call = errorOf(remote.wait({ signal: controller.signal }));
    setTimeout(() => controller.abort(new AdnceError('E_INTERRUPTED', { where: 'page', what: 'closed' })), 20);
    expect(await call).toMatchObject({ code: 'E_INTERRUPTED', where: 'page' });
  });

  it('may have been aborted before', async () => {
    expect(await errorOf(withFunctions(functions).wait({ signal: AbortSignal.abort('why') }))).toBe('why');
  });

  it('may be of no use any more', async () => {
    const controller = new AbortController();
    const remote = withFunctions({ one: (_: AbortSignal) => 1 });
    expect(await remote.one(controller.signal)).toBe(1);
    controller.abort();
  });
});

describe('streams', () => {
  it.each([
    [
      'generator',
      function* () {
        yield 1;
        yield 2;
      },
    ],
    [
      'asynchronous generator',
      async function* () {
        yield 1;
        yield 2;
      },
    ],
  ])('of a %s', async (_, count) => {
    const got: number[] = [];
    for await (const value of withFunctions({ count }).count()) got.push(value);
    expect(got).toEqual([1, 2]);
  });

  it('run on only when they are asked, and end when they are left', async () => {
    const events: string[] = [];
    const remote = withFunctions({
      async *train() {
        try {
          for (let step = 0; ; step++) {
            events.push(`step ${step}`);
            yield step;
          }
        } finally {
          events.push('end');
        }
      },
    });
    for await (const step of remote.train()) if (step === 1) break;
    expect(events).toEqual(['step 0', 'step 1', 'end']);
  });

  it('fail where the generator fails', async () => {
    const remote = withFunctions({
      async *train() {
        yield 1;
        throw new AdnceError('E_DIVERGED', { where: 'step 2', what: 'NaN' });
      },
    });
    const got: number[] = [];
    const all = async () => {
      for await (const step of remote.train()) got.push(step);
    };
    expect((await errorOf(all())).code).toBe('E_DIVERGED');
    expect(got).toEqual([1]);
  });

  it('are of generators only', async () => {
    const remote = withFunctions({ list: () => [1, 2] as unknown as AsyncGenerator<number> });
    const all = async () => {
      for await (const _ of remote.list());
    };
    expect((await errorOf(all())).message).toMatch(/list of the worker is no generator/);
  });
});

describe('errors', () => {
  const fail = (error: unknown) =>
    errorOf(
      withFunctions({
        fail: () => {
          throw error;
        },
      }).fail(),
    );

  it('of ours come back whole', async () => {
    const error = new AdnceError('E_SHAPE', { where: 'infoNCE', what: 'no', hint: 'do' });
    const got = await fail(error);
    expect(got).toBeInstanceOf(AdnceError);
    expect({ ...got, message: got.message, stack: got.stack }).toEqual({
      ...error,
      message: error.message,
      stack: error.stack,
    });
    // Of another copy of the library too.
    expect(await fail({ name: 'AdnceError', code: 'E_SHAPE', where: 'a', what: 'b' })).toBeInstanceOf(AdnceError);
  });

  it('of others too, as far as they can travel', async () => {
    expect(await fail(new TypeError('x'))).toEqual(new TypeError('x'));
    expect(await fail('text')).toBe('text');
    expect(await fail(null)).toBe(null);
    expect(await fail(() => 1)).toBeInstanceOf(Error);
  });
});

describe('a worker', () => {
  it.each([
    [
      'that can not be loaded',
      (worker: EventTarget) => worker.dispatchEvent(new Event('error')),
      /did not start: it could not be loaded/,
    ],
    [
      'that fails',
      (worker: EventTarget) => worker.dispatchEvent(Object.assign(new Event('error'), { message: 'x is not defined' })),
      /did not start: x is not defined/,
    ],
    ['that never serves', () => {}, /did not call serve\(\) within 0\.05 s/],
  ])('%s: E_WORKER', async (_, happen, message) => {
    const worker = new EventTarget();
    const remote = connect(worker as Worker, { timeout: 50 });
    const errors = [remote.one?.(), remote.two?.()].map((call) => errorOf(call as Promise<unknown>));
    happen(worker);
    for (const error of await Promise.all(errors)) expect(error.message).toMatch(message);
    expect((await errorOf(remote.three?.() as Promise<unknown>)).code).toBe('E_WORKER');
  });

  it('that ends: E_WORKER for calls, streams and all after it', async () => {
    const remote = withFunctions({
      never: () => new Promise(() => {}),
      async *stuck() {
        yield 1;
        await new Promise(() => {});
      },
    });
    const call = errorOf(remote.never());
    const stream = (remote.stuck() as AsyncIterable<number>)[Symbol.asyncIterator]();
    expect(await stream.next()).toEqual({ value: 1, done: false });
    const next = errorOf(stream.next());
    await new Promise((resolve) => setTimeout(resolve, 10));
    locks.end();
    expect((await call).message).toMatch(/^E_WORKER never: the worker has ended\. Hint: /);
    expect((await next).message).toMatch(/^E_WORKER stuck: /);
    expect((await errorOf(remote.never())).message).toMatch(/^E_WORKER never: /);
  });

  it('may say other things as well', async () => {
    const worker = makeWorker((scope) => {
      scope?.postMessage('hello', []);
      serve({ one: () => 1 }, scope);
    });
    expect(await connect(worker).one?.()).toBe(1);
  });

  it('is where functions are served', () => {
    expect(() => serve({})).toThrow(/^E_STATE serve: functions are served in a worker, got called outside one/);
    expect(() => connect(new EventTarget() as Worker, { timeuot: 1 } as never)).toThrow(/did you mean "timeout"/);
  });
});
