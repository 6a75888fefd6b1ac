/** How a core comes to run, and each way in which a server, a cache or a runtime can spoil it. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileBytes, fetchCore } from '../../src/engine/compile.js';
import { CORE_ID, mustBeCore } from '../../src/engine/core-id.js';
import { coreUrl } from '../../src/engine/location.js';
import { Notices } from '../../src/engine/notice.js';
import { AdnceError } from '../../src/errors.js';

const PLACE = 'https://example.com/simd.wasm';
const bytes = await readFile(coreUrl('simd'));

/** fetch answers so. */
function serve(body: BodyInit | null, type?: string, status = 200): void {
  vi.stubGlobal('fetch', async () => {
    const response = new Response(body, { status });
    response.headers.delete('content-type');
    if (type !== undefined) response.headers.set('content-type', type);
    return response;
  });
}

async function errorOf(work: Promise<unknown>): Promise<AdnceError> {
  const error = await work.then(() => null).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AdnceError);
  return error as AdnceError;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('a core from a server', () => {
  it('is compiled while it arrives', async () => {
    serve(bytes, 'application/wasm');
    const streaming = vi.spyOn(WebAssembly, 'compileStreaming');
    const notices = new Notices();
    expect(await fetchCore(PLACE, notices)).toBeInstanceOf(WebAssembly.Module);
    expect(streaming).toHaveBeenCalledOnce();
    expect(notices.text).toBeNull();
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['application/octet-stream', 'application/octet-stream'],
    ['application/wasm; charset=utf-8', 'application/wasm; charset=utf-8'],
    [undefined, 'no type'],
  ])('under another type (%s) is compiled after it, and that is said', async (type, said) => {
    serve(bytes, type);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const notices = new Notices();
    expect(await fetchCore(PLACE, notices)).toBeInstanceOf(WebAssembly.Module);
    const text = `adnce starts slower: ${PLACE} came as ${said}; serve it with Content-Type: application/wasm`;
    expect(notices.text).toBe(text);
    expect(warn).toHaveBeenCalledWith(text);
  });

  it('that is a page in truth: E_FORMAT, which says so', async () => {
    serve('<!doctype html><title>Start</title>', 'text/html; charset=utf-8');
    const error = await errorOf(fetchCore(PLACE));
    expect(error.code).toBe('E_FORMAT');
    expect(error.hint).toContain(`${PLACE} came as text/html`);
  });

  it('that is damaged: E_FORMAT', async () => {
    serve(bytes.subarray(0, 1000), 'application/wasm');
    expect((await errorOf(fetchCore(PLACE))).message).toMatch(/^E_FORMAT init: the core could not be compiled: /);
  });

  it('that is not there: E_IO with the status', async () => {
    serve('no', 'text/plain', 404);
    expect((await errorOf(fetchCore(PLACE))).message).toMatch(
      /^E_IO init: the core at \S+ could not be read: status 404/,
    );
  });

  it('that is blocked, by a policy or by CORS: E_IO, which names both headers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await errorOf(fetchCore(PLACE));
    expect(error.message).toMatch(/^E_IO init: the core at \S+ could not be read: Failed to fetch/);
    expect(error.hint).toContain('connect-src');
    expect(error.hint).toContain('Access-Control-Allow-Origin');
  });

  it('whose connection breaks: E_IO', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('reset'));
      },
    });
    for (const type of ['application/wasm', 'text/plain']) {
      serve(broken, type);
      expect((await errorOf(fetchCore(PLACE))).code).toBe('E_IO');
    }
  });
});

describe('a runtime that forbids compiling', () => {
  it('is told by name, before anything is fetched: E_RUNTIME', async () => {
    const fetched = vi.fn();
    vi.stubGlobal('fetch', fetched);
    class Module {
      constructor() {
        throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder');
      }
    }
    vi.spyOn(WebAssembly, 'Module').mockImplementation(Module as never);
    for (const compile of [() => compileBytes(bytes), () => fetchCore(PLACE)]) {
      const error = await errorOf(compile());
      expect(error.message).toMatch(
        /^E_RUNTIME init: this runtime forbids compiling WebAssembly: Wasm code generation/,
      );
      expect(error.hint).toContain("'wasm-unsafe-eval'");
      expect(error.hint).toContain('init({ core: module })');
    }
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe('a core of another build', () => {
  const module = new WebAssembly.Module(bytes);
  const name = new TextDecoder().decode(WebAssembly.Module.customSections(module, 'adnce')[0]);

  it('is refused with both names: E_FORMAT', async () => {
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    expect(() => mustBeCore(module, name)).not.toThrow();
    expect(() => mustBeCore(module, '0123456789abcdef')).toThrow(
      `E_FORMAT init: the core is of another build than this script: 0123456789abcdef was expected, got ${name}. Hint: an old .wasm`,
    );
    const nameless = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    expect(() => mustBeCore(nameless, name)).toThrow(`${name} was expected, got none`);
  });

  it('is no matter to the sources, which run beside whatever was compiled last', () => {
    expect(CORE_ID).toBeNull();
    expect(() => mustBeCore(module, CORE_ID)).not.toThrow();
  });
});
