/** One file for everything: the core stands in the script, deflated and in base64. */
import { AdnceError } from '../../errors.js';
import { compileBytes } from '../compile.js';
import { fixedPlatform } from './fixed.js';
import text from './simd.wasm?deflated';

async function inflate(): Promise<WebAssembly.Module> {
  if (typeof DecompressionStream === 'undefined') {
    throw new AdnceError('E_RUNTIME', {
      where: 'init',
      what: 'this runtime has no DecompressionStream, which the single file needs',
      hint: 'Chrome 103, Firefox 113, Safari 16.4 and Node 18 have it; elsewhere import adnce itself, with its .wasm files beside it',
    });
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return compileBytes(await new Response(stream).arrayBuffer());
}

export const inline = fixedPlatform(inflate, 'the single file has no threads');
