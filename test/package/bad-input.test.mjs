/**
 * What servers, caches, policies and runtimes do to the core: for each one error with a code that says what to change, or a
 * fallback that is said. The files are the installed ones, without a bundler.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expected } from './support/expected.mjs';
import { foreign, openBrowser, resultOf, STRICT, serve } from './support/pages.mjs';
import { app, installed } from './support/places.mjs';
import { run } from './support/run.mjs';
import { startWorkerd } from './support/workerd.mjs';

const core = await readFile(installed('dist', 'simd.wasm'));
let browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser?.close());

/** Opens the plain page of a server of its own. */
async function open(options, query = '') {
  const server = await serve(app(), { headers: { 'content-security-policy': STRICT }, ...options });
  try {
    const seen = await resultOf(browser, `${server.origin}/plain.html${query}`);
    expect(foreign(seen.requests, server.origin).filter((address) => !query.includes(address))).toEqual([]);
    return seen;
  } finally {
    await server.close();
  }
}

const answer = (reply) => ({ change: (path) => (path.endsWith('/simd.wasm') ? reply : undefined) });

describe('a page', () => {
  it('needs no bundler', async () => {
    const { result, requests } = await open({});
    expect(result).toMatchObject({ build: 'simd', threads: 1 });
    expect(requests.filter((address) => address.endsWith('.wasm'))).toHaveLength(1);
  });

  it('without shared memory runs on one thread, and says which headers would change that', async () => {
    const { result, warnings } = await open({});
    expect(result.notice).toMatch(/^adnce runs on one thread: /);
    expect(warnings.filter((text) => text === result.notice)).toHaveLength(1);
  });

  it('whose policy forbids to compile: E_RUNTIME with the policy it needs, and nothing is fetched', async () => {
    const { result, requests } = await open({ headers: { 'content-security-policy': "default-src 'self'" } });
    expect(result).toMatchObject({ name: 'AdnceError', code: 'E_RUNTIME', typed: true });
    expect(result.hint).toContain("'wasm-unsafe-eval' in the script-src");
    expect(requests.filter((address) => address.endsWith('.wasm'))).toEqual([]);
  });

  it('whose policy forbids to fetch: E_IO with connect-src', async () => {
    const { result } = await open({ headers: { 'content-security-policy': `${STRICT}; connect-src 'none'` } });
    expect(result).toMatchObject({ code: 'E_IO', typed: true });
    expect(result.hint).toContain('connect-src');
  });

  it('that has no .wasm: E_IO with the status and the place', async () => {
    const { result } = await open(answer({ status: 404, type: 'text/plain', body: 'no' }));
    expect(result).toMatchObject({ code: 'E_IO', typed: true });
    expect(result.message).toMatch(/the core at http:\/\/\S+\/dist\/simd\.wasm could not be read: status 404/);
  });

  it('with a core from another origin that does not allow it: E_IO with the header', async () => {
    const other = await serve(installed('dist'));
    try {
      const policy = `${STRICT}; connect-src ${other.origin}`;
      const place = `${other.origin}/simd.wasm`;
      const { result } = await open({ headers: { 'content-security-policy': policy } }, `?core=${place}`);
      expect(result).toMatchObject({ code: 'E_IO', typed: true });
      expect(result.hint).toContain('Access-Control-Allow-Origin');
    } finally {
      await other.close();
    }
  });

  it.each(['text/plain', 'application/octet-stream', ''])('with the core as "%s" runs, and says it', async (type) => {
    const { result, warnings } = await open(answer({ type, body: core }));
    expect(result.build).toBe('simd');
    const said = type === '' ? 'no type' : type;
    expect(result.notice).toContain(`came as ${said}; serve it with Content-Type: application/wasm`);
    expect(warnings.some((text) => text.startsWith('adnce starts slower: '))).toBe(true);
  });

  it('that answers with its start page: E_FORMAT, which says so', async () => {
    const { result } = await open(answer({ type: 'text/html', body: '<!doctype html><p>Start</p>' }));
    expect(result).toMatchObject({ code: 'E_FORMAT', typed: true });
    expect(result.hint).toContain('came as text/html');
  });

  it('with an old core in its cache beside a new script: E_FORMAT with both names', async () => {
    // A core of another build has another name at its end, and else may look the same.
    const old = Buffer.concat([core.subarray(0, -16), Buffer.from('00112233445566aa')]);
    const name = core.subarray(-16).toString();
    const { result } = await open(answer({ body: old, type: 'application/wasm' }));
    expect(result).toMatchObject({ code: 'E_FORMAT', typed: true });
    expect(result.message).toContain(`another build than this script: ${name} was expected, got 00112233445566aa`);
    expect(result.hint).toContain('reload without the cache');
  });
});

/** What a program gives in Node under flags, as JSON. */
async function inNode(code, ...flags) {
  const text = `${code}\nconsole.log(JSON.stringify(result));`;
  return JSON.parse(await run(process.execPath, [...flags, '--input-type=module', '-e', text], app()));
}

describe('Node', () => {
  const start = `const { init } = await import('adnce');
    const result = await init().then(({ threads, notice }) => ({ threads, notice }), ({ code, message }) => ({ code, message }));`;

  it.runIf(process.arch === 'x64')('on a processor without SIMD: E_RUNTIME, and who has it', async () => {
    const result = await inNode(start, '--no-enable-sse4-1');
    expect(result.code).toBe('E_RUNTIME');
    expect(result.message).toMatch(/no WebAssembly SIMD\. Hint: Node 16\.4/);
  });

  it('without shared memory runs on one thread, and says it', async () => {
    const result = await inNode(`delete globalThis.SharedArrayBuffer;\n${start}`);
    expect(result).toEqual({ threads: 1, notice: 'adnce runs on one thread: this runtime has no shared memory' });
  });

  it('without its .wasm files, or in a bundle that left them behind: E_IO', async () => {
    const result = await inNode(
      `const { rename } = await import('node:fs/promises');
      const place = ${JSON.stringify(installed('dist', 'simd.wasm'))};
      const { init } = await import('adnce');
      await rename(place, place + '.away');
      const result = await init({ threads: 1 }).catch(({ code, hint }) => ({ code, hint }));
      await rename(place + '.away', place);`,
    );
    expect(result).toEqual({
      code: 'E_IO',
      hint: 'serve the .wasm file beside the script, or pass init({ core })',
    });
  });
});

describe('workerd', () => {
  let worker;

  beforeAll(async () => {
    worker = await startWorkerd();
  });

  afterAll(() => worker?.close());

  it('gets the core as a module, and gives the bits of Node', async () => {
    expect(await worker.json('/')).toEqual({
      ...(await expected()),
      build: 'simd',
      threads: 1,
      notice: 'adnce runs on one thread: this runtime has no workers',
    });
  });

  it('compiles nothing from bytes: E_RUNTIME, which says what to import', async () => {
    const result = await worker.json('/bytes');
    expect(result.code).toBe('E_RUNTIME');
    expect(result.hint).toContain('import adnce/simd.wasm as a module and pass init({ core: module })');
  });
});
