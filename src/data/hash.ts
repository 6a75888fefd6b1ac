/**
 * Hashes that are the same on every machine: FNV-1a (32 bit) over the UTF-8 bytes of a text, and a 53-bit hash with
 * a seed made from two of them. Not for secrets.
 */

/** The state FNV-1a starts from (http://www.isthe.com/chongo/tech/comp/fnv/). */
export const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** One byte into an FNV-1a state. */
function fnvByte(state: number, byte: number): number {
  return Math.imul(state ^ byte, FNV_PRIME);
}

/** One code point, as its UTF-8 bytes, into an FNV-1a state; a lone surrogate counts as U+FFFD. */
export function fnvCodePoint(state: number, point: number): number {
  if (point < 0x80) return fnvByte(state, point);
  if (point < 0x800) return fnvByte(fnvByte(state, 0xc0 | (point >> 6)), 0x80 | (point & 63));
  if (point < 0x10000) {
    const p = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    return fnvByte(fnvByte(fnvByte(state, 0xe0 | (p >> 12)), 0x80 | ((p >> 6) & 63)), 0x80 | (p & 63));
  }
  const head = fnvByte(fnvByte(state, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 63));
  return fnvByte(fnvByte(head, 0x80 | ((point >> 6) & 63)), 0x80 | (point & 63));
}

/** FNV-1a of the UTF-8 bytes of `text`, in [0, 2^32). */
export function fnv1a(text: string, basis = FNV_BASIS): number {
  let state = basis;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) i++;
    state = fnvCodePoint(state, point);
  }
  return state >>> 0;
}

/** FNV-1a of bytes, in [0, 2^32). */
export function fnv1aBytes(bytes: Uint8Array, basis = FNV_BASIS): number {
  let state = basis;
  for (let i = 0; i < bytes.length; i++) state = fnvByte(state, bytes[i] as number);
  return state >>> 0;
}

/** The finaliser of MurmurHash3 (32 bit): every bit of the input moves every bit of the output. */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function seeded(hash: (basis: number) => number, seed: number): number {
  const low = mix32(seed >>> 0);
  const high = mix32(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  const a = mix32(hash(FNV_BASIS ^ low) ^ high);
  const b = mix32(hash(~FNV_BASIS ^ high) ^ low);
  return a * 2 ** 21 + (b >>> 11);
}

/** A 53-bit hash of a text under a seed (an integer in [0, 2^53)). */
export function hashText(text: string, seed: number): number {
  return seeded((basis) => fnv1a(text, basis), seed);
}

/** A 53-bit hash of bytes under a seed (an integer in [0, 2^53)). */
export function hashBytes(bytes: Uint8Array, seed: number): number {
  return seeded((basis) => fnv1aBytes(bytes, basis), seed);
}
