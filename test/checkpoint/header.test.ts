/** Damaged and hostile files: every lie is refused with E_CHECKPOINT, none is believed and none breaks the reader. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_KEY,
  FORMAT_KEY,
  type NamedTensor,
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from '../../src/checkpoint/index.js';
import { headerLength, readHeader } from '../../src/checkpoint/safetensors.js';
import { AdnceError } from '../../src/errors.js';
import { safetensorsFile as file, oneTensor } from '../support/safetensors.js';

const GOOD = oneTensor('U8', '[2]', 0, 2);
const two = (a: string, b: string): string => `{"a":{"dtype":"U8",${a}},"b":{"dtype":"U8",${b}}}`;
const span = (length: number, start: number, end: number) => `"shape":[${length}],"data_offsets":[${start},${end}]`;
const withField = (field: string) => GOOD.replace('"dtype"', `${field},"dtype"`);
const deep = 1_000_000;
const own = (format: string | null, checksum: string | null): string => {
  const texts = [
    ...(format === null ? [] : [`"${FORMAT_KEY}":"${format}"`]),
    ...(checksum === null ? [] : [`"${CHECKSUM_KEY}":"${checksum}"`]),
  ];
  return `{"__metadata__":{${texts.join(',')}}}`;
};

it('takes the well-formed files the hostile ones are made from', () => {
  expect(readSafetensors(file(GOOD, [1, 2])).tensors.get('x')?.data).toEqual(Uint8Array.of(1, 2));
  const spaced = `${GOOD.replaceAll(/[[\]{}:,]/g, ' \t\r\n$& \t\r\n').trimStart()}   `;
  expect(readSafetensors(file(spaced, [1, 2])).tensors.get('x')?.shape).toEqual([2]);
  expect(readSafetensors(file(two(span(1, 1, 2), span(1, 0, 1)), [1, 2])).tensors.get('a')?.data[0]).toBe(2);
  expect(readSafetensors(file('{}')).tensors.size).toBe(0);
  expect(readSafetensors(file(oneTensor('F64', '[0]', 0, 0))).tensors.size).toBe(1);
  expect(readSafetensors(file(GOOD.replace('"x"', '"\\u0078\\n"'), [1, 2])).tensors.has('x\n')).toBe(true);
});

describe('refuses', () => {
  it.each([
    ['an empty file', new Uint8Array(0), /at least 8 bytes, got 0/],
    ['half a length', new Uint8Array(7), /at least 8 bytes, got 7/],
    ['no header', file(''), /must have "\{" at character 0, got the end/],
    ['a header longer than the file', file(GOOD, [1, 2], 10_000), /may take at most \d+ bytes, got 10000/],
    ['a header of 2^63 bytes', file(GOOD, [1, 2], 2n ** 63n), /got 922337203685477\d+/],
    ['a header of 2^64 - 1 bytes', file(GOOD, [1, 2], -1), /got 1844674407370955\d+/],
    ['a header cut short', file(GOOD, [1, 2], GOOD.length - 1), /must have "\}" at character/],
    [
      'a header that reaches into the data',
      file(GOOD, [0x20, 2], GOOD.length + 1),
      /fill 2 bytes, got a data section of 1/,
    ],
    ['bytes before the header', file(` ${GOOD}`, [1, 2]), /must have "\{" at character 0/],
    ['a byte order mark', file(`\ufeff${GOOD}`, [1, 2]), /must have "\{" at character 0/],
    ['text after the header', file(`${GOOD} x`, [1, 2]), /the end of the header at character/],
    ['two headers', file(GOOD + GOOD, [1, 2]), /the end of the header at character/],
    ['invalid UTF-8', file(Buffer.from(GOOD.replace('x', '\xff'), 'latin1'), [1, 2]), /must be UTF-8/],
    ['an overlong form', file(Buffer.from(GOOD.replace('x', '\xc0\x80'), 'latin1'), [1, 2]), /must be UTF-8/],
    ['a surrogate in UTF-8', file(Buffer.from(GOOD.replace('x', '\xed\xa0\x80'), 'latin1'), [1, 2]), /must be UTF-8/],
    ['an array', file('[]'), /must have "\{"/],
    ['a control character in a name', file(GOOD.replace('x', '\n'), [1, 2]), /a string that ends/],
    ['a wrong escape', file(GOOD.replace('x', '\\q'), [1, 2]), /wrong escape/],
    ['a name without an end', file('{"x'), /a string that ends/],
    ['a name that ends in a backslash', file('{"x\\'), /a string that ends/],
    ['no colon', file('{"x"}'), /must have ":"/],
    ['a comma too many', file(GOOD.replace('}}', '},}'), [1, 2]), /a string/],
    ['a comment', file(GOOD.replace('{"x"', '{/**/"x"'), [1, 2]), /a string/],
    ['a name twice', file(`{${GOOD.slice(1, -1)},${GOOD.slice(1)}`, [1, 2]), /the key "x" twice/],
    [
      'a name twice by an escape',
      file(`{${GOOD.slice(1, -1)},${GOOD.slice(1).replace('x', '\\u0078')}`, [1, 2]),
      /twice/,
    ],
    ['a field twice', file(withField('"dtype":"I8"'), [1, 2]), /the key "dtype" twice/],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /the key "__metadata__" twice/],
    ['a text of metadata twice', file('{"__metadata__":{"a":"1","a":"2"}}'), /the key "a" twice/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /a string at character/],
    ['metadata in metadata', file('{"__metadata__":{"a":{}}}'), /a string at character/],
    ['an unknown field', file(withField('"strides":[1]'), [1, 2]), /tensor "x" has an unknown field "strides"/],
    ['a prototype', file(withField('"__proto__":{}'), [1, 2]), /unknown field "__proto__"/],
    ['no type', file('{"x":{"shape":[],"data_offsets":[0,1]}}', [1]), /must have "dtype"/],
    ['no shape', file('{"x":{"dtype":"U8","data_offsets":[0,1]}}', [1]), /must have "dtype", "shape"/],
    ['no offsets', file('{"x":{"dtype":"U8","shape":[]}}', [1]), /two "data_offsets"/],
    ['three offsets', file(GOOD.replace('[0,2]', '[0,1,2]'), [1, 2]), /two "data_offsets"/],
    ['an unknown type', file(oneTensor('F128', '[]', 0, 16), Array(16)), /one of the types .*got "F128"/],
    ['a type like a property', file(oneTensor('constructor', '[]', 0, 1), [1]), /got "constructor"/],
    ['a tensor of no object', file('{"x":[]}'), /must have "\{"/],
    ['null', file('{"x":null}'), /must have "\{"/],
  ])('%s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'x.safetensors')).toThrow(/^E_CHECKPOINT x\.safetensors: /);
    expect(() => readSafetensors(bytes, 'x.safetensors')).toThrow(message);
  });

  it.each([
    ['an overlap', two(span(2, 0, 2), span(1, 1, 2)), 2, /tensor "b" must start at byte 2 .*got 1/],
    ['the same bytes twice', two(span(2, 0, 2), span(2, 0, 2)), 2, /must start at byte 2/],
    ['a hole', two(span(1, 0, 1), span(1, 2, 3)), 3, /tensor "b" must start at byte 1 .*got 2/],
    ['a hole at the start', oneTensor('U8', '[1]', 1, 2), 2, /tensor "x" must start at byte 0 .*got 1/],
    ['an empty tensor in a hole', two(span(1, 0, 1), span(0, 2, 2)), 2, /must start at byte 1/],
    ['trailing bytes', GOOD, 3, /fill 2 bytes, got a data section of 3/],
    ['data cut off', GOOD, 1, /fill 2 bytes, got a data section of 1. Hint: the file is cut off/],
    ['data behind the end', oneTensor('U8', '[9007199254740991]', 0, '9007199254740991'), 2, /data section of 2/],
    ['offsets the wrong way round', oneTensor('U8', '[2]', 2, 0), 2, /needs 2 bytes, got offsets 2 to 0/],
    ['a shape of other bytes', oneTensor('F32', '[2]', 0, 2), 2, /F32\[2\] and needs 8 bytes, got offsets 0 to 2/],
    ['NaN for an offset', oneTensor('U8', '[2]', 'NaN', 2), 2, /an integer from 0 to 2\^53 - 1 .*got "NaN/],
    ['null for an offset', oneTensor('U8', '[2]', 'null', 2), 2, /an integer from 0/],
    ['a text for an offset', oneTensor('U8', '[2]', '"0"', 2), 2, /an integer from 0/],
    ['a negative offset', oneTensor('U8', '[2]', -2, 0), 2, /an integer from 0/],
    ['a fraction', oneTensor('U8', '[2.0]', 0, 2), 2, /an integer from 0/],
    ['an exponent', oneTensor('U8', '[2e0]', 0, 2), 2, /an integer from 0/],
    ['a leading zero', oneTensor('U8', '[02]', 0, 2), 2, /must have "\]"|an integer/],
    ['2^53', oneTensor('U8', '[2]', 0, '9007199254740992'), 2, /an integer from 0 to 2\^53 - 1/],
    ['2^63', oneTensor('U8', '[9223372036854775808]', 0, 2), 2, /an integer from 0 to 2\^53 - 1/],
    ['2^64 + 2, which is 2 in 64 bits', oneTensor('U8', '[18446744073709551618]', 0, 2), 2, /an integer from 0/],
    ['a product that overflows', oneTensor('U8', '[4294967296,4294967296,2]', 0, 2), 2, /more than 2\^53 bytes/],
    [
      'a product that overflows, then 0',
      oneTensor('U8', '[4294967296,4294967296,0]', 0, 0),
      0,
      /more than 2\^53 bytes/,
    ],
    ['bytes that overflow', oneTensor('F64', '[9007199254740991]', 0, 2), 2, /more than 2\^53 bytes/],
    ['a shape without an end', oneTensor('U8', '[2', 0, 2), 2, /must have "\]"|an integer/],
    ['deep arrays', `{"x":${'['.repeat(deep)}`, 0, /must have "\{"/],
    ['deep objects', '{"x":'.repeat(deep), 0, /must have|unknown field/],
    ['a deep shape', oneTensor('U8', '['.repeat(deep), 0, 2), 2, /an integer from 0/],
    ['deep metadata', `{"__metadata__":${'{"a":'.repeat(deep)}`, 0, /a string at character/],
  ])('%s', (_, header, bytes, message) => {
    const hostile = file(header, new Uint8Array(bytes));
    expect(() => readSafetensors(hostile, 'x.safetensors')).toThrow(/^E_CHECKPOINT x\.safetensors: /);
    expect(() => readSafetensors(hostile, 'x.safetensors')).toThrow(message);
  });

  it.each([
    ['a digest that is wrong', own('1', '0'.repeat(32)), /digest of the content must be "0{32}", got "[0-9a-f]{32}"/],
    ['a digest without the format', own(null, '0'.repeat(32)), /must have "adnce\.format" = "1"/],
    ['a format without the digest', own('1', null), /and "adnce\.checksum"/],
    ['a format of the future', own('2', '0'.repeat(32)), /got "2" .*Hint: .*newer adnce/],
  ])('%s', (_, header, message) => {
    expect(() => readSafetensors(file(header))).toThrow(message);
  });

  it('long names and shapes with a short message', () => {
    const long = oneTensor('U8', `[${Array(100_000).fill('1').join(',')}]`, 0, 2).replace('x', 'n'.repeat(100_000));
    expect(() => readSafetensors(file(long, [1, 2]))).toThrow(/^E_CHECKPOINT .{60,250}$/);
  });

  it('20,000 tensors that all claim the same bytes', () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => `"t${i}":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}`);
    expect(() => readSafetensors(file(`{${entries}}`, [1, 2]))).toThrow(/must start at byte 2/);
  });

  it('a header over the limit of the reference before it is read', () => {
    const head = file('', [], 100_000_001);
    expect(() => headerLength(head, 2 ** 40, 'x')).toThrow(/may take at most 100000000 bytes, got 100000001/);
    expect(headerLength(file('', [], 100_000_000), 2 ** 40, 'x')).toBe(100_000_000);
  });
});

