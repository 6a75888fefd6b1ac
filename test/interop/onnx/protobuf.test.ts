import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, float, integer, join, message, text, varint } from '../../../src/interop/onnx/protobuf.js';

const flat = (...fields: Parameters<typeof join>[0]) => [...join(fields)];

describe('the wire format', () => {
  it('has the bytes of its specification', () => {
    // protobuf.dev/programming-guides/encoding: field 1 = 150, field 2 = "testing", field 3 = the first message.
    expect(flat(integer(1, 150))).toEqual([0x08, 0x96, 0x01]);
    expect(flat(text(2, 'testing'))).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect(flat(message(3, [integer(1, 150)]))).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect(flat(integer(1, -2))).toEqual([0x08, 0xfe, ...new Array<number>(8).fill(0xff), 0x01]);
    expect(flat(float(20, 1.5))).toEqual([0xa5, 0x01, 0x00, 0x00, 0xc0, 0x3f]);
    expect(flat(bytes(1, Uint8Array.of(7)), text(1, 'é'))).toEqual([0x0a, 1, 7, 0x0a, 2, 0xc3, 0xa9]);
  });

  it('spells every 64-bit integer so that it can be read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const spelt = varint(value);
        expect(spelt.slice(0, -1).every((byte) => byte >= 0x80)).toBe(true);
        expect(spelt.at(-1)).toBeLessThan(0x80);
        const read = spelt.reduce((sum, byte, i) => sum | (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n);
        expect(BigInt.asIntN(64, read)).toBe(value);
      }),
    );
  });
});
