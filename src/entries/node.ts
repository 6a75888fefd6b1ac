/** The package's main entry in Node, Bun and Deno. */
import { usePlatform } from '../engine/platform.js';
import { node } from '../engine/platforms/node.js';

usePlatform(node);

export * from '../index.js';
