/** Pages and their workers: the core is fetched, threads are Web Workers. */
import { fetchCore } from '../compile.js';
import { PAGE_MEMORY, webHost } from '../host.js';
import { coreUrl, workerUrl } from '../location.js';
import type { Platform } from '../platform.js';

export const browser: Platform = {
  relaxed: true,
  maximumMemory: PAGE_MEMORY,
  loadCore: async (build, notices) => fetchCore(coreUrl(build), notices),
  loadFrom: fetchCore,
  host: webHost,
  workerUrl,
};
