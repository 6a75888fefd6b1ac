/**
 * A text file as blocks of whole lines. A line feed is never part of a longer UTF-8 sequence, so a block can be decoded
 * alone, and memory holds one block however large the file is.
 */
import { AdnceError } from '../../errors.js';
import { byteChunks } from './files.js';
import { decodeLines, withoutMark } from './utf8.js';

/** Whole lines, the last one perhaps without its line feed. */
export interface Block {
  text: string;
  /** The number of the first line, from 1. */
  line: number;
}

/** No record of text is this long; without a limit, a file of one line would be held whole. */
const MAX_LINE = 1 << 26;

/**
 * The blocks of a file.
 * @throws E_IO, E_ENCODING, E_FORMAT
 */
export async function* lineBlocks(path: string): AsyncGenerator<Block, void, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let byte = 0;
  let line = 1;
  let first = true;
  for await (const chunk of byteChunks(path)) {
    const cut = chunk.lastIndexOf(10) + 1;
    held.push(cut === 0 ? chunk : chunk.subarray(0, cut));
    heldBytes += cut === 0 ? chunk.length : cut;
    if (cut === 0 && heldBytes <= MAX_LINE) continue;
    if (cut === 0) throw longLine(path, line);
    const block = decode(Buffer.concat(held, heldBytes), { file: path, byte, line }, first);
    yield block;
    first = false;
    byte += heldBytes;
    line += countLines(block.text);
    held = cut < chunk.length ? [chunk.subarray(cut)] : [];
    heldBytes = chunk.length - cut;
  }
  if (heldBytes > 0) yield decode(Buffer.concat(held, heldBytes), { file: path, byte, line }, first);
}

function decode(bytes: Buffer, at: { file: string; byte: number; line: number }, first: boolean): Block {
  const rest = first ? withoutMark(bytes, at.file) : bytes;
  const position = { ...at, byte: at.byte + bytes.length - rest.length };
  return { text: decodeLines(rest, position), line: at.line };
}

function countLines(text: string): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) count++;
  return count;
}

function longLine(path: string, line: number): AdnceError {
  return new AdnceError('E_FORMAT', {
    where: `${path}:${line}`,
    what: `a line must be shorter than ${MAX_LINE} bytes, got a longer one`,
    hint: 'the file may be binary, or a JSON array that should be named .json',
  });
}

/** Calls `use` with every line of a block, without its line feed (or carriage return and line feed). */
export function eachLine(block: Block, use: (text: string, line: number) => void): void {
  const { text } = block;
  let { line } = block;
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    use(text.slice(start, end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end), line++);
    start = end + 1;
  }
}

/**
 * The whole text of a file, for formats that can't be read in pieces.
 * @throws E_IO, E_ENCODING, E_FORMAT longer than a JavaScript string may be
 */
export async function wholeText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of byteChunks(path)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_TEXT) {
      throw new AdnceError('E_FORMAT', {
        where: path,
        what: `a JSON array must be shorter than ${MAX_TEXT} bytes, got a longer one`,
        hint: 'write it as .jsonl, one object on each line',
      });
    }
  }
  const bytes = Buffer.concat(chunks, size);
  const rest = withoutMark(bytes, path);
  return decodeLines(rest, { file: path, byte: bytes.length - rest.length, line: 1 });
}

/** Below the longest string of V8, 2^29 - 24 code units. */
const MAX_TEXT = 500_000_000;
