/**
 * safetensors (github.com/huggingface/safetensors), the format other tools read: 8 bytes of header length, a JSON header, then the
 * numbers, little-endian as everywhere WebAssembly runs.
 *
 *     0        8                          64·k
 *     | length | {"__metadata__":…} ␠␠␠␠ | tensors, widest type first, without holes |
 *
 * Files written here carry a digest of every name, shape, text and number in their metadata (`adnce.checksum`), which is
 * verified on reading. `adnce.format` stands beside it, and a key of metadata that begins with `adnce.` needs them both, so that
 * the digest can't get lost unseen.
 */
import { AdnceError } from '../errors.js';
import { Digest } from './digest.js';
import {
  DTYPE_BYTES,
  type Dtype,
  damaged,
  elementCount,
  type Header,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  parseHeader,
  quote,
  type TensorEntry,
} from './header.js';

/** The arrays a tensor's numbers come in. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A tensor as it stands in a file. */
export interface StoredTensor {
  dtype: Dtype;
  shape: readonly number[];
  /** Row-major. F16 and BF16 are bits in u16, the 8-bit floats bits in u8, BOOL is u8. */
  data: TensorData;
}

/** A tensor to be written. */
export interface NamedTensor extends StoredTensor {
  name: string;
}

/** What a file says. */
export interface Safetensors {
  tensors: Map<string, StoredTensor>;
  /** Texts, those of {@link FORMAT_KEY} and {@link CHECKSUM_KEY} among them. */
  metadata: Map<string, string>;
}

/** Metadata keys of our own begin with this. */
const OWN = 'adnce.';
export const FORMAT_KEY = 'adnce.format';
export const CHECKSUM_KEY = 'adnce.checksum';
const FORMAT = '1';
/** Bytes of the header length, with which a file begins. */
export const LENGTH_BYTES = 8;
const ALIGNMENT = 64;

const ARRAYS = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<Dtype, unknown>;

/**
 * A file as a list of byte chunks: the header, then views of the tensors' own memory, so nothing is copied. Write them before
 * the numbers change.
 * @throws E_SHAPE data that does not fill its shape; E_OPTION an unknown type, a name twice, a text that is not Unicode
 */
export function safetensorsChunks(
  tensors: Iterable<NamedTensor>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const sorted = [...tensors].sort(byWidthThenName);
  const entries = layOut(sorted);
  const texts = new Map<string, string>(metadata instanceof Map ? metadata : Object.entries(metadata));
  texts.delete(CHECKSUM_KEY);
  texts.set(FORMAT_KEY, FORMAT);
  for (const [key, value] of texts) {
    mustBeUnicode('metadata', key);
    mustBeUnicode('metadata', value);
  }
  const chunks = sorted.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  texts.set(CHECKSUM_KEY, checksum({ entries, metadata: texts }, chunks));
  return [encodeHeader(entries, texts), ...chunks];
}

/**
 * A file as one array.
 * @throws as {@link safetensorsChunks}
 */
