/** The package's main entry in Vercel's edge runtime. */
import { usePlatform } from '../engine/platform.js';
import { edgeLight } from '../engine/platforms/edge-light.js';

usePlatform(edgeLight);

export * from '../index.js';
