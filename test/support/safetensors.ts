/** safetensors files put together and taken apart by hand, for tests that must not trust the code they test. */

/** A file out of its parts; the header's length may lie. */
export function safetensorsFile(
  json: string | Uint8Array,
  data: ArrayLike<number> = [],
  length?: bigint | number,
): Uint8Array {
  const header = typeof json === 'string' ? new TextEncoder().encode(json) : json;
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(length ?? header.length)), true);
  bytes.set(header, 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

/** A header of one tensor. */
export function oneTensor(dtype: string, shape: string, start: string | number, end: string | number): string {
  return `{"x":{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}}`;
}

/** What an independent reader finds: each tensor's type, shape and bytes. */
export type Parts = Record<string, { dtype: string; shape: number[]; bytes: number[] }>;

/** Reads a well-formed file by nothing but the description of the format. */
export function takeApart(file: Uint8Array): { metadata: Record<string, string>; tensors: Parts } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  const tensors: Parts = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries<{
    dtype: string;
    shape: number[];
    data_offsets: [number, number];
  }>(entries)) {
    tensors[name] = { dtype, shape, bytes: [...file.subarray(start + data_offsets[0], start + data_offsets[1])] };
  }
  return { metadata, tensors };
}