export function writeSafetensors(
  tensors: Iterable<NamedTensor>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Uint8Array {
  const chunks = safetensorsChunks(tensors, metadata);
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Reads a file, whoever wrote it, and verifies the digest if it has one.
 * @param bytes the whole file; tensors are views of it where their bytes are aligned
 * @param file its name, for messages
 * @throws E_CHECKPOINT when it is damaged in any way
 */
export function readSafetensors(bytes: Uint8Array, file = 'safetensors'): Safetensors {
  const length = headerLength(bytes, bytes.length, file);
  const start = LENGTH_BYTES + length;
  const header = readHeader(bytes.subarray(LENGTH_BYTES, start), bytes.length, file);
  verify(header, bytes.subarray(start), file);
  const tensors = new Map<string, StoredTensor>();
  for (const entry of header.entries) tensors.set(entry.name, viewOf(bytes, start, entry));
  return { tensors, metadata: header.metadata };
}

/**
 * Length of the JSON header.
 * @param bytes at least the first 8 bytes of the file
 * @throws E_CHECKPOINT
 */
export function headerLength(bytes: Uint8Array, fileBytes: number, file: string): number {
  if (bytes.length < LENGTH_BYTES) {
    throw damaged(file, `a safetensors file has at least ${LENGTH_BYTES} bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  const most = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length > most) {
    throw damaged(file, `the header may take at most ${most} bytes, got ${length}`, 'is it a safetensors file at all');
  }
  return length;
}

/**
 * Reads a header alone: all of the file's meaning but the numbers, and whether they are all there.
 * @param json the header's bytes, without the length before it
 * @throws E_CHECKPOINT
 */
export function readHeader(json: Uint8Array, fileBytes: number, file: string): Header {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw damaged(file, 'the header must be UTF-8, got other bytes', undefined, cause);
  }
  return parseHeader(text, fileBytes - LENGTH_BYTES - json.length, file);
}

/** Widest type first, as the reference does it, so that every tensor is aligned to its type. */
function byWidthThenName(a: NamedTensor, b: NamedTensor): number {
  const widths = (DTYPE_BYTES[b.dtype] ?? 0) - (DTYPE_BYTES[a.dtype] ?? 0);
  return widths !== 0 ? widths : a.name < b.name ? -1 : Number(a.name > b.name);
}

function layOut(tensors: readonly NamedTensor[]): TensorEntry[] {
  const names = new Set<string>();
  let at = 0;
  return tensors.map(({ name, dtype, shape, data }) => {
    mustBeUnicode('tensor', name);
    if (name === METADATA_KEY || names.has(name)) {
      const what = name === METADATA_KEY ? `a tensor can't be named "${name}"` : `two tensors are named ${quote(name)}`;
      throw new AdnceError('E_OPTION', { where: 'writeSafetensors', what });
    }
    names.add(name);
    mustFit(name, dtype, shape, data);
    const start = at;
    at += data.byteLength;
    return { name, dtype, shape: [...shape], start, end: at };
  });
}

function mustFit(name: string, dtype: Dtype, shape: readonly number[], data: TensorData): void {
  const array = Object.hasOwn(ARRAYS, dtype) ? ARRAYS[dtype] : undefined;
  if (array === undefined || !(data instanceof array)) {
    const noun = array === undefined ? `one of ${Object.keys(ARRAYS).join(', ')}` : `a ${array.name}`;
    const reality = array === undefined ? quote(String(dtype)) : (data?.constructor?.name ?? String(data));
    const what = `the ${array === undefined ? 'dtype' : `data (${dtype})`} of tensor ${quote(name)} must be ${noun}, got ${reality}`;
    throw new AdnceError('E_OPTION', { where: 'writeSafetensors', what });
  }
  if (elementCount(shape) !== data.length) {
    const what = `tensor ${quote(name)} of shape [${shape.join(',')}] must have as many elements, got ${data.length}`;
    throw new AdnceError('E_SHAPE', { where: 'writeSafetensors', what });
  }
}

function mustBeUnicode(noun: string, text: string): void {
  if (typeof text === 'string' && !/\p{Surrogate}/u.test(text)) return;
  const reality = typeof text === 'string' ? `half a character in ${quote(text)}` : typeof text;
  const what = `the texts of ${noun} must be Unicode strings, got ${reality}`;
  throw new AdnceError('E_OPTION', { where: 'writeSafetensors', what });
}

function encodeHeader(entries: readonly TensorEntry[], metadata: ReadonlyMap<string, string>): Uint8Array {
  // Built by hand: an object would swallow a "__proto__" and put names such as "7" first.
  const members = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const parts = [`"${METADATA_KEY}":{${members.join(',')}}`];
  for (const { name, dtype, shape, start, end } of entries) {
    const info = JSON.stringify({ dtype, shape, data_offsets: [start, end] });
    parts.push(`${JSON.stringify(name)}:${info}`);
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const total = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT) * ALIGNMENT;
  if (total - LENGTH_BYTES > MAX_HEADER_BYTES) {
    const what = `names, shapes and metadata may take at most ${MAX_HEADER_BYTES} bytes, got ${json.length}`;
    throw new AdnceError('E_OPTION', { where: 'writeSafetensors', what });
  }
  const bytes = new Uint8Array(total).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(total - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/** The digest of a file's meaning: how the JSON is spaced or its metadata ordered does not count. */
function checksum(header: Header, chunks: readonly Uint8Array[]): string {
  const texts = [...header.metadata].filter(([key]) => key !== CHECKSUM_KEY).sort(([a], [b]) => (a < b ? -1 : 1));
  const table = header.entries.map(({ name, dtype, shape, start, end }) => [name, dtype, shape, start, end]);
  const digest = new Digest().update(new TextEncoder().encode(JSON.stringify([texts, table])));
  for (const chunk of chunks) digest.update(chunk);
  return digest.hex();
}

function verify(header: Header, data: Uint8Array, file: string): void {
  const format = header.metadata.get(FORMAT_KEY);
  const expected = header.metadata.get(CHECKSUM_KEY);
  if (![...header.metadata.keys()].some((key) => key.startsWith(OWN))) return;
  if (format !== FORMAT || expected === undefined) {
    const what = `the metadata must have "${FORMAT_KEY}" = "${FORMAT}" and "${CHECKSUM_KEY}", got ${quote(format ?? '')} and ${quote(expected ?? '')}`;
    throw damaged(file, what, 'the file is damaged, or a newer adnce wrote it');
  }
  const actual = checksum(header, [data]);
  if (actual !== expected) {
    const hint = `use an older copy; if another program changed the file on purpose, it must drop "${FORMAT_KEY}" and "${CHECKSUM_KEY}"`;
    throw damaged(file, `the digest of the content must be ${quote(expected)}, got "${actual}"`, hint);
  }
}

function viewOf(bytes: Uint8Array, dataStart: number, entry: TensorEntry): StoredTensor {
  const { dtype, shape } = entry;
  const width = DTYPE_BYTES[dtype];
  const from = bytes.byteOffset + dataStart + entry.start;
  const length = (entry.end - entry.start) / width;
  // Not bytes.slice(), which Node's Buffer makes a view.
  const data =
    from % width === 0
      ? new ARRAYS[dtype](bytes.buffer as ArrayBuffer, from, length)
      : new ARRAYS[dtype](
          new Uint8Array(bytes.subarray(dataStart + entry.start, dataStart + entry.end)).buffer,
          0,
          length,
        );
  return { dtype, shape, data };
}
