/** What differs between runtimes: how many processors there are, how threads are started, whether memory can be shared. */

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

/** A page, or a worker of one. */
export async function webHost(): Promise<Host | NoThreads> {
  if (typeof SharedArrayBuffer === 'undefined') return { reason: 'this runtime has no shared memory' };
  if (typeof Worker === 'undefined') return { reason: 'this runtime has no workers' };
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== true) {
    return { reason: 'this page is not cross-origin isolated (headers COOP: same-origin and COEP: require-corp)' };
  }
  if (typeof document !== 'undefined') {
    return { reason: "a page's main thread must not wait; start the engine in a worker" };
  }
  return { cores: navigator.hardwareConcurrency, startThread: startWebWorker };
}

function startWebWorker(script: URL, { onMessage, onEnd }: ThreadEvents): HostThread {
  const worker = new Worker(script, { type: 'module', name: 'adnce' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onEnd(message);
  return { send: (message) => worker.postMessage(message), stop: async () => worker.terminate() };
}
