import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { npyHeader, readNpy, writeNpy } from '../../src/data/npy.js';
import { pairsFromNpy } from '../../src/data/npy-pairs.js';

function file(descr: string, shape: number[], data: number[], fortran = false): Uint8Array {
  const header = npyHeader(descr, shape, fortran);
  return Uint8Array.from([...header, ...data]);
}

function header(text: string, version = 1): Uint8Array {
  const body = new TextEncoder().encode(text);
  const length = version === 1 ? [body.length & 255, body.length >> 8] : [body.length & 255, body.length >> 8, 0, 0];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...body]);
}

describe('npy', () => {
  it('gives back what was written', () => {
    const data = fc.oneof(
      fc.float32Array({ maxLength: 24 }),
      fc.float64Array({ maxLength: 24 }),
      fc.int8Array({ maxLength: 24 }),
      fc.uint8Array({ maxLength: 24 }),
      fc.int16Array({ maxLength: 24 }),
      fc.uint16Array({ maxLength: 24 }),
      fc.int32Array({ maxLength: 24 }),
      fc.uint32Array({ maxLength: 24 }),
    );
    fc.assert(
      fc.property(data, fc.integer({ min: 0, max: 9 }), (values, shift) => {
        for (const shape of [[values.length], [values.length, 1], [1, values.length, 1]]) {
          const bytes = writeNpy(values, shape);
          expect((bytes.length - values.byteLength) % 64).toBe(0);
          // The file may lie anywhere in a larger buffer.
          for (const larger of [new Uint8Array(bytes.length + shift), Buffer.alloc(bytes.length + shift)]) {
            const moved = larger.subarray(shift);
            moved.set(bytes);
            const array = readNpy(moved);
            expect(array.shape).toEqual(shape);
            expect(array.data).toEqual(values);
          }
        }
      }),
    );
  });

  it('brings Fortran order into C order', () => {
    // [[1, 2, 3], [4, 5, 6]] column by column.
    const bytes = writeNpy(Float32Array.of(1, 4, 2, 5, 3, 6), [2, 3], true);
    expect([...readNpy(bytes).data]).toEqual([1, 2, 3, 4, 5, 6]);
    const cube = writeNpy(Int8Array.of(0, 4, 2, 6, 1, 5, 3, 7), [2, 2, 2], true);
    expect([...readNpy(cube).data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...readNpy(writeNpy(Int8Array.of(1, 2), [2], true)).data]).toEqual([1, 2]);
  });

  it('reads the types numpy writes', () => {
    expect([...readNpy(file('<f2', [6], [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c, 0, 0xfc, 0, 0x80])).data]).toEqual([
      1,
      -2,
      2 ** -24,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
    ]);
    expect(readNpy(file('<f2', [1], [1, 0x7e])).data[0]).toBeNaN();
    expect([...readNpy(file('>f4', [1], [0x3f, 0x80, 0, 0])).data]).toEqual([1]);
    expect([...readNpy(file('>i2', [2], [1, 0, 0xff, 0xff])).data]).toEqual([256, -1]);
    expect([...readNpy(file('<i8', [1], Array(8).fill(255))).data]).toEqual([-1]);
    expect([...readNpy(file('<u8', [1], [0, 0, 0, 0, 1, 0, 0, 0])).data]).toEqual([2 ** 32]);
    expect([...readNpy(file('|b1', [2], [0, 1])).data]).toEqual([0, 1]);
    expect(readNpy(file('|u1', [], [7])).data).toEqual(Uint8Array.of(7));
    const wide = header("{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }", 3);
    expect([...readNpy(Uint8Array.from([...wide, 5])).data]).toEqual([5]);
  });

  it('does not copy what is aligned', () => {
    const bytes = writeNpy(Float32Array.of(1, 2), [2]);
    expect(readNpy(bytes).data.buffer).toBe(bytes.buffer);
  });

  it.each([
    ['not npy', new TextEncoder().encode('anchor,positive\n'), /begin with/],
    ['empty', new Uint8Array(0), /begin with/],
    ['a version of the future', header('{}', 9), /version must be 1, 2 or 3, got 9/],
    [
      'a header longer than the file',
      Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 255, 255),
      /claims 65535/,
    ],
    ['a huge header', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255), /claims/],
    ['no dictionary', header('import os'), /must have/],
    ['an object array', header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), /got "\|O"/],
    ['a record array', header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"), /"descr"/],
    ['a text array', header("{'descr': '<U8', 'fortran_order': False, 'shape': (1,), }"), /got "<U8"/],
    ['a type like a property', header("{'descr': '<toString', 'fortran_order': False, 'shape': (1,), }"), /the type/],
    ['a negative shape', header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), /"shape"/],
    [
      'a shape beyond all memory',
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"),
      /2\^53/,
    ],
    ['a large claim', header("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,), }"), /got 0/],
    ['data cut off', writeNpy(Float32Array.of(1, 2), [2]).slice(0, -1), /must have 8 bytes of data, got 7/],
    ['data too long', Uint8Array.from([...writeNpy(Int8Array.of(1), [1]), 0]), /must have 1 bytes of data, got 2/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(/^E_FORMAT x\.npy: /);
    expect(() => readNpy(bytes, 'x.npy')).toThrow(message);
  });

  it('fails only with E_FORMAT, whatever the bytes', () => {
    const good = writeNpy(Float32Array.of(1, 2, 3, 4), [2, 2]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        try {
          readNpy(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AdnceError', code: 'E_FORMAT' });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses to write a shape that does not fit', () => {
    expect(() => writeNpy(Float32Array.of(1), [2])).toThrow(/E_SHAPE.*must hold 1 numbers, holds 2/);
    expect(() => writeNpy(Float32Array.of(1), [-1, -1])).toThrow(/E_SHAPE/);
  });
});

describe('pairsFromNpy', () => {
  const array = (data: number[], shape: number[]) => readNpy(writeNpy(Float64Array.from(data), shape));

  it('takes an array for each column, or one for all', () => {
    const expected = {
      kind: 'vector',
      name: 'v',
      dimension: 2,
      anchors: Float32Array.of(1, 2, 5, 6),
      positives: Float32Array.of(3, 4, 7, 8),
    };
    expect(pairsFromNpy([array([1, 2, 5, 6], [2, 2]), array([3, 4, 7, 8], [2, 2])], 'v')).toEqual(expected);
    expect(pairsFromNpy([array([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])], 'v')).toEqual(expected);
    expect(pairsFromNpy([array([1, 2, 3], [1, 3, 1])], 'v').negatives).toEqual(Float32Array.of(3));
    expect(pairsFromNpy([array([1], [1, 1]), array([2], [1, 1]), array([3], [1, 1])], 'v').negatives).toHaveLength(1);
  });

  it('refuses other shapes and numbers that are not finite', () => {
    const wrong = [
      [],
      [array([1, 2], [2, 1])],
      [array([1, 2], [1, 2, 1, 1])],
      [array([1], [1, 1, 1])],
      [array([1], [1, 1]), array([1, 2], [2, 1])],
      [array([1], [1]), array([1], [1])],
      [array([], [2, 0]), array([], [2, 0])],
    ];
    for (const arrays of wrong) expect(() => pairsFromNpy(arrays, 'v')).toThrow(/^E_SHAPE v: .*Hint: give/);
    expect(() => pairsFromNpy([array([1, Number.NaN], [1, 2, 1])], 'v')).toThrow(/E_VALUE.*"positives".*NaN in row 0/);
    expect(() => pairsFromNpy([array([], [0, 2, 3])], 'v')).toThrow(/E_DATA/);
  });
});
