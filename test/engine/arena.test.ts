/** The arena: two lifetimes in one memory, a free list that joins its gaps, growth up to a limit. */
import { describe, expect, it } from 'vitest';
import { Arena } from '../../src/engine/arena.js';
import { AdnceError } from '../../src/errors.js';

const PAGE = 65536;
const BASE = 1000;

function arena(pages = 1, limit = 16): Arena {
  return new Arena(new WebAssembly.Memory({ initial: pages, maximum: limit }), BASE, limit * PAGE);
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof AdnceError ? error.code : String(error);
  }
  return 'no error';
}

function bytes(owner: Arena, pointer: number, count: number): Uint8Array {
  return new Uint8Array(owner.memory.buffer, pointer, count);
}

describe('persistent memory', () => {
  it('is aligned to 64 bytes, zeroed, and stands above the base', () => {
    const owner = arena();
    for (const size of [0, 1, 63, 64, 65, 1000]) {
      const pointer = owner.allocate(size, 'test');
      expect(pointer % 64).toBe(0);
      expect(pointer).toBeGreaterThanOrEqual(BASE);
      expect(bytes(owner, pointer, size).every((byte) => byte === 0)).toBe(true);
      bytes(owner, pointer, size).fill(255);
    }
  });

  it('is never given out twice', () => {
    const owner = arena();
    const blocks = Array.from({ length: 20 }, (_, i) => ({ at: owner.allocate(i * 13, 'test'), size: i * 13 }));
    for (let i = 0; i < 20; i += 3) owner.free(blocks[i]?.at as number);
    const live = blocks.filter((_, i) => i % 3 !== 0);
    for (let i = 0; i < 12; i++) live.push({ at: owner.allocate(i * 29, 'test'), size: i * 29 });
    live.sort((x, y) => x.at - y.at);
    live.forEach(({ at }, i) => {
      const before = live[i - 1];
      if (before !== undefined) expect(at).toBeGreaterThanOrEqual(before.at + Math.max(before.size, 1));
    });
  });

  it('is reused zeroed, first fit, the rest of a gap staying a gap', () => {
    const owner = arena();
    const first = owner.allocate(640, 'test');
    owner.allocate(64, 'fence');
    bytes(owner, first, 640).fill(7);
    owner.free(first);
    const used = owner.usedBytes;
    const again = owner.allocate(128, 'test');
    expect(again).toBe(first);
    expect(bytes(owner, again, 128).every((byte) => byte === 0)).toBe(true);
    expect(owner.allocate(512, 'test')).toBe(first + 128);
    expect(owner.usedBytes).toBe(used);
    expect(owner.allocate(1, 'test')).toBe(used);
  });

  it('joins neighbouring gaps in any order of freeing, and lowers the top where the last one stands there', () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const owner = arena();
      const blocks = [0, 1, 2].map(() => owner.allocate(64, 'test'));
      const fence = owner.allocate(64, 'fence');
      for (const k of order) owner.free(blocks[k] as number);
      expect(owner.allocate(192, 'test')).toBe(blocks[0]);
      owner.free(blocks[0] as number);
      owner.free(fence);
      expect(owner.usedBytes).toBe(blocks[0]);
    }
  });

  it('refuses to free twice or what it never gave', () => {
    const owner = arena();
    const pointer = owner.allocate(10, 'test');
    owner.free(pointer);
    expect(codeOf(() => owner.free(pointer))).toBe('E_STATE');
    expect(codeOf(() => owner.free(12345))).toBe('E_STATE');
  });
});

describe('the memory of a step', () => {
  it('is given back when the step ends; what was there before survives', () => {
    const owner = arena();
    const kept = owner.allocate(256, 'kept');
    bytes(owner, kept, 256).fill(42);
    const used = owner.usedBytes;
    const places: number[] = [];
    for (let step = 0; step < 3; step++) {
      owner.open();
      expect(owner.inStep).toBe(true);
      places.push(owner.stack(1000, 'test'));
      bytes(owner, places.at(-1) as number, 1000).fill(step);
      expect(owner.usedBytes).toBe(used + 1024);
      owner.close();
      expect(owner.usedBytes).toBe(used);
    }
    expect(new Set(places).size).toBe(1);
    expect(owner.inStep).toBe(false);
    expect(bytes(owner, kept, 256).every((byte) => byte === 42)).toBe(true);
    expect(owner.peakBytes).toBe(used + 1024);
  });

  it('leaves no room for what must outlive it, unless a gap below fits', () => {
    const owner = arena();
    const gap = owner.allocate(128, 'gap');
    owner.allocate(64, 'fence');
    owner.open();
    expect(codeOf(() => owner.allocate(64, 'weights'))).toBe('E_STATE');
    owner.free(gap);
    expect(owner.allocate(64, 'weights')).toBe(gap);
    expect(codeOf(() => owner.allocate(65, 'weights'))).toBe('E_STATE');
    owner.close();
    expect(owner.allocate(64, 'weights')).toBe(gap + 64);
  });

  it('is not lowered by freeing inside a step', () => {
    const owner = arena();
    const block = owner.allocate(64, 'block');
    owner.open();
    const activation = owner.stack(64, 'activation');
    owner.free(block);
    expect(owner.stack(64, 'activation')).toBe(activation + 64);
    owner.close();
    expect(owner.usedBytes).toBe(activation);
    expect(owner.allocate(64, 'block')).toBe(block);
  });

  it('does not nest', () => {
    const owner = arena();
    owner.open();
    expect(codeOf(() => owner.open())).toBe('E_STATE');
    owner.close();
    expect(codeOf(() => owner.open())).toBe('no error');
  });
});

describe('growth', () => {
  it('goes by an eighth at least, so that there are few of them, and keeps what is there', () => {
    const owner = arena(16, 4096);
    const kept = owner.allocate(64, 'kept');
    bytes(owner, kept, 64).fill(9);
    let growths = 0;
    for (let size = owner.memory.buffer.byteLength; owner.usedBytes < 200 * 2 ** 20; ) {
      owner.allocate(100_000, 'test');
      if (owner.memory.buffer.byteLength !== size) growths++;
      size = owner.memory.buffer.byteLength;
    }
    expect(growths).toBeLessThan(60);
    expect(bytes(owner, kept, 64).every((byte) => byte === 9)).toBe(true);
  });

  it('reaches the very limit, and over it is E_MEMORY, which changes nothing', () => {
    const owner = arena(1, 16);
    const kept = owner.allocate(13 * PAGE, 'kept');
    const rest = 16 * PAGE - owner.usedBytes;
    for (let i = 0; i < 2; i++) {
      const used = owner.usedBytes;
      expect(codeOf(() => owner.allocate(rest + 1, 'too much'))).toBe('E_MEMORY');
      expect(owner.usedBytes).toBe(used);
    }
    const pointer = owner.allocate(rest, 'all of it');
    expect(owner.usedBytes).toBe(16 * PAGE);
    expect(codeOf(() => owner.stack(1, 'one more'))).toBe('E_MEMORY');
    owner.free(pointer);
    expect(owner.allocate(rest - 64, 'almost')).toBe(pointer);
    expect(bytes(owner, kept, 100).every((byte) => byte === 0)).toBe(true);
  });

  it('says in E_MEMORY what is needed, what is used and what to do', () => {
    const owner = arena(1, 16);
    expect(() => owner.stack(2 ** 20, 'infoNCE')).toThrow(
      /^E_MEMORY infoNCE: 1\.0 MiB more are needed, 0\.0 MiB of 1\.0 MiB are in use\. Hint: .*maximumMemory/,
    );
  });
});