it('a header can be read without the numbers', () => {
  const header = readHeader(new TextEncoder().encode(GOOD), 8 + GOOD.length + 2, 'x');
  expect(header.entries).toEqual([{ name: 'x', dtype: 'U8', shape: [2], start: 0, end: 2 }]);
});

describe('mutations', () => {
  const tensors: NamedTensor[] = [
    { name: 'encoder.weight', dtype: 'F32', shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) },
    { name: 'ids', dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) },
    { name: '__proto__', dtype: 'U8', shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) },
    { name: 'empty', dtype: 'F16', shape: [0, 2], data: new Uint16Array(0) },
  ];
  const good = writeSafetensors(tensors, { dimension: '4', 'note "é"': '\\ \u0001' });
  const content = ({ tensors, metadata }: Safetensors) => ({ tensors: [...tensors], metadata: new Map(metadata) });
  const expected = content(readSafetensors(good));

  /** A mutated file is refused with the one code, or still says the same. */
  function mustBeRefusedOrTheSame(bytes: Uint8Array): 'refused' | 'same' {
    let read: Safetensors;
    try {
      read = readSafetensors(bytes);
    } catch (error) {
      if (error instanceof AdnceError && error.code === 'E_CHECKPOINT') return 'refused';
      throw error;
    }
    expect(content(read)).toEqual(expected);
    return 'same';
  }

  it('every bit of every byte', () => {
    const counts = { refused: 0, same: 0 };
    for (let at = 0; at < good.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = good.slice();
        bytes[at]! ^= 1 << bit;
        counts[mustBeRefusedOrTheSame(bytes)]++;
      }
    }
    expect(counts.refused).toBeGreaterThan(4000);
    // Only white space and the case of escapes can change without a change of meaning.
    expect(counts.same / good.length).toBeLessThan(0.2);
  });

  it('every length', () => {
    for (let length = 0; length < good.length; length++) {
      expect(mustBeRefusedOrTheSame(good.slice(0, length))).toBe('refused');
    }
    expect(mustBeRefusedOrTheSame(Uint8Array.from([...good, 0]))).toBe('refused');
  });

  it('up to 12 bytes replaced, removed, inserted or copied from elsewhere', () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]:,"\\ 0129-eE.')));
    const place = fc.nat(good.length - 1);
    const length = fc.nat(12);
    const piece = fc.oneof(
      fc.array(byte, { maxLength: 12 }),
      fc.tuple(place, length).map(([at, count]) => [...good.subarray(at, at + count)]),
    );
    fc.assert(
      fc.property(place, length, piece, (at, count, bytes) => {
        mustBeRefusedOrTheSame(Uint8Array.from([...good.subarray(0, at), ...bytes, ...good.subarray(at + count)]));
      }),
      { numRuns: 5000 },
    );
  });

  it('its own marks damaged by one stroke', () => {
    // What is left of the two marks is one key, which still begins like them.
    const marks = '"adnce.format":"1","adnce.checksum":';
    const text = Buffer.from(good).toString('latin1');
    expect(text).toContain(marks);
    const damaged = text.replace(marks, '"adnce.f:[64,69]}}  adnce.checksum":');
    expect(() => readSafetensors(Buffer.from(damaged, 'latin1'))).toThrow(/metadata must have "adnce\.format" = "1"/);
  });

  it('files without a digest: never another error', () => {
    const json = GOOD.replace('}}', '},"__metadata__":{"a":"b"}}');
    const plain = file(json, [1, 2]);
    fc.assert(
      fc.property(
        fc.nat(plain.length - 1),
        fc.nat(255),
        fc.nat(plain.length - 1),
        fc.nat(255),
        (at, byte, to, other) => {
          const bytes = plain.slice();
          bytes[at] = byte;
          bytes[to] = other;
          try {
            readSafetensors(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: 'AdnceError', code: 'E_CHECKPOINT' });
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
