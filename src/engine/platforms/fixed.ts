/** Runtimes without threads that get one build of the core, the plain one, together with the script. */
import { assertInternal } from '../../errors.js';
import { fetchCore } from '../compile.js';
import { PAGE_MEMORY } from '../host.js';
import type { Platform } from '../platform.js';

/**
 * @param loadCore gives the compiled core
 * @param reason why there are no threads, in words for a notice
 */
export function fixedPlatform(loadCore: () => Promise<WebAssembly.Module>, reason: string): Platform {
  return {
    relaxed: false,
    maximumMemory: PAGE_MEMORY,
    loadCore,
    loadFrom: fetchCore,
    host: async () => ({ reason }),
    workerUrl: () => assertInternal(false, 'a thread was to be started where there are none') as never,
  };
}
