/**
 * As much of Protocol Buffers' wire format as an ONNX model needs: a message is a sequence of fields, each a key (number and
 * wire type) and a value.
 */

/** One encoded field. */
export type Field = readonly number[] | Uint8Array;

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** Base 128, least significant group first; negative numbers as 64-bit two's complement. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return bytes;
}

const key = (field: number, type: number) => varint((field << 3) | type);

/** An int32, int64 or enum field. */
export function integer(field: number, value: number | bigint): Field {
  return [...key(field, VARINT), ...varint(value)];
}

/** A float field. */
export function float(field: number, value: number): Field {
  return [...key(field, FIXED32), ...new Uint8Array(Float32Array.of(value).buffer)];
}

/** A bytes field. */
export function bytes(field: number, value: Uint8Array): Field {
  return join([Uint8Array.from([...key(field, BYTES), ...varint(value.length)]), value]);
}

/** A string field. */
export function text(field: number, value: string): Field {
  return bytes(field, new TextEncoder().encode(value));
}

/** A field that is a message of its own. */
export function message(field: number, fields: readonly Field[]): Field {
  return bytes(field, join(fields));
}

/** A whole message. */
export function join(fields: readonly Field[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    out.set(field, at);
    at += field.length;
  }
  return out;
}
