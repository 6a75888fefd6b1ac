/** A file is the old one or the new one, whatever fails in between, and what is said about a failure helps. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type NamedTensor, safetensorsChunks } from '../../../src/checkpoint/index.js';
import {
  type FileSystem,
  readCheckpoint,
  removeStaleTemps,
  writeCheckpoint,
  writeFileAtomic,
} from '../../../src/checkpoint/node.js';
import { FaultyFileSystem } from '../../support/faulty-fs.js';
import { rejection, useFolder } from '../../support/folder.js';
import { withTinyDisk } from '../../support/tiny-disk.js';

const at = useFolder();
const bytes = (text: string): Uint8Array[] => [...text.match(/.{1,4}/gs)!].map((piece) => Buffer.from(piece));
const read = async (path: string): Promise<string> => await fs.readFile(path, 'utf8');

/** A tensor of so many times the same number. */
const weights = (length: number, fill: number): NamedTensor[] => [
  { name: 'w', dtype: 'F32', shape: [length], data: new Float32Array(length).fill(fill) },
];

/** The calls of a write of two pieces that goes well; each piece takes three, as each write takes half. */
const CALLS = ['open wx', ...Array<string>(6).fill('write'), 'sync', 'close', 'rename', 'open r', 'sync', 'close'];
const RENAME = CALLS.indexOf('rename');

describe('writeFileAtomic', () => {
  it('writes a temporary file, syncs it, renames it and syncs the folder', async () => {
    const system = new FaultyFileSystem();
    await writeFileAtomic(at('x'), bytes('new text'), system);
    expect(system.calls).toEqual(CALLS);
    expect(await read(at('x'))).toBe('new text');
    expect(await fs.readdir(at())).toEqual(['x']);
  });

  it('takes views of shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 4);
    shared.set([1, 2, 3, 4]);
    await writeFileAtomic(at('x'), [shared]);
    expect([...(await fs.readFile(at('x')))]).toEqual([1, 2, 3, 4]);
  });

  it('takes no chunks, empty chunks and large ones', async () => {
    await writeFileAtomic(at('x'), []);
    expect(await read(at('x'))).toBe('');
    const large = new Uint8Array(2 ** 24 + 5).map((_, i) => i * 7);
    await writeFileAtomic(at('x'), [new Uint8Array(0), large, large.subarray(3, 9)]);
    expect((await fs.readFile(at('x'))).equals(Buffer.concat([large, large.subarray(3, 9)]))).toBe(true);
  });

  it.each(CALLS.map((call, i) => [i, call] as const))('when call %i (%s) fails', async (fault, call) => {
    for (const before of ['the old text', null]) {
      if (before === null) await fs.rm(at('x'));
      else await fs.writeFile(at('x'), before);
      const system = new FaultyFileSystem({ at: fault, code: 'EIO' });
      const error = await rejection(writeFileAtomic(at('x'), bytes('new text'), system));
      expect(error.message).toBe(`E_IO ${at('x')}: the file could not be written: EIO: ${call}.`);
      expect(error.cause).toMatchObject({ code: 'EIO' });
      const renamed = fault > RENAME;
      expect(await fs.readdir(at())).toEqual(renamed || before !== null ? ['x'] : []);
      if (renamed || before !== null) expect(await read(at('x'))).toBe(renamed ? 'new text' : before);
    }
  });

  it('leaves a checkpoint that can be read, at whatever call all ends', async () => {
    const seen = new Set<number>();
    let done = false;
    for (let fault = 0; !done; fault++) {
      await writeCheckpoint(at('x'), weights(2, 1));
      const system = new FaultyFileSystem({ at: fault, code: 'EIO', dead: true });
      done = await writeFileAtomic(at('x'), safetensorsChunks(weights(2, 2)), system).then(
        () => true,
        () => false,
      );
      const { data } = (await readCheckpoint(at('x'))).tensors.get('w')!;
      expect(data[0]).toBe(data[1]);
      seen.add(Number(data[0]));
      await removeStaleTemps(at());
      expect(await fs.readdir(at())).toEqual(['x']);
    }
    expect(seen).toEqual(new Set([1, 2]));
  });

  it('waits for a file that is held for a moment', async () => {
    for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
      const system = new FaultyFileSystem({ at: RENAME, code });
      await writeFileAtomic(at('x'), bytes('new text'), system);
      expect(system.calls.filter((call) => call === 'rename')).toHaveLength(2);
      expect(await read(at('x'))).toBe('new text');
    }
    const system = new FaultyFileSystem({ at: RENAME, code: 'EPERM', dead: true });
    const error = await rejection(writeFileAtomic(at('y'), bytes('new text'), system));
    expect(error.message).toMatch(
      /^E_IO .*: a folder with permission to write is expected, got one without\. Hint: change/,
    );
    expect(system.calls.filter((call) => call === 'rename')).toHaveLength(4);
  });

  it.each(['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'])(
    'does without a sync of the folder where there is none: %s',
    async (code) => {
      for (const call of [RENAME + 1, RENAME + 2]) {
        await writeFileAtomic(at('x'), bytes('new text'), new FaultyFileSystem({ at: call, code }));
        expect(await read(at('x'))).toBe('new text');
      }
    },
  );

  it.each([
    ['EACCES', /a folder with permission to write is expected, got one without\. Hint: change its permissions, or/],
    ['EROFS', /a writable disk is expected, got one that is read-only\. Hint: choose a folder on another disk/],
    ['EDQUOT', /the user's share of the disk is full\. Hint: free 1 MiB, or choose a folder on another disk; what was/],
    ['EFBIG', /the file is larger than this disk takes\. Hint: choose a folder on another disk/],
    ['EMFILE', /could not be opened, too many files are open/],
    ['ENAMETOOLONG', /a shorter path is expected/],
  ])('says what %s means', async (code, message) => {
    const error = await rejection(writeFileAtomic(at('x'), bytes('a'), new FaultyFileSystem({ at: 0, code })));
    expect(error.code).toBe('E_IO');
    expect(error.message).toMatch(message);
  });

  it('says what is wrong with a path', async () => {
    await fs.writeFile(at('file'), '');
    await fs.mkdir(at('folder'));
    const say = async (...parts: string[]) => (await rejection(writeFileAtomic(at(...parts), bytes('a')))).message;
    expect(await say('none', 'x')).toBe(
      `E_IO ${at('none', 'x')}: a folder to write to is expected, got none. Hint: make the folder "${at('none')}" first.`,
    );
    expect(await say('file', 'x')).toMatch(/^E_IO .*a file is expected, got a path that leads through a file\.$/);
    expect(await say('folder')).toMatch(/^E_IO .*a file is expected, got a folder\. Hint: name a file in it\.$/);
    expect((await fs.readdir(at())).sort()).toEqual(['file', 'folder']);
  });
});

