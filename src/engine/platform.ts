/**
 * What differs between runtimes: where the core comes from and how threads are started. Each entry of the package names its
 * own here; the sources and the command run in Node.
 */
import { assertInternal } from '../errors.js';
import type { Host, NoThreads } from './host.js';
import type { Build } from './location.js';
import type { Notices } from './notice.js';
import { DEFAULT_PLATFORM } from './platforms/default.js';

/** A kind of runtime. */
export interface Platform {
  /** Whether the builds with relaxed SIMD come along. */
  readonly relaxed: boolean;
  /** Most bytes of memory unless the caller says how many. */
  readonly maximumMemory: number;
  /** The package's own core, compiled. @throws E_IO, E_RUNTIME, E_FORMAT */
  loadCore(build: Build, notices: Notices): Promise<WebAssembly.Module>;
  /** The core at an address of the caller's, compiled. @throws E_IO, E_RUNTIME, E_FORMAT */
  loadFrom(place: URL | string, notices: Notices): Promise<WebAssembly.Module>;
  host(): Promise<Host | NoThreads>;
  /** The script of the pool's threads, where there can be any. */
  workerUrl(): URL;
}

let current: Platform | null = DEFAULT_PLATFORM;

/** Says what this program runs on, before anything else happens. */
export function usePlatform(platform: Platform): void {
  current = platform;
}

/** What this program runs on. */
export function currentPlatform(): Platform {
  assertInternal(current !== null, 'no entry of the package was imported');
  return current;
}
