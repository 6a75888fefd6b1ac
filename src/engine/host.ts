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

/** The host this code runs in. */
export async function host(): Promise<Host | NoThreads> {
  if (typeof SharedArrayBuffer === 'undefined') return { reason: 'this runtime has no shared memory' };
  if (typeof process === 'object' && process.versions?.node !== undefined) return nodeHost();
  if (typeof Worker === 'undefined') return { reason: 'this runtime has no workers' };
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== true) {
    return { reason: 'this page is not cross-origin isolated (headers COOP: same-origin and COEP: require-corp)' };
  }
  if (typeof document !== 'undefined') {
    return { reason: "a page's main thread must not wait; start the engine in a worker" };
  }
  return { cores: navigator.hardwareConcurrency, startThread: startWebWorker };
}

async function nodeHost(): Promise<Host> {
  const [{ Worker }, { availableParallelism }] = await Promise.all([import('node:worker_threads'), import('node:os')]);
  return {
    cores: availableParallelism(),
    startThread(script, { onMessage, onEnd }) {
      // No argument of the process is meant for the thread: a test runner's loaders, for instance.
      const worker = new Worker(script, { execArgv: [], stdout: false, stderr: false });
      worker.on('message', onMessage);
      worker.on('error', (error) => onEnd(String(error)));
      worker.on('exit', (code) => onEnd(`it ended with code ${code}`));
      // Last, because listening to messages takes it back.
      worker.unref();
      return {
        send: (message) => worker.postMessage(message),
        stop: async () => {
          await worker.terminate();
        },
      };
    },
  };
}

function startWebWorker(script: URL, { onMessage, onEnd }: ThreadEvents): HostThread {
  const worker = new Worker(script, { type: 'module', name: 'adnce' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onEnd(message);
  return { send: (message) => worker.postMessage(message), stop: async () => worker.terminate() };
}