describe('a disk that is full', () => {
  it.skipIf(!existsSync('/dev/full'))('by the device that always is', async () => {
    await fs.writeFile(at('x'), 'old');
    const system: FileSystem = { ...fs, open: async () => await fs.open('/dev/full', 'w') };
    const error = await rejection(writeFileAtomic(at('x'), [new Uint8Array(3 * 2 ** 20)], system));
    expect(error.cause).toMatchObject({ code: 'ENOSPC' });
    expect(error.message).toMatch(
      /^E_IO .*: the disk is full\. Hint: free 3 MiB, or choose a folder on another disk; what/,
    );
    expect(await read(at('x'))).toBe('old');
    expect(await fs.readdir(at())).toEqual(['x']);
  });

  it('by a file system of 64 KiB, where one can be mounted', async ({ skip }) => {
    const path = at('disk', 'model.safetensors');
    await withTinyDisk(at('disk'), skip, async () => {
      await writeCheckpoint(path, weights(5000, 1));
      // The old file takes 20 KB and the new one 48 KB; there is no room for both.
      for (let k = 0; k < 3; k++) {
        const error = await rejection(writeCheckpoint(path, weights(12_000 + k, 2)));
        expect(error.cause).toMatchObject({ code: 'ENOSPC' });
        expect(error.message).toMatch(/^E_IO .*model\.safetensors: the disk is full\. Hint: free 1 MiB, or choose/);
        expect(await fs.readdir(at('disk'))).toEqual(['model.safetensors']);
        expect((await readCheckpoint(path)).tensors.get('w')!.data).toEqual(new Float32Array(5000).fill(1));
      }
      const error = await rejection(writeCheckpoint(path, weights(2 ** 20, 2)));
      expect(error.hint).toMatch(/^free 4 MiB/);
      await writeCheckpoint(path, weights(5000, 3));
      expect((await readCheckpoint(path)).tensors.get('w')!.data[4999]).toBe(3);
    });
  });
});

describe('removeStaleTemps', () => {
  const name = (pid: number, random = '0123456789ab') => `.adnce-${pid}-${random}.tmp`;

  it('removes what processes that are gone have left, and nothing else', async () => {
    // A process that has certainly ended.
    const gone = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    const others = [
      'model.safetensors',
      '.adnce-x.tmp',
      `${name(gone)}.bak`,
      `x${name(gone)}`,
      '.hidden',
      name(process.ppid),
    ];
    for (const file of [...others, name(gone), name(gone, 'fffffffffff0'), name(process.pid)])
      await fs.writeFile(at(file), '');
    expect(await removeStaleTemps(at())).toBe(3);
    expect((await fs.readdir(at())).sort()).toEqual([...others].sort());
    expect(await removeStaleTemps(at())).toBe(0);
  });

  it('leaves alone what this process is writing', async () => {
    let count = -1;
    const system: FileSystem = {
      ...fs,
      rename: async (from, to) => {
        count = await removeStaleTemps(dirname(String(from)));
        await fs.rename(from, to);
      },
    };
    await writeFileAtomic(at('x'), bytes('text'), system);
    expect([count, await read(at('x'))]).toEqual([0, 'text']);
  });

  it('says when there is no folder', async () => {
    await expect(removeStaleTemps(at('none'))).rejects.toThrow(/^E_IO /);
  });
});
