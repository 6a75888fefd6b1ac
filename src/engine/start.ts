/**
 * Which build of the core runs on which memory with how many threads. What the runtime lacks is done without, and said; only a
 * core that the caller chose must be right.
 */
import { AdnceError } from '../errors.js';
import type { Core } from './core.js';
import { hasRelaxedSimd } from './features.js';
import type { Host, NoThreads } from './host.js';
import { type CoreSource, instantiate, loadModule } from './instantiate.js';
import type { Build } from './location.js';
import type { Notices } from './notice.js';
import { currentPlatform, type Platform } from './platform.js';

const INITIAL_PAGES = 64;
/**
 * Threads that nobody asked for start after so much work for each, the first counted. That is about twice the time that starting them
 * takes, so that a short program does without.
 */
const WORTH_STARTING_MILLISECONDS = 10;
/** Bits of the core's features(). */
const THREADS = 1;
const RELAXED = 2;

/** What is asked for. */
export interface Wish {
  core: CoreSource | undefined;
  /** Undefined: as many as there are processors. */
  threads: number | undefined;
  mostThreads: number;
  fast: boolean;
  maximumPages: number;
}

/** What runs. */
export interface Start {
  core: Core;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  build: Build;
  threads: number;
  /** Milliseconds of work after which they start. */
  startAfter: number;
  maximumPages: number;
  /** How to start the other threads. */
  host: Host;
  script: () => URL;
}

/** Starts a core. @throws E_RUNTIME without SIMD, E_IO or E_FORMAT when the core can't be loaded, E_MEMORY */
export async function startCore(wish: Wish, notices: Notices): Promise<Start> {
  const platform = currentPlatform();
  const relaxed = wish.fast && hasRelaxed(platform, notices);
  const where = wish.threads === 1 ? null : await platform.host();
  const threads = threadsOf(wish, where, notices);
  const shared = threads > 1 ? makeMemory(wish, true, notices) : null;
  const memory = shared ?? makeMemory(wish, false, notices);
  const module = await loadModule(wish.core, buildName(shared !== null, relaxed), notices);
  const running =
    wish.core === undefined ? { core: instantiate(module, memory), memory } : findMemory(module, memory, wish, notices);
  const features = running.core.features();
  const build = buildName((features & THREADS) !== 0, (features & RELAXED) !== 0);
  const { maximumPages } = wish;
  // A core of the caller's may have no threads after all.
  const count = shared === running.memory ? threads : 1;
  const startAfter = wish.threads === undefined ? WORTH_STARTING_MILLISECONDS * count : 0;
  return {
    ...running,
    module,
    build,
    threads: count,
    startAfter,
    maximumPages,
    host: where as Host,
    script: platform.workerUrl,
  };
}

function hasRelaxed(platform: Platform, notices: Notices): boolean {
  if (platform.relaxed && hasRelaxedSimd()) return true;
  const reason = platform.relaxed
    ? 'this runtime has no relaxed SIMD'
    : 'only the plain build of the core comes along here';
  notices.say(`adnce runs without fused multiply-add: ${reason}`);
  return false;
}

function buildName(threads: boolean, relaxed: boolean): Build {
  if (threads) return relaxed ? 'simd-threads-relaxed' : 'simd-threads';
  return relaxed ? 'simd-relaxed' : 'simd';
}

function threadsOf({ threads, mostThreads }: Wish, where: Host | NoThreads | null, notices: Notices): number {
  if (where === null) return 1;
  if ('cores' in where) return threads ?? Math.min(where.cores, mostThreads);
  notices.say(`adnce runs on one thread: ${where.reason}`);
  return 1;
}

/** A memory; null for a shared one that is refused. */
function makeMemory(wish: Wish, shared: false, notices: Notices): WebAssembly.Memory;
function makeMemory(wish: Wish, shared: true, notices: Notices): WebAssembly.Memory | null;
function makeMemory({ maximumPages }: Wish, shared: boolean, notices: Notices): WebAssembly.Memory | null {
  const size = { initial: Math.min(INITIAL_PAGES, maximumPages), maximum: maximumPages };
  try {
    return new WebAssembly.Memory(shared ? { ...size, shared } : size);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    if (!shared) {
      throw new AdnceError('E_MEMORY', {
        where: 'init',
        what: `the runtime refuses a memory of at most ${maximumPages / 16} MiB (${reason})`,
        hint: 'lower init({ maximumMemory })',
        cause,
      });
    }
    notices.say(`adnce runs on one thread: shared memory was refused (${reason})`);
    return null;
  }
}

/** A core of the caller's on the memory it was built for, which only trying tells. */
function findMemory(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  wish: Wish,
  notices: Notices,
): { core: Core; memory: WebAssembly.Memory } {
  try {
    return { core: instantiate(module, memory), memory };
  } catch (error) {
    const wasShared = memory.buffer instanceof SharedArrayBuffer;
    const other = wasShared ? makeMemory(wish, false, notices) : makeMemory(wish, true, notices);
    if (!isLinkError(error) || other === null) throw error;
    const core = instantiate(module, other);
    if (wasShared && wish.threads !== undefined) {
      notices.say('adnce runs on one thread: the core that was passed is a build without threads');
    }
    return { core, memory: other };
  }
}

function isLinkError(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof WebAssembly.LinkError;
}
