/** Weights go into a file and come back bit by bit, whatever their type, shape, name and place in memory. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_KEY,
  DTYPE_BYTES,
  type Dtype,
  FORMAT_KEY,
  type NamedTensor,
  readSafetensors,
  safetensorsChunks,
  type TensorData,
  writeSafetensors,
} from '../../src/checkpoint/index.js';
import { type Parts, takeApart } from '../support/safetensors.js';

const DTYPES = Object.keys(DTYPE_BYTES) as Dtype[];
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
} as const;

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData): number[] => [
  ...new Uint8Array(buffer, byteOffset, byteLength),
];

/** A tensor of any type and shape, whose array is a view somewhere into a larger buffer. */
const anyTensor = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.nat(),
    before: fc.nat(3),
  })
  .map(({ dtype, shape, seed, before }) => {
    const width = DTYPE_BYTES[dtype];
    const length = shape.reduce((product, n) => product * n, 1);
    const buffer = new ArrayBuffer(width * (before + length + 1));
    new Uint8Array(buffer).forEach((_, i, bytes) => {
      bytes[i] = Math.imul(seed + i, 0x9e3779b1) >>> 24;
    });
    return { dtype, shape, data: new ARRAYS[dtype](buffer, before * width, length) as TensorData };
  });
const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  '7',
  '0',
  '',
  ' ',
  '"',
  '\\',
  '\n',
  '\u0000',
  '犬',
  '😀',
  'a.b/c',
  'toString',
];
const anyName = fc.oneof(
  fc.constantFrom(...HOSTILE_NAMES),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((name) => name !== '__metadata__'),
);
const anyTensors: fc.Arbitrary<NamedTensor[]> = fc.uniqueArray(
  fc.tuple(anyName, anyTensor).map(([name, tensor]) => ({ name, ...tensor })),
  { maxLength: 6, selector: ({ name }) => name },
);
const anyMetadata = fc.uniqueArray(fc.tuple(anyName, fc.string({ unit: 'binary' })), {
  maxLength: 4,
  selector: ([key]) => key,
});

const single = (data: TensorData, shape: number[], dtype: Dtype, name = 'x'): NamedTensor => ({
  name,
  dtype,
  shape,
  data,
});
const WEIGHT = single(Float32Array.of(1, -2, 0.5, 3), [2, 2], 'F32', 'w');

describe('a round trip', () => {
  it('gives back every type, shape, name and text, wherever the file lies in memory', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, fc.nat(15), (tensors, metadata, shift) => {
        const file = writeSafetensors(tensors, new Map(metadata));
        const moved = Buffer.alloc(file.length + shift).subarray(shift);
        moved.set(file);
        const read = readSafetensors(moved);
        expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.map(({ name }) => name)));
        for (const { name, dtype, shape, data } of tensors) {
          const got = read.tensors.get(name)!;
          expect([got.dtype, got.shape]).toEqual([dtype, shape]);
          expect(got.data.constructor).toBe(data.constructor);
          expect(bytesOf(got.data)).toEqual(bytesOf(data));
        }
        const { [FORMAT_KEY]: format, [CHECKSUM_KEY]: checksum, ...rest } = Object.fromEntries(read.metadata);
        expect([format, checksum?.length]).toEqual(['1', 32]);
        expect(rest).toEqual(Object.fromEntries(metadata));
      }),
      { numRuns: 200 },
    );
  });

  it.each(DTYPES)('keeps every byte of %s', (dtype) => {
    const data = new ARRAYS[dtype](Uint8Array.from({ length: 256 }, (_, i) => i).buffer);
    const { tensors } = readSafetensors(writeSafetensors([single(data, [data.length], dtype)]));
    expect(tensors.get('x')).toEqual({ dtype, shape: [data.length], data });
  });

  it('keeps the names an object would swallow or sort', () => {
    const tensors = HOSTILE_NAMES.map((name, i) => single(Uint8Array.of(i), [1], 'U8', name));
    const read = readSafetensors(writeSafetensors(tensors, new Map([['__proto__', 'p']])));
    expect(HOSTILE_NAMES.map((name) => read.tensors.get(name)?.data[0])).toEqual(HOSTILE_NAMES.map((_, i) => i));
    expect(read.metadata.get('__proto__')).toBe('p');
  });

  it('does without tensors, without elements and without axes', () => {
    expect(readSafetensors(writeSafetensors([])).tensors.size).toBe(0);
    const nothing = single(new Float32Array(0), [3, 0, 2], 'F32', 'nothing');
    const scalar = single(Float64Array.of(Number.NaN), [], 'F64', 'scalar');
    const { tensors } = readSafetensors(writeSafetensors([nothing, scalar, { ...nothing, name: 'too' }]));
    expect(tensors.get('nothing')).toEqual({ dtype: 'F32', shape: [3, 0, 2], data: new Float32Array(0) });
    expect(tensors.get('scalar')?.data[0]).toBeNaN();
    expect(tensors.size).toBe(3);
  });
});

