/** workerd, Cloudflare's runtime: nothing is compiled from bytes, a .wasm file is imported as a module. */

import { fixedPlatform } from './fixed.js';
import core from './simd.wasm';

export const workerd = fixedPlatform(async () => core, 'this runtime has no workers');
