/**
 * Files of vectors as nearest-neighbour indexes take them, little-endian:
 *
 *     .fbin .ibin .i8bin .u8bin   | rows u32 | d u32 | row-major numbers |        USearch, DiskANN, big-ann-benchmarks
 *     .fvecs .ivecs .bvecs        | d u32 | row 0 | d u32 | row 1 | …             Faiss, hnswlib's examples, TEXMEX
 *
 * f holds f32, i 32-bit integers such as the ids of neighbours, i8, u8 and b bytes.
 */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeOneOf } from '../options.js';

const BINS = { fbin: Float32Array, ibin: Int32Array, i8bin: Int8Array, u8bin: Uint8Array } as const;
const VECS = { fvecs: Float32Array, ivecs: Int32Array, bvecs: Uint8Array } as const;
const ARRAYS = { ...BINS, ...VECS } as const;

/** A format, named by its file's ending. */
export type VectorFormat = keyof typeof ARRAYS;
export const VECTOR_FORMATS = Object.keys(ARRAYS) as readonly VectorFormat[];

/** Numbers of such a file. */
export type VectorData = Float32Array | Int32Array | Int8Array | Uint8Array;

/** Vectors of one length: [rows, dimension], row-major. */
export interface VectorMatrix {
  rows: number;
  dimension: number;
  data: VectorData;
}

/** Bytes of a number of the header. */
const WORD = 4;

/** The format of a path by its ending, or null. */
export function vectorFormatOf(path: string): VectorFormat | null {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return VECTOR_FORMATS.find((format) => format === ending) ?? null;
}

/**
 * The bytes of a file.
 * @param data [rows, dimension], row-major, of the format's own type
 * @throws E_OPTION an unknown format or numbers of another type, E_SHAPE when the last row is not whole
 */
export function writeVectors(data: VectorData, dimension: number, format: VectorFormat): Uint8Array {
  const where = 'writeVectors';
  mustBeOneOf(where, 'format', format, VECTOR_FORMATS);
  mustBeInteger(where, 'dimension', dimension, { min: 1, max: 2 ** 31 - 1 });
  if (!(data instanceof ARRAYS[format])) {
    const hint = format === 'i8bin' ? 'quantizeInt8() brings rows of length 1 to 8 bits' : 'convert the numbers first';
    const what = `"data" must be a ${ARRAYS[format].name} for .${format}, got ${(data as VectorData)?.constructor?.name}`;
    throw new AdnceError('E_OPTION', { where, what, hint });
  }
  if (data.length % dimension !== 0) {
    const what = `"data" must hold whole rows of ${dimension} numbers, got ${data.length}`;
    throw new AdnceError('E_SHAPE', { where, what });
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rows = data.length / dimension;
  if (format in BINS) {
    const out = new Uint8Array(2 * WORD + bytes.length);
    out.set(words(rows, dimension));
    out.set(bytes, 2 * WORD);
    return out;
  }
  const width = dimension * data.BYTES_PER_ELEMENT;
  const out = new Uint8Array(rows * (WORD + width));
  for (let i = 0; i < rows; i++) {
    out.set(words(dimension), i * (WORD + width));
    out.set(bytes.subarray(i * width, (i + 1) * width), i * (WORD + width) + WORD);
  }
  return out;
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/**
 * Reads a file.
 * @param bytes all of it
 * @param file its name, for messages
 * @throws E_OPTION an unknown format; E_FORMAT when its length is not what its header says, or the rows differ in length
 */
export function readVectors(bytes: Uint8Array, format: VectorFormat, file = 'vectors'): VectorMatrix {
  mustBeOneOf('readVectors', 'format', format, VECTOR_FORMATS);
  return format in BINS ? readBin(bytes, format, file) : readVecs(bytes, format, file);
}

function readBin(bytes: Uint8Array, format: VectorFormat, file: string): VectorMatrix {
  if (bytes.length < 2 * WORD) throw damaged(file, `a .${format} file has at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 2 * WORD);
  const [rows, dimension] = [view.getUint32(0, true), view.getUint32(WORD, true)];
  const expected = rows * dimension * ARRAYS[format].BYTES_PER_ELEMENT;
  if (bytes.length - 2 * WORD !== expected) {
    throw damaged(file, `[${rows},${dimension}] must have ${expected} bytes of data, got ${bytes.length - 2 * WORD}`);
  }
  return { rows, dimension, data: new ARRAYS[format](new Uint8Array(bytes.subarray(2 * WORD)).buffer) };
}

function readVecs(bytes: Uint8Array, format: VectorFormat, file: string): VectorMatrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const dimension = bytes.length < WORD ? 0 : view.getUint32(0, true);
  const width = dimension * ARRAYS[format].BYTES_PER_ELEMENT;
  const rows = bytes.length / (WORD + width);
  if (!Number.isInteger(rows)) {
    throw damaged(file, `rows of ${dimension} numbers take ${WORD + width} bytes each, got ${bytes.length} in all`);
  }
  const packed = new Uint8Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const at = i * (WORD + width);
    const length = view.getUint32(at, true);
    if (length !== dimension) {
      throw damaged(file, `row ${i} must have ${dimension} numbers like the first, got ${length}`);
    }
    packed.set(bytes.subarray(at + WORD, at + WORD + width), i * width);
  }
  return { rows, dimension, data: new ARRAYS[format](packed.buffer) };
}

function damaged(file: string, what: string): AdnceError {
  return new AdnceError('E_FORMAT', { where: file, what, hint: 'it is cut off, or its ending names another format' });
}

/**
 * Rows of length 1 as 8-bit integers, round(127·x). Half a step is 1/254, so the cosine of two rows of d numbers is off by at
 * most √d/127 + d/254².
 * @throws E_VALUE for a number outside [−1, 1]; a rounding error of 1e-4 is let pass
 */
export function quantizeInt8(rows: Float32Array): Int8Array {
  const bad = rows.findIndex((x) => !(Math.abs(x) <= 1 + 1e-4));
  if (bad >= 0) {
    throw new AdnceError('E_VALUE', {
      where: 'quantizeInt8',
      what: `numbers must be within [-1, 1], got ${rows[bad]} at ${bad}`,
      hint: 'bring the rows to length 1 first',
    });
  }
  return Int8Array.from(rows, (x) => Math.max(-127, Math.min(127, Math.round(x * 127))));
}
