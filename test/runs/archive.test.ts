/** A run as one file: what tar reads, what is read of tar's, and that damage is refused. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRun, MemoryStorage, openRun, packRun, unpackRun } from '../../src/runs/index.js';
import { DiskStorage } from '../../src/runs/node.js';
import { rejection, useFolder } from '../support/folder.js';

const at = useFolder();

async function makeRun(storage: MemoryStorage | DiskStorage, number: number): Promise<void> {
  const run = await createRun(storage, { overwrite: true });
  await run.writeConfig({ number });
  await run.writeTokenizer({ words: ['é'] });
  const data = Float32Array.from({ length: 1000 }, (_, i) => i * number);
  await run.writeModel([{ name: 'w', dtype: 'F32', shape: [1000], data }]);
  const log = await run.openMetrics();
  log.append({ number });
  await log.close();
  await run.close();
}

describe('an archive', () => {
  it('is unpacked by tar, and packs what tar packs', async () => {
    const storage = new DiskStorage(at('runs/mine'));
    await makeRun(storage, 3);
    await fs.writeFile(at('runs/mine/notes.txt'), 'not of the run');
    const bytes = await packRun(storage);
    await fs.writeFile(at('mine.tar'), bytes);
    await fs.mkdir(at('theirs'));
    execFileSync('tar', ['xf', at('mine.tar'), '-C', at('theirs')]);
    const files = (await storage.list()).filter((name) => name !== 'notes.txt').sort();
    expect((await fs.readdir(at('theirs'))).sort()).toEqual(files);
    for (const name of files) {
      expect(Buffer.compare(await fs.readFile(at('theirs', name)), await fs.readFile(at('runs/mine', name)))).toBe(0);
    }
    for (const args of [
      ['-C', at('runs'), 'mine'],
      ['-C', at('runs/mine'), '.'],
    ]) {
      execFileSync('tar', ['cf', at('again.tar'), ...args]);
      const back = new MemoryStorage();
      await unpackRun(await fs.readFile(at('again.tar')), back);
      expect((await back.list()).sort()).toEqual(files);
      expect(await packRun(back)).toEqual(bytes);
    }
  });

  it('takes the place of a run only when it is told to, and no other place', async () => {
    const [one, two] = [new MemoryStorage(), new MemoryStorage()];
    await makeRun(one, 1);
    await makeRun(two, 2);
    await two.write('report.html', [new Uint8Array(3)]);
    const bytes = await packRun(one);
    expect((await rejection(unpackRun(bytes, two))).message).toMatch(
      /^E_IO memory: a new or empty folder is expected, got a run/,
    );
    await unpackRun(bytes, two, { overwrite: true });
    expect(await (await openRun(two)).readConfig()).toMatchObject({ number: 1 });
    expect(await two.list()).not.toContain('report.html');
    const other = new MemoryStorage();
    await other.write('photo.jpg', []);
    expect((await rejection(unpackRun(bytes, other, { overwrite: true }))).message).toMatch(
      /^E_IO memory: .*such as "photo\.jpg"/,
    );
    expect((await rejection(packRun(other))).message).toMatch(/^E_CHECKPOINT memory: a run must have config\.json/);
  });

  it('that is cut anywhere, damaged or of something else is refused, and nothing is written', async () => {
    const one = new MemoryStorage();
    await makeRun(one, 1);
    const bytes = await packRun(one);
    const place = new MemoryStorage();
    for (let length = 0; length < bytes.length - 1024; length += 97) {
      const error = await rejection(unpackRun(bytes.subarray(0, length), place));
      expect(error.message).toMatch(
        /^E_FORMAT unpackRun: a tar archive is expected, got one that is (cut off|damaged)/,
      );
    }
    for (let i = 0; i < 512; i += 7) {
      const changed = bytes.slice();
      changed[i] = (changed[i] as number) ^ 4;
      expect((await rejection(unpackRun(changed, place))).message).toMatch(/^E_(FORMAT|CHECKPOINT)/);
    }
    expect((await rejection(unpackRun(new Uint8Array(1024), place))).message).toMatch(
      /^E_CHECKPOINT memory: the archive: it must hold the config\.json of a run, got none/,
    );
    expect(await place.list()).toEqual([]);
  });
});
