/** Node, and Bun and Deno, which have its modules: the core is read from a file, threads are those of node:worker_threads. */
import { compileBytes, fetchCore, unreadable } from '../compile.js';
import type { Host, NoThreads } from '../host.js';
import { type Build, coreUrl, installedCoreUrl, workerUrl } from '../location.js';
import type { Notices } from '../notice.js';
import type { Platform } from '../platform.js';

export const node: Platform = {
  relaxed: true,
  maximumMemory: 2 ** 31,
  loadCore: (build) => load(`${build}.wasm`, () => ownUrl(build)),
  loadFrom: (place, notices) => load(place, () => urlOrPath(place), notices),
  host: nodeHost,
  workerUrl,
};

/** Next.js makes a path of its server's out of the URL when it bundles by webpack. */
function ownUrl(build: Build): URL {
  const url = coreUrl(build);
  return url.protocol === '' ? installedCoreUrl(build) : url;
}

/** A name without a scheme is a path; one letter before a colon is a drive. */
function urlOrPath(place: URL | string): URL | string {
  return typeof place === 'string' && /^[a-z][a-z0-9+.-]+:/i.test(place) ? new URL(place) : place;
}

async function load(name: URL | string, locate: () => URL | string, notices?: Notices): Promise<WebAssembly.Module> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const place = locate();
    if (place instanceof URL && place.protocol !== 'file:') return await fetchCore(place, notices);
    const { readFile } = await import('node:fs/promises');
    bytes = await readFile(place);
  } catch (cause) {
    throw unreadable(name, cause);
  }
  return await compileBytes(bytes);
}

async function nodeHost(): Promise<Host | NoThreads> {
  if (typeof SharedArrayBuffer === 'undefined') return { reason: 'this runtime has no shared memory' };
  const [threads, { availableParallelism }] = await Promise.all([workerThreads(), import('node:os')]);
  return {
    cores: availableParallelism(),
    startThread(script, { onMessage, onEnd }) {
      // No argument of the process is meant for the thread: a test runner's loaders, for instance.
      const { Worker } = threads();
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

/**
 * The module of threads, which takes longer to load than the core: not before there is a thread to start, where the runtime can
 * do that.
 */
async function workerThreads(): Promise<() => typeof import('node:worker_threads')> {
  if (typeof process.getBuiltinModule === 'function') return () => process.getBuiltinModule('node:worker_threads');
  const module = await import('node:worker_threads');
  return () => module;
}
