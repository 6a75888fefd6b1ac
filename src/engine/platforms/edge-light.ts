/** Vercel's edge runtime: deployed, it compiles nothing from bytes; `?module` is how its builders are asked for a module. */

import { fixedPlatform } from './fixed.js';
import core from './simd.wasm?module';

export const edgeLight = fixedPlatform(async () => core, 'this runtime has no workers');
