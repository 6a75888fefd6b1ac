/** The header of a .npy file: a Python dictionary literal of three keys, read strictly and without running anything. */
import { AdnceError } from '../errors.js';

/** What a header says, and where the data begins. */
export interface NpyHeader {
  descr: string;
  fortranOrder: boolean;
  shape: number[];
  dataStart: number;
}

/** The first bytes of every .npy file. */
export const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER = 1 << 20;
const MAX_RANK = 32;

function malformed(file: string, what: string): AdnceError {
  return new AdnceError('E_FORMAT', { where: file, what, hint: 'write the file with numpy.save' });
}

/**
 * Parses the header.
 * @throws E_FORMAT anything but magic, version 1 to 3, and a dictionary of descr, fortran_order and shape
 */
export function parseHeader(bytes: Uint8Array, file: string): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw malformed(file, 'a .npy file must begin with "\\x93NUMPY", got other bytes');
  }
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw malformed(file, `the .npy version must be 1, 2 or 3, got ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true);
  if (length > MAX_HEADER || start + length > bytes.length) {
    throw malformed(file, `the header claims ${length} bytes, got ${Math.max(0, bytes.length - start)}`);
  }
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  return { ...parseDictionary(text.trim(), file), dataStart: start + length };
}

function parseDictionary(text: string, file: string): Omit<NpyHeader, 'dataStart'> {
  const descr = find(text, /'descr':\s*'([^']*)'\s*[,}]/, file, 'a simple type in "descr"');
  const order = find(text, /'fortran_order':\s*(True|False)\s*[,}]/, file, '"fortran_order" True or False');
  const list = find(text, /'shape':\s*\(([\d,\s]*)\)\s*[,}]/, file, 'a tuple of lengths in "shape"');
  const shape = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.length > MAX_RANK || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(count)) {
    throw malformed(
      file,
      `the shape must be of at most ${MAX_RANK} lengths and 2^53 elements, got (${list.slice(0, 80)})`,
    );
  }
  return { descr, fortranOrder: order === 'True', shape };
}

function find(text: string, pattern: RegExp, file: string, what: string): string {
  const match = text.startsWith('{') && text.endsWith('}') ? pattern.exec(text) : null;
  if (match === null) throw malformed(file, `the header must have ${what}, got ${JSON.stringify(text.slice(0, 120))}`);
  return match[1] as string;
}
