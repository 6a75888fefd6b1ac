/** What differs between runtimes: how many processors there are, how threads are started, whether memory can be shared. */
import { lifelineEnd } from './lifeline.js';

/** A thread of the host, whatever its kind. */
export interface HostThread {
  send(message: unknown): void;
  /** Ends the thread; resolves when it is gone. */
  stop(): Promise<void>;
}

/** What a host thread tells its maker. */
export interface ThreadEvents {
  onMessage(data: unknown): void;
  /** The thread is gone or can't go on. */
  onEnd(reason: string): void;
}

/** How a host starts threads. */
export interface Host {
  cores: number;
  /** The thread must not keep the process alive. @throws when the host refuses */
  startThread(script: URL, events: ThreadEvents): HostThread;
}

/** Why a host has no threads, in words for a notice. */
export interface NoThreads {
  reason: string;
}

/** Milliseconds after which a terminated worker counts as gone though its end was not seen: none of its code runs any more. */
const LONGEST_END = 3000;

/** Bytes that a phone still gives a page: 256 MiB. */
export const PAGE_MEMORY = 2 ** 28;

/** A page, or a worker of one. */
export async function webHost(): Promise<Host | NoThreads> {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    return { reason: 'this page is not cross-origin isolated (headers COOP: same-origin and COEP: require-corp)' };
  }
  if (typeof SharedArrayBuffer === 'undefined') return { reason: 'this runtime has no shared memory' };
  if (typeof Worker === 'undefined') return { reason: 'this runtime has no workers' };
  if (!mayWait()) return { reason: `${threadName()} must not wait; start the engine in a worker` };
  if (navigator.locks === undefined) return { reason: 'this runtime has no Web Locks, which tell the end of a worker' };
  return { cores: navigator.hardwareConcurrency, startThread: startWebWorker };
}

/** Whether this thread may sleep until another one wakes it. A page's main thread may not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}

function threadName(): string {
  return typeof document === 'undefined' ? 'this thread' : "a page's main thread";
}

function startWebWorker(script: URL, { onMessage, onEnd }: ThreadEvents): HostThread {
  // Its name is the name of its lifeline.
  const name = `adnce ${crypto.randomUUID()}`;
  const worker = new Worker(script, { type: 'module', name });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onEnd(message ?? `${script} could not be loaded`);
  worker.addEventListener('message', () => lifelineEnd(name).then(() => onEnd('it ended')), { once: true });
  return {
    send: (message) => worker.postMessage(message),
    stop: async () => {
      worker.terminate();
      await Promise.race([lifelineEnd(name), new Promise((late) => setTimeout(late, LONGEST_END))]);
    },
  };
}
