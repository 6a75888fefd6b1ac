/** What the sources and the command run on. The library's build takes this out: there the entries say it. */
import type { Platform } from '../platform.js';
import { node } from './node.js';

export const DEFAULT_PLATFORM: Platform | null = node;
