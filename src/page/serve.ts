/** The worker's side: answers a page's calls of the functions that a module offers. */
import { holdLifeline } from '../engine/lifeline.js';
import { AdnceError } from '../errors.js';
import { nearest } from '../options.js';
import { packFailure, unpackFailure } from './failure.js';
import type { Answer, Opening, Question } from './messages.js';
import { type Link, type Linked, pack, unpack } from './pack.js';

/** Functions a worker offers. */
// biome-ignore lint/suspicious/noExplicitAny: functions of any arguments
export type Served = Record<string, (...args: any[]) => unknown>;

/** What of a worker's scope is used. */
export interface WorkerScope {
  postMessage(message: unknown, moved: Transferable[]): void;
}

/**
 * Offers functions to the page that is connected with this worker. To be called once, at the top of the worker's module and before
 * anything is awaited there. A generator, asynchronous or not, becomes a stream: it runs on when the page asks for its next value.
 *
 * @param functions what {@link connect} gives the page, under the same names
 * @throws E_STATE outside a worker
 */
export function serve(functions: Served, scope: WorkerScope = workerScope()): void {
  const { port1, port2 } = new MessageChannel();
  const server = new Server(functions, (answer, moved) => port1.postMessage(answer, moved));
  port1.onmessage = ({ data }) => server.receive(data);
  const lifeline = `adnce ${crypto.randomUUID()}`;
  const open = () => scope.postMessage({ adnce: 'page', port: port2, lifeline } satisfies Opening, [port2]);
  holdLifeline(lifeline).then(open, open);
}

function workerScope(): WorkerScope {
  if ('WorkerGlobalScope' in globalThis) return globalThis as unknown as WorkerScope;
  throw new AdnceError('E_STATE', {
    where: 'serve',
    what: 'functions are served in a worker, got called outside one',
    hint: "in the page: connect(new Worker(new URL('./training.js', import.meta.url), { type: 'module' }))",
  });
}

/** A call that has not ended. */
interface Call {
  aborts: Map<number, AbortController>;
  stream: Iterator<unknown> | AsyncIterator<unknown> | null;
}

class Server {
  readonly #functions: Served;
  readonly #send: (answer: Answer, moved: Transferable[]) => void;
  readonly #calls = new Map<number, Call>();

  constructor(functions: Served, send: (answer: Answer, moved: Transferable[]) => void) {
    this.#functions = functions;
    this.#send = send;
  }

  receive(question: Question): void {
    const { id } = question;
    if (question.type === 'abort')
      this.#calls.get(id)?.aborts.get(question.link)?.abort(unpackFailure(question.reason));
    else this.#answer(question).catch((error) => this.#end(id, { type: 'failure', id, failure: packFailure(error) }));
  }

  async #answer(question: Exclude<Question, { type: 'abort' }>): Promise<void> {
    if (question.type === 'call') return this.#call(question);
    const { type, id } = question;
    const stream = this.#calls.get(id)?.stream;
    const { done = true, value } = (await stream?.[type]?.()) ?? {};
    const answer = { type: 'item', id, value, done } as const;
    if (done) this.#end(id, answer);
    else this.#reply(answer);
  }

  async #call({ id, name, args, links }: Extract<Question, { type: 'call' }>): Promise<void> {
    const call: Call = { aborts: new Map(), stream: null };
    this.#calls.set(id, call);
    const result = await this.#function(name)(...unpack(args, links, (link) => this.#make(id, call, link)));
    call.stream = streamOf(result);
    if (call.stream === null) this.#end(id, { type: 'value', id, value: result });
    else this.#reply({ type: 'stream', id });
  }

  #function(name: string): Served[string] {
    const found = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (found !== undefined) return found;
    const names = Object.keys(this.#functions);
    throw new AdnceError('E_OPTION', {
      where: 'serve',
      what: `the worker serves no function "${name}"`,
      hint:
        names.length === 0 ? 'it serves none' : `did you mean "${nearest(name, names)}"? Served: ${names.join(', ')}`,
    });
  }

  /** What stands for the page's function or signal here. */
  #make(id: number, call: Call, { kind, id: link, aborted }: Link): Linked {
    if (kind === 'function') {
      return (...args) => {
        const packed = pack(args);
        if (this.#calls.has(id)) this.#send({ type: 'callback', id, link, args: packed.value }, packed.moved);
      };
    }
    const controller = new AbortController();
    call.aborts.set(link, controller);
    if (aborted !== undefined) controller.abort(unpackFailure(aborted));
    return controller.signal;
  }

  #end(id: number, answer: Answer): void {
    this.#calls.delete(id);
    this.#reply(answer);
  }

  #reply(answer: Answer): void {
    if (!('value' in answer)) {
      this.#send(answer, []);
      return;
    }
    const { value, links, moved } = pack(answer.value);
    try {
      if (links.length > 0) throw new TypeError(`a ${links[0]?.kind} at "${links[0]?.path.join('.')}"`);
      this.#send({ ...answer, value }, moved);
    } catch (cause) {
      const error = new AdnceError('E_OPTION', {
        where: 'serve',
        what: `a result must be what structured clone takes, got something else (${(cause as Error).message})`,
        hint: 'return numbers, texts, arrays and plain objects of them; of a tensor its toArray()',
        cause,
      });
      this.#end(answer.id, { type: 'failure', id: answer.id, failure: packFailure(error) });
    }
  }
}

/** The iterator of a generator, or null for what is a plain value. */
function streamOf(result: unknown): Call['stream'] {
  if (typeof result !== 'object' || result === null) return null;
  if (Symbol.asyncIterator in result) return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const generator = 'next' in result && Symbol.iterator in result;
  return generator ? (result as Iterable<unknown>)[Symbol.iterator]() : null;
}
