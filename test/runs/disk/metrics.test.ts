/** The log of a run: one object on each line, and a kill costs at most the line that was being written. */
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MetricsLog, parseMetrics } from '../../../src/runs/index.js';
import { DiskStorage } from '../../../src/runs/node.js';
import { rejection, useFolder } from '../../support/folder.js';
import { withTinyDisk } from '../../support/tiny-disk.js';

const at = useFolder();
const readMetrics = async (path: string) => parseMetrics(await fs.readFile(path), path);
const openLog = (path: string, length = 0) => MetricsLog.open(new DiskStorage(dirname(path)), basename(path), length);
const ENTRIES = [{ step: 1, loss: 0.5 }, { step: 2, text: 'é\n"犬"' }, {}];
const TEXT = '{"step":1,"loss":0.5}\n{"step":2,"text":"é\\n\\"犬\\""}\n{}\n';

describe('MetricsLog', () => {
  it('writes one object on each line when it is flushed', async () => {
    const log = await openLog(at('m'));
    log.append(ENTRIES[0]!);
    log.append(ENTRIES[1]!);
    expect(await fs.readFile(at('m'), 'utf8')).toBe('');
    await log.flush();
    expect(await fs.readFile(at('m'), 'utf8')).toBe(TEXT.slice(0, -3));
    await log.flush();
    log.append(ENTRIES[2]!);
    await log.close();
    expect(await fs.readFile(at('m'), 'utf8')).toBe(TEXT);
    expect(await readMetrics(at('m'))).toEqual(ENTRIES);
  });

  it('gives back what was appended; numbers that are not finite are null', async () => {
    const log = await openLog(at('m'));
    log.append({ loss: Number.NaN, nested: { norm: Number.POSITIVE_INFINITY, all: [Number.NEGATIVE_INFINITY, 1] } });
    const entries = fc.sample(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), 200);
    for (const entry of entries) log.append(entry);
    await log.close();
    const [first, ...rest] = await readMetrics(at('m'));
    expect(first).toEqual({ loss: null, nested: { norm: null, all: [null, 1] } });
    expect(JSON.stringify(rest)).toBe(JSON.stringify(entries));
  });

  it('keeps the order when flushes are not awaited', async () => {
    const log = await openLog(at('m'));
    const flushes = [];
    for (let step = 0; step < 50; step++) {
      log.append({ step });
      flushes.push(log.flush());
    }
    await Promise.all(flushes);
    await log.close();
    expect((await readMetrics(at('m'))).map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('starts a new file in the place of an old one', async () => {
    await fs.writeFile(at('m'), TEXT);
    await (await openLog(at('m'))).close();
    expect(await readMetrics(at('m'))).toEqual([]);
  });

  it('goes on with an old one, cut to its first bytes', async () => {
    await fs.writeFile(at('m'), TEXT);
    const log = await openLog(at('m'), TEXT.indexOf('\n') + 1);
    log.append(ENTRIES[2]!);
    await log.close();
    expect(await readMetrics(at('m'))).toEqual([ENTRIES[0], ENTRIES[2]]);
    expect(log.length).toBe((await fs.stat(at('m'))).size);
  });

  it('says what is wrong with a path', async () => {
    expect((await rejection(openLog(at('none', 'm')))).message).toMatch(/^E_IO .*Hint: make the folder/);
  });

  it.skipIf(!existsSync('/dev/full'))('closes the file though the last entries find no room', async () => {
    const log = await openLog('/dev/full');
    log.append(ENTRIES[0]!);
    const error = await rejection(log.close());
    expect(error.message).toMatch(/^E_IO \/dev\/full: the disk is full\. Hint: free 1 MiB/);
    await expect(log.close()).rejects.toThrow(/^E_IO/);
  });

  it('on a disk that gets full, keeps what does not fit for later', async ({ skip }) => {
    await withTinyDisk(at('disk'), skip, async () => {
      await fs.writeFile(at('disk', 'other'), new Uint8Array(30_000));
      const log = await openLog(at('disk', 'm'));
      const entries = Array.from({ length: 500 }, (_, step) => ({ step, text: 'x'.repeat(80) }));
      for (const entry of entries.slice(0, 10)) log.append(entry);
      await log.flush();
      for (const entry of entries.slice(10)) log.append(entry);
      for (let k = 0; k < 2; k++) {
        expect((await rejection(log.flush())).cause).toMatchObject({ code: 'ENOSPC' });
        expect(await readMetrics(at('disk', 'm'))).toEqual(entries.slice(0, 10));
      }
      await fs.rm(at('disk', 'other'));
      await log.close();
      expect(await readMetrics(at('disk', 'm'))).toEqual(entries);
    });
  });
});

describe('readMetrics', () => {
  it('forgives a cut last line, wherever the cut is', async () => {
    const bytes = Buffer.from(TEXT);
    for (let length = 0; length <= bytes.length; length++) {
      await fs.writeFile(at('m'), bytes.subarray(0, length));
      const text = bytes.subarray(0, length).toString('latin1');
      const whole = text.split('\n').length - 1 + Number(/[^\n]\}$/.test(text) || text.endsWith('{}'));
      expect(await readMetrics(at('m')), `${length} bytes`).toEqual(ENTRIES.slice(0, whole));
    }
  });

  it.each([
    ['a cut line that is not the last', '{"a":1}\n{"a":\n{"a":1}\n', 2],
    ['a cut last line with a line feed', '{"a":1}\n{"a":\n', 2],
    ['an empty line', '{"a":1}\n\n{"a":1}\n', 2],
    ['two objects on a line', '{"a":1}{"a":1}\n', 1],
    ['NaN', '{"a":1}\n{"a":1}\n{"a":NaN}\n', 3],
    ['an array', '[1]\n', 1],
    ['a number', '1\n{"a":1}\n', 1],
    ['null', 'null\n', 1],
    ['bytes that are no UTF-8', Buffer.from('{"a":"\xff"}\n', 'latin1'), 1],
    ['zeros', Buffer.concat([Buffer.from('{}\n'), Buffer.alloc(9), Buffer.from('\n{}\n')]), 2],
  ])('refuses %s, with its line', async (_, text, line) => {
    await fs.writeFile(at('m'), text);
    const error = await rejection(readMetrics(at('m')));
    expect(error.message.startsWith(`E_CHECKPOINT ${at('m')}:${line}: a JSON object is expected, got `)).toBe(true);
  });
});
