/** Pages and their workers: the core is fetched, threads are Web Workers. */
import { fetchCore } from '../compile.js';
import { webHost } from '../host.js';
import { coreUrl, resolveUrl, workerUrl } from '../location.js';
import type { Platform } from '../platform.js';

export const browser: Platform = {
  relaxed: true,
  loadCore: async (build, notices) => fetchCore(coreUrl(build), notices),
  loadFrom: async (place, notices) => fetchCore(resolveUrl(place), notices),
  host: webHost,
  workerUrl,
};
