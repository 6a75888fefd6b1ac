/** The page's side: a worker's functions, to be called as if they were here. */
import { lifelineEnd } from '../engine/lifeline.js';
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustKnowKeys } from '../options.js';
import { packFailure, unpackFailure } from './failure.js';
import { type Answer, isOpening, type Question } from './messages.js';
import { type Linked, pack } from './pack.js';
import type { Served } from './serve.js';

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Milliseconds that the worker's module has to load and call `serve()`. Default 10,000. */
  timeout?: number;
}

/** What a call gives: a promise, or for a generator what `for await` takes. */
type Remote<R> = R extends AsyncIterable<infer Item> | Generator<infer Item, unknown, unknown>
  ? AsyncIterable<Item>
  : Promise<Awaited<R>>;

/** A worker's functions, each asynchronous. */
export type Connected<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (...args: infer Args) => infer R
    ? (...args: Args) => Remote<R>
    : never;
};

/**
 * The functions that a worker's module offers with `serve()`:
 *
 *     const training = connect<typeof import('./training.js')>(
 *       new Worker(new URL('./training.js', import.meta.url), { type: 'module' }),
 *     );
 *     for await (const { step, loss } of training.train(texts, { signal })) show(step, loss);
 *
 * Arguments and results are copied, functions among the arguments are called here (what they return is not sent back) and abort signals
 * abort there. Errors come back with their code. `worker.terminate()` ends it all: calls that are running then fail with E_WORKER.
 *
 * @throws E_OPTION; each call E_WORKER when the worker does not start or ends, and whatever the function throws
 */
export function connect<Functions extends object = Served>(
  worker: Worker,
  options: ConnectOptions = {},
): Connected<Functions> {
  mustKnowKeys('connect', options, ['timeout']);
  const timeout = mustBeInteger('connect', 'timeout', options.timeout ?? 10_000, { min: 1 });
  const connection = new Connection(worker, timeout);
  return new Proxy({} as Connected<Functions>, {
    // A promise would ask for `then`.
    get: (_, name) =>
      typeof name === 'string' && name !== 'then' ? (...args: unknown[]) => connection.call(name, args) : undefined,
  });
}

/** A call that has not ended. */
interface Call {
  name: string;
  linked: readonly Linked[];
  /** Takes the page's ears off the signals of the call. */
  forget: AbortController;
  settle: { resolve(answer: Answer): void; reject(error: unknown): void } | null;
}

class Connection {
  readonly #port: Promise<MessagePort>;
  readonly #calls = new Map<number, Call>();
  #last = 0;
  #ended: AdnceError | null = null;

  constructor(worker: Worker, timeout: number) {
    this.#port = this.#open(worker, timeout);
    // Whoever calls a function hears of it.
    this.#port.catch(() => {});
  }

  #open(worker: Worker, timeout: number): Promise<MessagePort> {
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const late = setTimeout(() => fail(`did not call serve() within ${timeout / 1000} s`), timeout);
      over.signal.addEventListener('abort', () => clearTimeout(late));
      const fail = (what: string) => {
        over.abort();
        reject(
          lost('connect', `the worker's module ${what}`, 'look at the console; serve() must stand before any await'),
        );
      };
      const onError = ({ message }: ErrorEvent) => fail(`did not start: ${message ?? 'it could not be loaded'}`);
      worker.addEventListener('error', onError, { signal: over.signal });
      const onMessage = ({ data }: MessageEvent) => {
        if (!isOpening(data)) return;
        over.abort();
        data.port.onmessage = (event) => this.#receive(event.data);
        lifelineEnd(data.lifeline).then(() => this.#end());
        resolve(data.port);
      };
      worker.addEventListener('message', onMessage, { signal: over.signal });
    });
  }

  /** @returns a promise that can also be iterated over */
  call(name: string, args: unknown[]): Promise<unknown> & AsyncIterable<unknown> {
    const id = ++this.#last;
    const result = this.#call(id, name, args);
    const iterate = async function* () {
      const value = await result;
      if (!isAsyncIterable(value)) throw new TypeError(`${name} of the worker is no generator`);
      yield* value;
    };
    return Object.assign(result, { [Symbol.asyncIterator]: iterate });
  }

  async #call(id: number, name: string, args: unknown[]): Promise<unknown> {
    const { value, links, linked, moved } = pack(args);
    const call: Call = { name, linked, forget: new AbortController(), settle: null };
    this.#calls.set(id, call);
    try {
      const answered = this.#ask({ type: 'call', id, name, args: value, links }, moved);
      this.#listen(id, call);
      const answer = await answered;
      if (answer.type === 'stream') return this.#stream(id);
      this.#forget(id);
      return (answer as Extract<Answer, { type: 'value' }>).value;
    } catch (error) {
      this.#forget(id);
      throw error;
    }
  }

  /** Passes on what signals of a call say. */
  #listen(id: number, { linked, forget }: Call): void {
    for (const [link, signal] of linked.entries()) {
      if (!(signal instanceof AbortSignal)) continue;
      const abort = () =>
        this.#port.then((port) => port.postMessage({ type: 'abort', id, link, reason: packFailure(signal.reason) }));
      signal.addEventListener('abort', abort, { signal: forget.signal });
    }
  }

  async *#stream(id: number): AsyncGenerator<unknown> {
    try {
      for (;;) {
        const answer = await this.#ask({ type: 'next', id });
        const { value, done } = answer as Extract<Answer, { type: 'item' }>;
        if (done) return value;
        yield value;
      }
    } finally {
      // Of a stream that was left early.
      if (this.#calls.has(id)) await this.#ask({ type: 'return', id }).finally(() => this.#forget(id));
    }
  }

  async #ask(question: Question, moved: Transferable[] = []): Promise<Answer> {
    const port = await this.#port;
    const call = this.#calls.get(question.id) as Call;
    if (this.#ended !== null) throw this.#lostIn(call);
    return new Promise((resolve, reject) => {
      call.settle = { resolve, reject };
      try {
        port.postMessage(question, moved);
      } catch (cause) {
        const what = `arguments must be what structured clone takes (${(cause as Error).message})`;
        reject(
          new AdnceError('E_OPTION', { where: call.name, what, hint: 'pass data, functions and abort signals', cause }),
        );
      }
    });
  }

  #receive(answer: Answer): void {
    const call = this.#calls.get(answer.id);
    if (call === undefined) return;
    if (answer.type === 'callback') {
      (call.linked[answer.link] as (...args: unknown[]) => void)(...(answer.args as unknown[]));
      return;
    }
    const settled = answer.type === 'failure' || (answer.type === 'item' && answer.done);
    if (settled) this.#forget(answer.id);
    if (answer.type === 'failure') call.settle?.reject(unpackFailure(answer.failure));
    else call.settle?.resolve(answer);
  }

  #forget(id: number): void {
    this.#calls.get(id)?.forget.abort();
    this.#calls.delete(id);
  }

  #end(): void {
    this.#ended = this.#lostIn(null);
    for (const [id, call] of [...this.#calls]) {
      this.#forget(id);
      call.settle?.reject(this.#lostIn(call));
    }
  }

  #lostIn(call: Call | null): AdnceError {
    return lost(
      call?.name ?? 'connect',
      'the worker has ended',
      'it was terminated or ran out of memory; start it anew',
    );
  }
}

function lost(where: string, what: string, hint: string): AdnceError {
  return new AdnceError('E_WORKER', { where, what, hint });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
