/** Strict UTF-8: text is accepted only if every byte is right, and a wrong byte is found with its line. */
import { AdnceError } from '../../errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Where a piece of a file begins. */
export interface Position {
  file: string;
  /** Bytes before the piece. */
  byte: number;
  /** The number of its first line, from 1. */
  line: number;
}

/**
 * Decodes whole lines.
 * @throws E_ENCODING a byte that is not UTF-8, or a NUL, naming its line and place
 */
export function decodeLines(bytes: Buffer, at: Position): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw wrongByte(bytes, nul, at, 'a NUL byte', 'it looks like UTF-16 or a binary file');
  try {
    return decoder.decode(bytes);
  } catch {
    const bad = firstInvalid(bytes);
    const hex = `0x${(bytes[bad] as number).toString(16).padStart(2, '0')}`;
    throw wrongByte(bytes, bad, at, `byte ${hex}`, 'the file, or a part of it, may be Latin-1 or Windows-1252');
  }
}

function wrongByte(bytes: Buffer, index: number, at: Position, what: string, guess: string): AdnceError {
  let line = at.line;
  for (let i = bytes.indexOf(10); i >= 0 && i < index; i = bytes.indexOf(10, i + 1)) line++;
  return new AdnceError('E_ENCODING', {
    where: `${at.file}:${line}`,
    what: `UTF-8 is expected, got ${what} at offset ${at.byte + index}`,
    hint: `${guess}; convert it with iconv -t UTF-8`,
  });
}

/**
 * The bytes of a file from its start, without a byte order mark.
 * @throws E_ENCODING a mark of UTF-16 or UTF-32
 */
export function withoutMark(bytes: Buffer, file: string): Buffer {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) {
    throw new AdnceError('E_ENCODING', {
      where: `${file}:1`,
      what: 'UTF-8 is expected, got the byte order mark of UTF-16 or UTF-32',
      hint: 'convert it with iconv -f UTF-16 -t UTF-8',
    });
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
}

/** The index of the first byte that no UTF-8 text can have there (RFC 3629), or the length if there is none. */
export function firstInvalid(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return bytes.length;
}

function sequenceLength(bytes: Uint8Array, i: number): number {
  const head = bytes[i] as number;
  if (head < 0x80) return 1;
  if (head < 0xc2 || head > 0xf4) return 0;
  const length = head < 0xe0 ? 2 : head < 0xf0 ? 3 : 4;
  const second = bytes[i + 1] ?? 0;
  // Overlong forms, surrogates and what lies behind U+10FFFF show in the second byte.
  const low = head === 0xe0 ? 0xa0 : head === 0xf0 ? 0x90 : 0x80;
  const high = head === 0xed ? 0x9f : head === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
