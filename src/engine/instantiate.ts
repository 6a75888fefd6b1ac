/**
 * From a .wasm file to a running core. Where bytes may be compiled they are; a caller in a runtime that forbids it hands in a
 * WebAssembly.Module of its own.
 */
import { instantiateSync } from '@assemblyscript/loader';
import { AdnceError } from '../errors.js';
import { compileBytes } from './compile.js';
import type { Core } from './core.js';
import { CORE_ID, mustBeCore } from './core-id.js';
import { hasSimd } from './features.js';
import type { Build } from './location.js';
import type { Notices } from './notice.js';
import { currentPlatform } from './platform.js';

/** What is taken for a core: a compiled module, its bytes, or where it lies. */
export type CoreSource = WebAssembly.Module | BufferSource | URL | string;

/**
 * The module of a core: the caller's, or else the package's own.
 * @throws E_RUNTIME without SIMD or where compiling is forbidden, E_IO when the file can't be read, E_FORMAT when it is no core
 */
export async function loadModule(
  source: CoreSource | undefined,
  build: Build,
  notices: Notices,
): Promise<WebAssembly.Module> {
  if (!hasSimd()) {
    throw new AdnceError('E_RUNTIME', {
      where: 'init',
      what: 'this runtime has no WebAssembly SIMD',
      hint: 'Node 16.4, Chrome 91, Firefox 89 and Safari 16.4 are the first that have it',
    });
  }
  const module = await compile(source, build, notices);
  mustBeCore(module, CORE_ID);
  return module;
}

async function compile(source: CoreSource | undefined, build: Build, notices: Notices): Promise<WebAssembly.Module> {
  if (source === undefined) return currentPlatform().loadCore(build, notices);
  if (isModule(source)) return source;
  return isLocation(source) ? currentPlatform().loadFrom(source, notices) : compileBytes(source);
}

/** Runs the core on `memory`. @throws E_FORMAT when the module is no core */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Core {
  try {
    const imports = { env: { memory } };
    // The loader does not know a module of another realm, such as the one that edge-runtime gets from its host.
    const own = module instanceof WebAssembly.Module;
    const instance = own ? instantiateSync(module, imports).instance : new WebAssembly.Instance(module, imports);
    // The bare functions: the loader's own would count their arguments at every call.
    const core: Partial<Core> = { ...instance.exports };
    if (typeof core.contrastPlanBytes === 'function') return core as Core;
  } catch (cause) {
    throw notACore(`could not be started: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
  throw notACore('lacks the functions it should export');
}

function notACore(what: string, cause?: unknown): AdnceError {
  const hint = 'pass a .wasm file of this very version of adnce: simd-threads for threads: 2 or more, simd for one';
  return new AdnceError('E_FORMAT', { where: 'init', what: `the core ${what}`, hint, cause });
}

function isModule(source: unknown): source is WebAssembly.Module {
  return Object.prototype.toString.call(source) === '[object WebAssembly.Module]';
}

function isLocation(source: URL | string | BufferSource): source is URL | string {
  return typeof source === 'string' || source instanceof URL;
}