describe('the file', () => {
  it('does not depend on the order of the tensors', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        expect(writeSafetensors([...tensors].reverse())).toEqual(writeSafetensors(tensors));
      }),
    );
  });

  it('has its data at a multiple of 64, the widest types first, each aligned to its type', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const file = writeSafetensors(tensors);
        const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
        expect(start % 64).toBe(0);
        for (const { data } of readSafetensors(file).tensors.values()) expect(data.buffer).toBe(file.buffer);
      }),
    );
  });

  it('is made of views of the tensors, without a copy', () => {
    const [header, chunk] = safetensorsChunks([WEIGHT]);
    expect(chunk!.buffer).toBe(WEIGHT.data.buffer);
    expect(writeSafetensors([WEIGHT])).toEqual(Uint8Array.from([...header!, ...chunk!]));
  });

  it('takes views of shared memory', () => {
    const shared = new Float32Array(new SharedArrayBuffer(32), 8, 4);
    shared.set(WEIGHT.data as Float32Array);
    expect(writeSafetensors([{ ...WEIGHT, data: shared }])).toEqual(writeSafetensors([WEIGHT]));
  });

  it('replaces a digest that comes with the metadata of another file', () => {
    const { metadata } = readSafetensors(writeSafetensors([WEIGHT], { a: 'b' }));
    const file = writeSafetensors([{ ...WEIGHT, shape: [4] }], metadata);
    expect(readSafetensors(file).metadata.get('a')).toBe('b');
    expect(readSafetensors(file).metadata.get(CHECKSUM_KEY)).not.toBe(metadata.get(CHECKSUM_KEY));
  });
});

/** Reads a file by the reference implementation, where this machine has it. */
function readByPython(file: Uint8Array): Parts {
  const script = `import sys, json, safetensors
print(json.dumps({name: {"dtype": t["dtype"], "shape": t["shape"], "bytes": list(t["data"])}
  for name, t in safetensors.deserialize(sys.stdin.buffer.read())}))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { input: file, encoding: 'utf8' })) as Parts;
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import safetensors'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const READERS: [string, (file: Uint8Array) => Parts][] = [
  ['a reader of twenty lines', (file) => takeApart(file).tensors],
];
if (hasPython()) READERS.push(["Python's safetensors", readByPython]);

describe('other programs', () => {
  it.each(READERS)('%s reads what is written here', (_, read) => {
    const tensors = [
      WEIGHT,
      single(BigInt64Array.of(-5n), [], 'I64', 'scalar'),
      single(Int8Array.of(1, -1, 3), [3], 'I8', '7'),
      single(new Float64Array(0), [0, 4], 'F64', 'empty "é"'),
      single(Uint16Array.of(0x3c00, 0xc000), [1, 2, 1], 'F16', 'half'),
    ];
    const expected = tensors.map(({ name, dtype, shape, data }) => [name, { dtype, shape, bytes: bytesOf(data) }]);
    expect(read(writeSafetensors(tensors, { note: 'für "alle"' }))).toEqual(Object.fromEntries(expected));
  });

  it('wrote files that are read here', () => {
    // safetensors 0.8.0 for Python: save({"w": …, "b": …, "n": …, "e": …, "s": …, 'é"': …}, {"from": "python"}).
    const file = Buffer.from(
      'cAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmcm9tIjoicHl0aG9uIn0sInMiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0' +
        'cyI6WzAsOF19LCJiIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbOCwxNl19LCJlIjp7ImR0eXBlIjoiRjMyIiwi' +
        'c2hhcGUiOlswLDRdLCJkYXRhX29mZnNldHMiOlsxNiwxNl19LCJ3Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMi' +
        'OlsxNiwzMl19LCJuIjp7ImR0eXBlIjoiSTgiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlszMiwzNV19LCLDqVwiIjp7ImR0eXBlIjoiQk9P' +
        'TCIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzM1LDM2XX19IPv/////////mpmZmZmZuT8AAIA/AAAAwAAAAD8AAEBAAf8DAQ==',
      'base64',
    );
    const { tensors, metadata } = readSafetensors(file);
    expect(Object.fromEntries(metadata)).toEqual({ from: 'python' });
    expect(Object.fromEntries(tensors)).toEqual({
      w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) },
      b: { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) },
      n: { dtype: 'I8', shape: [3], data: Int8Array.of(1, -1, 3) },
      e: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
      s: { dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) },
      'é"': { dtype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
    });
  });
});

describe('writing refuses', () => {
  it.each([
    ['a name twice', [WEIGHT, WEIGHT], /^E_OPTION .*two tensors are named "w"/],
    ['the name of the metadata', [{ ...WEIGHT, name: '__metadata__' }], /^E_OPTION .*can't be named "__metadata__"/],
    ['half a character', [{ ...WEIGHT, name: 'a\ud800' }], /^E_OPTION .*half a character/],
    ['a name that is none', [{ ...WEIGHT, name: 7 }], /^E_OPTION .*must be Unicode strings, got number/],
    [
      'an unknown type',
      [{ ...WEIGHT, dtype: 'F128' }],
      /^E_OPTION .*dtype of tensor "w" must be one of F64, .*got "F128"/,
    ],
    ['a type like a property', [{ ...WEIGHT, dtype: 'toString' }], /^E_OPTION .*got "toString"/],
    ['an array of another type', [{ ...WEIGHT, dtype: 'F64' }], /^E_OPTION .*must be a Float64Array, got Float32Array/],
    ['no array', [{ ...WEIGHT, data: null }], /^E_OPTION .*must be a Float32Array, got null/],
    [
      'a shape that does not fit',
      [{ ...WEIGHT, shape: [3] }],
      /^E_SHAPE .*shape \[3\] must have as many elements, got 4/,
    ],
    ['a negative shape', [{ ...WEIGHT, shape: [-2, -2] }], /^E_SHAPE/],
    ['a broken shape', [{ ...WEIGHT, shape: [0.5, 8] }], /^E_SHAPE/],
  ])('%s', (_, tensors, message) => {
    expect(() => writeSafetensors(tensors as NamedTensor[])).toThrow(message);
  });

  it('metadata that is no Unicode text', () => {
    expect(() => writeSafetensors([WEIGHT], { a: '\udc00' })).toThrow(/^E_OPTION .*texts of metadata/);
    expect(() => writeSafetensors([WEIGHT], { a: 1 } as never)).toThrow(/^E_OPTION .*got number/);
  });
});
