/** Reading from the disk: a wrong path and a damaged file are told apart. */
import * as fs from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../src/checkpoint/index.js';
import { mustBeFile, readCheckpoint, writeCheckpoint } from '../../../src/checkpoint/node.js';
import { rejection, useFolder } from '../../support/folder.js';
import { oneTensor, safetensorsFile } from '../../support/safetensors.js';

const at = useFolder();
const WEIGHT = { name: 'w', dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } as const;
const say = async (path: string): Promise<string> => (await rejection(readCheckpoint(path))).message;

describe('readCheckpoint', () => {
  it('reads what writeCheckpoint wrote', async () => {
    await writeCheckpoint(at('x'), [WEIGHT], { a: 'b' });
    expect(new Uint8Array(await fs.readFile(at('x')))).toEqual(writeSafetensors([WEIGHT], { a: 'b' }));
    const { tensors, metadata } = await readCheckpoint(at('x'));
    expect([metadata.get('a'), tensors.get('w')!.data]).toEqual(['b', WEIGHT.data]);
  });

  it('reads files longer than one call takes', async () => {
    const data = new Uint8Array(2 ** 24 + 2 ** 20).map((_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    await writeCheckpoint(at('x'), [{ name: 'w', dtype: 'U8', shape: [data.length], data }]);
    const read = (await readCheckpoint(at('x'))).tensors.get('w')!.data as Uint8Array;
    expect(Buffer.compare(read, data)).toBe(0);
  });

  it('says what is wrong with a path', async () => {
    await writeCheckpoint(at('model.safetensors'), [WEIGHT]);
    expect(await say(at('model.safetensor'))).toBe(
      `E_IO ${at('model.safetensor')}: a file is expected, got nothing at this path. Hint: did you mean "model.safetensors".`,
    );
    expect(await say(at('none', 'x'))).toContain(`there is no folder "${at('none')}"`);
    expect(await say(at())).toMatch(/^E_IO .*: a file is expected, got a folder/);
    expect(await say(at('model.safetensors', 'x'))).toMatch(/^E_IO .*leads through a file/);
  });

  it('refuses damage, and a file that is none', async () => {
    await writeCheckpoint(at('x'), [WEIGHT]);
    const good = await fs.readFile(at('x'));
    for (let length = 0; length < good.length; length += 7) {
      await fs.writeFile(at('x'), good.subarray(0, length));
      expect(await say(at('x'))).toMatch(/^E_CHECKPOINT /);
    }
    await fs.writeFile(at('x'), good.with(good.length - 1, 1));
    expect(await say(at('x'))).toMatch(/^E_CHECKPOINT .*the digest of the content must be/);
    await fs.writeFile(at('x'), 'anchor,positive\n');
    expect(await say(at('x'))).toMatch(
      /^E_CHECKPOINT .*header may take at most 8 bytes, got \d+\. Hint: is it a safetens/,
    );
  });

  it('takes no memory for a file that is long but hollow', async () => {
    const header = oneTensor('U8', '[2]', 0, 2);
    await fs.writeFile(at('x'), safetensorsFile(header, [1, 2]));
    await fs.truncate(at('x'), 2 ** 40);
    expect(await say(at('x'))).toMatch(/^E_CHECKPOINT .*the tensors fill 2 bytes, got a data section of 10995116\d+/);
    await fs.writeFile(at('x'), safetensorsFile(oneTensor('U8', `[${2 ** 40}]`, 0, 2 ** 40)));
    await fs.truncate(at('x'), 2 ** 40 + (await fs.stat(at('x'))).size);
    expect(await say(at('x'))).toBe(
      'E_MEMORY checkpoint: 1048577 MiB are needed for the file, the machine has no more to give.',
    );
  });
});

it('mustBeFile gives the size', async () => {
  await fs.writeFile(at('x'), 'abc');
  expect(await mustBeFile(at('x'))).toBe(3);
  await expect(mustBeFile(at())).rejects.toThrow(/^E_IO .*got a folder\. Hint: name a file in it/);
});
