/**
 * NumPy's .npy files, versions 1.0 to 3.0 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): numbers in
 * little or big endian, C or Fortran order. Object arrays, which are pickles and could run code elsewhere, are refused.
 */
import { AdnceError } from '../errors.js';
import { MAGIC, parseHeader } from './npy-header.js';

/** The arrays a .npy file can become. Half floats become Float32Array, 64-bit integers and booleans see below. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** An array of a .npy file, in C order. */
export interface NpyArray {
  /** NumPy's name of the type in the file, such as `<f4`. */
  descr: string;
  shape: number[];
  /** Row-major; `<f2` comes as f32, `<i8` and `<u8` as f64 (exact up to 2^53), `|b1` as u8. */
  data: NpyData;
}

interface Reader {
  create: (length: number) => NpyData;
  /** The type whose bytes are already right on a little-endian machine. */
  view?: new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ) => NpyData;
  bytes: number;
  get: (view: DataView, at: number, little: boolean) => number;
}

const READERS: Readonly<Record<string, Reader>> = {
  f2: { create: (n) => new Float32Array(n), bytes: 2, get: (v, at, le) => halfToNumber(v.getUint16(at, le)) },
  f4: { create: (n) => new Float32Array(n), view: Float32Array, bytes: 4, get: (v, at, le) => v.getFloat32(at, le) },
  f8: { create: (n) => new Float64Array(n), view: Float64Array, bytes: 8, get: (v, at, le) => v.getFloat64(at, le) },
  i1: { create: (n) => new Int8Array(n), view: Int8Array, bytes: 1, get: (v, at) => v.getInt8(at) },
  u1: { create: (n) => new Uint8Array(n), view: Uint8Array, bytes: 1, get: (v, at) => v.getUint8(at) },
  b1: { create: (n) => new Uint8Array(n), view: Uint8Array, bytes: 1, get: (v, at) => v.getUint8(at) },
  i2: { create: (n) => new Int16Array(n), view: Int16Array, bytes: 2, get: (v, at, le) => v.getInt16(at, le) },
  u2: { create: (n) => new Uint16Array(n), view: Uint16Array, bytes: 2, get: (v, at, le) => v.getUint16(at, le) },
  i4: { create: (n) => new Int32Array(n), view: Int32Array, bytes: 4, get: (v, at, le) => v.getInt32(at, le) },
  u4: { create: (n) => new Uint32Array(n), view: Uint32Array, bytes: 4, get: (v, at, le) => v.getUint32(at, le) },
  i8: { create: (n) => new Float64Array(n), bytes: 8, get: (v, at, le) => Number(v.getBigInt64(at, le)) },
  u8: { create: (n) => new Float64Array(n), bytes: 8, get: (v, at, le) => Number(v.getBigUint64(at, le)) },
};

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Reads a .npy file. Where the bytes are aligned and in C order, the data is a view of them, not a copy.
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws E_FORMAT not a .npy file, of a type that is not a number, or cut off
 */
export function readNpy(bytes: Uint8Array, file = 'npy'): NpyArray {
  const { descr, fortranOrder, shape, dataStart } = parseHeader(bytes, file);
  const reader = READERS[descr.slice(1)] as Reader | undefined;
  if (!/^[<>|=][fiub]\d$/.test(descr) || reader === undefined) {
    throw new AdnceError('E_FORMAT', {
      where: file,
      what: `the type must be one of ${Object.keys(READERS).join(', ')}, got "${descr}"`,
      hint: 'save it with array.astype("<f4")',
    });
  }
  const count = shape.reduce((product, length) => product * length, 1);
  const expected = count * reader.bytes;
  const found = bytes.byteLength - dataStart;
  if (!(expected === found)) {
    throw new AdnceError('E_FORMAT', {
      where: file,
      what: `shape [${shape.join(',')}] of ${descr} must have ${expected} bytes of data, got ${found}`,
      hint: 'the file is cut off or holds more than one array',
    });
  }
  const little = descr[0] !== '>';
  const fortran = fortranOrder && shape.length > 1;
  const start = bytes.byteOffset + dataStart;
  if (reader.view !== undefined && !fortran && HOST_IS_LITTLE && (little || reader.bytes === 1)) {
    // Not bytes.slice(), which Node's Buffer makes a view.
    const buffer = start % reader.bytes === 0 ? bytes.buffer : new Uint8Array(bytes.subarray(dataStart)).buffer;
    return { descr, shape, data: new reader.view(buffer, start % reader.bytes === 0 ? start : 0, count) };
  }
  const view = new DataView(bytes.buffer, start, found);
  const data = reader.create(count);
  const target = fortran ? fortranTargets(shape) : (i: number) => i;
  for (let i = 0; i < count; i++) data[target(i)] = reader.get(view, i * reader.bytes, little);
  return { descr, shape, data };
}

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** For element i in Fortran order (first index fastest): its place in C order. Must be asked for 0, 1, 2 … in turn. */
function fortranTargets(shape: readonly number[]): (i: number) => number {
  const index = shape.map(() => 0);
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  let at = 0;
  return () => {
    const here = at;
    for (let axis = 0; axis < shape.length; axis++) {
      at += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      at -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
    return here;
  };
}

const DESCR = new Map<string, string>([
  ['Float32Array', '<f4'],
  ['Float64Array', '<f8'],
  ['Int8Array', '|i1'],
  ['Uint8Array', '|u1'],
  ['Int16Array', '<i2'],
  ['Uint16Array', '<u2'],
  ['Int32Array', '<i4'],
  ['Uint32Array', '<u4'],
]);

/** The prefix of a .npy file: everything before the data, padded to a multiple of 64 bytes. */
export function npyHeader(descr: string, shape: readonly number[], fortranOrder = false): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortranOrder ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${dimensions}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const out = new Uint8Array(10 + length);
  out.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  return out;
}

/**
 * Writes a .npy file, version 1.0, little-endian.
 * @param data row-major; with `fortranOrder` the caller's numbers are in Fortran order already
 * @throws E_SHAPE the shape does not fit the data
 */
export function writeNpy(data: NpyData, shape: readonly number[], fortranOrder = false): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!shape.every((length) => Number.isInteger(length) && length >= 0) || count !== data.length) {
    throw new AdnceError('E_SHAPE', {
      where: 'writeNpy',
      what: `shape [${shape.join(',')}] must hold ${data.length} numbers, holds ${count}`,
    });
  }
  const header = npyHeader(DESCR.get(data.constructor.name) as string, shape, fortranOrder);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  out.set(HOST_IS_LITTLE ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT), header.length);
  return out;
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i - (i % width) + (width - 1 - (i % width))] = bytes[i] as number;
  return out;
}
