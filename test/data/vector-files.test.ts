import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  quantizeInt8,
  readVectors,
  VECTOR_FORMATS,
  type VectorData,
  type VectorFormat,
  vectorFormatOf,
  writeVectors,
} from '../../src/data/index.js';

const ARRAYS: Record<VectorFormat, { from(values: number[]): VectorData }> = {
  fbin: Float32Array,
  ibin: Int32Array,
  i8bin: Int8Array,
  u8bin: Uint8Array,
  fvecs: Float32Array,
  ivecs: Int32Array,
  bvecs: Uint8Array,
};

describe('files of vectors', () => {
  it('have the bytes that indexes expect', () => {
    const bin = writeVectors(Float32Array.of(1, -2, 0.5, 3), 2, 'fbin');
    expect(Buffer.from(bin).toString('hex')).toBe(`02000000${'02000000'}0000803f000000c00000003f00004040`);
    const vecs = writeVectors(Int32Array.of(1, -1, 258), 1, 'ivecs');
    expect(Buffer.from(vecs).toString('hex')).toBe('0100000001000000' + '01000000ffffffff' + '0100000002010000');
    expect([...writeVectors(Int8Array.of(-128, 127), 2, 'i8bin')]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 128, 127]);
  });

  it.each(VECTOR_FORMATS)('.%s gives back what was written, wherever it lies', (format) => {
    const bounds = format.startsWith('f') ? fc.float({ noNaN: true }) : fc.integer({ min: 0, max: 127 });
    fc.assert(
      fc.property(fc.array(fc.array(bounds, { minLength: 3, maxLength: 3 })), fc.nat({ max: 7 }), (rows, shift) => {
        const values = ARRAYS[format].from(rows.flat());
        const bytes = writeVectors(values, 3, format);
        const moved = Buffer.alloc(bytes.length + shift).subarray(shift);
        moved.set(bytes);
        // A .…vecs file of no rows has no place for a length.
        const dimension = rows.length === 0 && format.endsWith('vecs') ? 0 : 3;
        expect(readVectors(moved, format)).toEqual({ rows: rows.length, dimension, data: values });
      }),
    );
  });

  it('are known by their ending', () => {
    expect(vectorFormatOf('a/b.c/e.FBIN')).toBe('fbin');
    expect(vectorFormatOf('fvecs')).toBe('fvecs');
    expect(vectorFormatOf('a.npy')).toBeNull();
    expect(vectorFormatOf('')).toBeNull();
  });

  it.each<[string, VectorFormat, number[], RegExp]>([
    ['a header that is cut off', 'fbin', [1, 0, 0, 0], /E_FORMAT x\.fbin: .*at least 8 bytes, got 4/],
    [
      'missing numbers',
      'fbin',
      [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
      /E_FORMAT .*\[2,1\] must have 8 bytes of data, got 4/,
    ],
    ['too many numbers', 'i8bin', [1, 0, 0, 0, 1, 0, 0, 0, 5, 6], /E_FORMAT .*1 bytes of data, got 2/],
    ['a length beyond all reason', 'u8bin', new Array<number>(8).fill(255), /E_FORMAT .*18446744065119617000 bytes/],
    ['a row that is cut off', 'bvecs', [2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1], /E_FORMAT .*6 bytes each, got 11/],
    ['rows of different lengths', 'bvecs', [1, 0, 0, 0, 9, 2, 0, 0, 0, 9], /E_FORMAT .*row 1 must have 1 .*got 2/],
    ['less than a length', 'ivecs', [1, 0], /E_FORMAT/],
  ])('are refused with %s', (_, format, bytes, message) => {
    expect(() => readVectors(Uint8Array.from(bytes), format, `x.${format}`)).toThrow(message);
  });

  it('are not written from numbers of another type or rows that are not whole', () => {
    expect(() => writeVectors(Float32Array.of(1), 1, 'i8bin')).toThrow(/E_OPTION .*Int8Array.*quantizeInt8/);
    expect(() => writeVectors(Float32Array.of(1, 2, 3), 2, 'fvecs')).toThrow(/E_SHAPE/);
    expect(() => writeVectors(Float32Array.of(1), 1, 'fbins' as never)).toThrow(/did you mean "fbin"/);
    expect(() => readVectors(new Uint8Array(8), 'hbin' as never)).toThrow(/E_OPTION/);
  });
});

describe('quantizeInt8', () => {
  it('rounds to the nearest 127th', () => {
    const values = [1, -1, 0, 0.6 / 127, -0.6 / 127, 0.4 / 127, 63.4 / 127, 1.00005, -1.00005];
    expect([...quantizeInt8(Float32Array.from(values))]).toEqual([127, -127, 0, 1, -1, 0, 63, 127, -127]);
  });

  it('keeps cosines within its bound', () => {
    const unit = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 }).map((row) => {
      const norm = Math.hypot(...row) || 1;
      return Float32Array.from(row, (x) => x / norm);
    });
    const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, v, i) => sum + v * y[i]!, 0);
    fc.assert(
      fc.property(unit, unit, (x, y) => {
        const quantized = dot(quantizeInt8(x), quantizeInt8(y)) / 127 ** 2;
        expect(Math.abs(quantized - dot(x, y))).toBeLessThanOrEqual(Math.sqrt(16) / 127 + 16 / 254 ** 2);
      }),
    );
  });

  it('refuses what is no row of length 1', () => {
    expect(() => quantizeInt8(Float32Array.of(0, 1.01))).toThrow(/E_VALUE .*got 1\.00.* at 1/);
    expect(() => quantizeInt8(Float32Array.of(Number.NaN))).toThrow(/E_VALUE/);
  });
});
