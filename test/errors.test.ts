/** The closed list of codes: docs/errors.md has each with its example, and the examples are what the library really says. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { along, COUNT, Engine, init } from '../src/engine/index.js';
import { AdnceError, assertInternal, ERROR_CODES, type ErrorCode } from '../src/errors.js';
import { infoNCE } from '../src/losses/index.js';
import { type Tensor, tensor } from '../src/tensor/index.js';
import { withThreads } from './support/threads.js';

const docs = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** Heading to text, of the headings of the second level. */
const sections = new Map(
  docs
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n'))] as const),
);

/** The example message of a section: its indented line. */
function example(code: ErrorCode): string {
  return sections.get(code)?.match(/^ {4}(.+)$/m)?.[1] ?? '';
}

describe('docs/errors.md', () => {
  it('has a heading for every code, in the order of the list, and for nothing else', () => {
    expect([...sections.keys()]).toEqual(CODES);
  });

  it('says of every code in its table what errors.ts says', () => {
    const rows = [...docs.matchAll(/^\| \[`(\w+)`\]\(#(\w+)\) +\| (.+?) +\|$/gm)].map(([, code, link, text]) => [
      code,
      link,
      text,
    ]);
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, text]) => [code, code.toLowerCase(), text]));
  });

  it.each(CODES)('%s: what it means, an example of one line and what to do', (code) => {
    const text = sections.get(code) as string;
    expect(text.trimStart()).toMatch(/^[A-Z]/);
    expect(text).toContain('**What to do.**');
    expect(example(code)).toMatch(new RegExp(`^${code} [^:]+(:\\d+)?: .*\\. Hint: .*\\.$`));
  });
});

const A = [1, 2, 3, -1, 0, 2];
const options = { temperature: 0.5 };
const step = async (work: () => unknown, settings = {}) => (await init(settings)).step(work);
const at = (owner: Engine) => along(owner.stackF32(1000, 'test'), 4);
const batch = (shape: number[], values = A): Tensor => tensor(values, shape);

/** A message without what differs between machines: amounts of memory, words of the operating system. */
function settled(message: string): string {
  return message.replace(/\d+\.\d MiB/g, '… MiB').replace(/(could not be read: ).*(\. Hint: )/, '$1…$2');
}

/** What raises each code that the engine, tensors and losses know. */
const TRIGGERS: Partial<Record<ErrorCode, () => unknown>> = {
  E_OPTION: () => step(() => infoNCE(batch([3, 2]), batch([3, 2]), { temprature: 1 } as never)),
  E_SHAPE: () => step(() => infoNCE(batch([3, 2]), batch([2, 3]), options)),
  E_VALUE: () => step(() => infoNCE(batch([3, 2]), batch([3, 2], A.with(2, Number.NaN)), options)),
  E_RUNTIME: () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    return init({});
  },
  E_INIT: async () => {
    vi.resetModules();
    const { engine } = await import('../src/engine/index.js');
    engine();
  },
  E_STATE: async () => {
    await init({});
    infoNCE(batch([3, 2]), batch([3, 2]), options);
  },
  E_MEMORY: async () => {
    const owner = await init({ maximumMemory: 2 ** 22 });
    const x = tensor(new Float32Array(200_000).fill(1), [10_000, 20]);
    owner.step(() => infoNCE(x, x, { ...options, layout: 'image' }));
  },
  E_WORKER: () =>
    withThreads('silent', async (owner) => {
      await owner.ready();
      // Until the other thread has come to take a block.
      for (;;) owner.step(() => owner.run('scaleArray', 1000, 10, [at(owner), at(owner), COUNT, 1]));
    }),
  E_IO: () => Engine.create({ core: 'file:///none/simd.wasm' }),
  E_FORMAT: () => Engine.create({ core: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }),
};

describe('what the library really says', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  it.each(Object.entries(TRIGGERS))('%s is raised with the words of its example', async (code, trigger) => {
    let caught: unknown;
    try {
      await trigger();
    } catch (error) {
      caught = error;
    }
    // A fresh copy of a room brings a class of its own.
    expect((caught as Error).name).toBe('AdnceError');
    const { code: got, message } = caught as AdnceError;
    expect(got).toBe(code);
    expect(settled(message)).toBe(settled(example(code as ErrorCode)));
  });
});

describe('AdnceError', () => {
  it('is an Error with a code, a hint and a cause', () => {
    const cause = new Error('below');
    const error = new AdnceError('E_DATA', {
      where: 'x.tsv:3',
      what: 'two fields are expected, got one',
      hint: 'look',
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('AdnceError');
    expect([error.code, error.hint, error.cause]).toEqual(['E_DATA', 'look', cause]);
    expect(error.message).toBe('E_DATA x.tsv:3: two fields are expected, got one. Hint: look.');
    expect(String(error)).toBe(`AdnceError: ${error.message}`);
  });

  it('does without a hint', () => {
    const error = new AdnceError('E_SHAPE', { where: 'item', what: 'it has two' });
    expect([error.message, error.hint, error.cause]).toEqual(['E_SHAPE item: it has two.', undefined, undefined]);
  });
});

describe('assertInternal', () => {
  it('throws what asks for a report, and is no AdnceError', () => {
    expect(() => assertInternal(true, 'x')).not.toThrow();
    expect(() => assertInternal(false, 'tiles overlap')).toThrow(
      /^internal: tiles overlap\. This is a bug in adnce, please report it\.$/,
    );
    try {
      assertInternal(false, 'x');
    } catch (error) {
      expect(error).not.toBeInstanceOf(AdnceError);
    }
  });
});
