/**
 * A run as one file, to be sent or downloaded: a tar archive (POSIX ustar) of its files, which `tar` packs and unpacks as well. Each
 * file is a header of 512 bytes and its bytes, filled up to a multiple of 512; two empty headers are the end.
 */

import { parseRecord } from '../checkpoint/json.js';
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustKnowKeys } from '../options.js';
import { type CreateRunOptions, createRun, openRun } from './open.js';
import { HEAD, RUN_FILES } from './run.js';
import { joinChunks, type RunStorage } from './storage.js';

const BLOCK = 512;
/** Where the parts of a header are. */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;
const MAGIC = 257;
const REGULAR = ['0', '\0'];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Files in the order they are read: a state before the log it needs, which only grows. */
const ORDER = [
  'stateA',
  'stateB',
  'model',
  'metrics',
  'tokenizer',
  'result',
  'reportData',
  'report',
  'config',
] as const;

/** The files of a run as one. @throws E_CHECKPOINT when there is no run; E_IO */
export async function packRun(storage: RunStorage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (const file of ORDER) {
    const name = RUN_FILES[file];
    const bytes = await storage.read(name);
    if (bytes === null) continue;
    chunks.push(headerOf(name, bytes.length), bytes, new Uint8Array(-bytes.length & (BLOCK - 1)));
  }
  await openRun(storage);
  return joinChunks([...chunks, new Uint8Array(2 * BLOCK)]);
}

/**
 * Writes the run of an archive into a storage, its config.json last, so that a break leaves no run that lacks a part. What is no
 * file of a run is left out; folders in names do not count.
 * @throws E_FORMAT when it is no archive or is cut off; E_CHECKPOINT when it holds no run; E_IO and E_LOCKED as `createRun`
 */
export async function unpackRun(bytes: Uint8Array, storage: RunStorage, options: CreateRunOptions = {}): Promise<void> {
  mustKnowKeys('unpackRun', options, ['overwrite']);
  const overwrite = mustBeBoolean('unpackRun', 'overwrite', options.overwrite ?? false);
  const files = filesOf(bytes);
  const config = files.get(RUN_FILES.config);
  const place = `${storage.place}: the archive`;
  if (config === undefined || parseRecord(config, place).format !== HEAD.format) {
    throw new AdnceError('E_CHECKPOINT', {
      where: place,
      what: `it must hold the ${RUN_FILES.config} of a run, got none`,
    });
  }
  const run = await createRun(storage, { overwrite });
  try {
    await storage.remove(Object.values(RUN_FILES));
    for (const file of ORDER) {
      const content = files.get(RUN_FILES[file]);
      if (content !== undefined) await storage.write(RUN_FILES[file], [content]);
    }
  } finally {
    await run.close();
  }
}

function headerOf(name: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => header.set(encoder.encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(NAME[0], name);
  // Mode, owner and group; a time of 0, so that equal runs are equal archives.
  put(100, `${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`);
  put(SIZE[0], `${octal(size, 11)}\0${octal(0, 11)}\0`);
  put(TYPE, '0');
  put(MAGIC, 'ustar\x0000');
  put(CHECKSUM[0], `${octal(sumOf(header), 6)}\0 `);
  return header;
}

/** The sum of a header's bytes, its own place taken as blanks. */
function sumOf(header: Uint8Array): number {
  const [at, length] = CHECKSUM;
  return header.reduce((sum, byte, i) => sum + (i >= at && i < at + length ? 0x20 : byte), 0);
}

/** The regular files of an archive by the last part of their names. */
function filesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = numberIn(header, SIZE);
    if (numberIn(header, CHECKSUM) !== sumOf(header) || size < 0) throw notAnArchive(`damaged at byte ${at}`);
    at += BLOCK;
    if (at + size > bytes.length) break;
    const name = textIn(header, NAME).split('/').at(-1) as string;
    if (REGULAR.includes(String.fromCharCode(header[TYPE] as number))) files.set(name, bytes.subarray(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  throw notAnArchive('cut off: its end is missing');
}

function textIn(header: Uint8Array, [at, length]: readonly [number, number]): string {
  return (decoder.decode(header.subarray(at, at + length)).split('\0')[0] as string).trim();
}

function numberIn(header: Uint8Array, field: readonly [number, number]): number {
  const text = textIn(header, field);
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : -1;
}

function notAnArchive(how: string): AdnceError {
  return new AdnceError('E_FORMAT', {
    where: 'unpackRun',
    what: `a tar archive is expected, got one that is ${how}`,
    hint: 'send it again, not compressed',
  });
}
