/** From the bytes of a core to a module, wherever they come from; what a server or a runtime does wrong gets its name here. */
import { AdnceError } from '../errors.js';
import type { Notices } from './notice.js';

const MIME_TYPE = 'application/wasm';
const FETCH_HINT =
  'serve the .wasm file beside the script, allow its origin in the connect-src of a Content-Security-Policy, and from another origin send Access-Control-Allow-Origin; or pass init({ core })';
/** The shortest module. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** Compiles a core. @throws E_RUNTIME where that is forbidden, E_FORMAT when the bytes are no WebAssembly */
export async function compileBytes(bytes: BufferSource): Promise<WebAssembly.Module> {
  mustCompile();
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw uncompilable(cause, 'the .wasm file is damaged or not served as it is');
  }
}

/**
 * Fetches a core and compiles it while it arrives; after it, with a notice, when it comes under another type than application/wasm.
 * @throws E_RUNTIME where compiling is forbidden, E_IO when it can't be fetched, E_FORMAT when it is no WebAssembly
 */
export async function fetchCore(url: URL | string, notices?: Notices): Promise<WebAssembly.Module> {
  mustCompile();
  let bytes: ArrayBuffer;
  let type: string;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    type = response.headers.get('content-type')?.trim() || 'no type';
    // Nothing else streams, not even the same type with a parameter.
    if (type.toLowerCase() === MIME_TYPE) return await WebAssembly.compileStreaming(response);
    bytes = await response.arrayBuffer();
  } catch (cause) {
    if (cause instanceof WebAssembly.CompileError) throw uncompilable(cause, 'the .wasm file on the server is damaged');
    throw unreadable(url, cause, FETCH_HINT);
  }
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch (cause) {
    throw uncompilable(
      cause,
      `${url} came as ${type}: a server that answers with a page of its own has no .wasm file there; copy it beside the script`,
    );
  }
  notices?.say(`adnce starts slower: ${url} came as ${type}; serve it with Content-Type: ${MIME_TYPE}`);
  return module;
}

/** A core that can't be had. */
export function unreadable(
  place: URL | string,
  cause: unknown,
  hint = 'serve the .wasm file beside the script, or pass init({ core })',
): AdnceError {
  if (cause instanceof AdnceError) return cause;
  return new AdnceError('E_IO', {
    where: 'init',
    what: `the core at ${place} could not be read: ${messageOf(cause)}`,
    hint,
    cause,
  });
}

/** @throws E_RUNTIME where this runtime compiles nothing from bytes */
function mustCompile(): void {
  try {
    new WebAssembly.Module(EMPTY);
  } catch (cause) {
    throw new AdnceError('E_RUNTIME', {
      where: 'init',
      what: `this runtime forbids compiling WebAssembly: ${messageOf(cause)}`,
      hint: "a page needs 'wasm-unsafe-eval' in the script-src of its Content-Security-Policy; at the edge, import adnce/simd.wasm as a module and pass init({ core: module })",
      cause,
    });
  }
}

function uncompilable(cause: unknown, hint: string): AdnceError {
  const what = `the core could not be compiled: ${messageOf(cause)}`;
  return new AdnceError('E_FORMAT', { where: 'init', what, hint, cause });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
