/**
 * MurmurHash3 x86_128 (Austin Appleby, public domain): a 128-bit digest that runs fast on 32-bit integers. It finds damage, not
 * forgery. Each step of it can be undone, so damage inside one 16-byte block never goes unseen.
 */
import { mix32 } from '../data/hash.js';

const SCRATCH_BYTES = 1 << 16;
const BLOCK_BYTES = 16;
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function mixWord(word: number, first: number, turn: number, second: number): number {
  const k = Math.imul(word, first);
  return Math.imul((k << turn) | (k >>> (32 - turn)), second);
}

/** A digest that takes its bytes piece by piece; how they are cut makes no difference. */
export class Digest {
  /** Bytes go through here, so that words are aligned wherever the caller's bytes lie. */
  readonly #bytes = new Uint8Array(SCRATCH_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #state: Int32Array;
  #filled = 0;
  #length = 0;

  /** @param seed an unsigned 32-bit integer */
  constructor(seed = 0) {
    this.#state = new Int32Array(4).fill(seed);
  }

  /** Takes the next bytes. */
  update(bytes: Uint8Array): this {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + SCRATCH_BYTES - this.#filled);
      this.#bytes.set(bytes.subarray(at, end), this.#filled);
      this.#filled += end - at;
      at = end;
      if (this.#filled === SCRATCH_BYTES) this.#flush();
    }
    return this;
  }

  /** The digest as 32 hexadecimal digits: four words, each most significant digit first. Takes no more bytes after it. */
  hex(): string {
    const tail = this.#filled % BLOCK_BYTES;
    this.#flush();
    const s = this.#state;
    if (tail > 0) this.#mixTail(tail);
    for (let i = 0; i < 4; i++) s[i] = (s[i] as number) ^ this.#length;
    this.#spread();
    for (let i = 0; i < 4; i++) s[i] = mix32(s[i] as number);
    this.#spread();
    return Array.from(s, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** All whole blocks of the scratch bytes into the state; what is left over moves to the front. */
  #flush(): void {
    const words = this.#words;
    const whole = this.#filled - (this.#filled % BLOCK_BYTES);
    let [h1, h2, h3, h4] = this.#state as unknown as [number, number, number, number];
    for (let i = 0; i < whole / 4; i += 4) {
      h1 ^= mixWord(words[i] as number, C1, 15, C2);
      h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
      h2 ^= mixWord(words[i + 1] as number, C2, 16, C3);
      h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
      h3 ^= mixWord(words[i + 2] as number, C3, 17, C4);
      h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
      h4 ^= mixWord(words[i + 3] as number, C4, 18, C1);
      h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
    }
    this.#state.set([h1, h2, h3, h4]);
    this.#bytes.copyWithin(0, whole, this.#filled);
    this.#filled -= whole;
  }

  /** The last, incomplete block; a missing byte counts as zero. */
  #mixTail(length: number): void {
    const words = this.#words;
    const s = this.#state;
    this.#bytes.fill(0, length, BLOCK_BYTES);
    s[0] = (s[0] as number) ^ mixWord(words[0] as number, C1, 15, C2);
    s[1] = (s[1] as number) ^ mixWord(words[1] as number, C2, 16, C3);
    s[2] = (s[2] as number) ^ mixWord(words[2] as number, C3, 17, C4);
    s[3] = (s[3] as number) ^ mixWord(words[3] as number, C4, 18, C1);
  }

  #spread(): void {
    const s = this.#state;
    s[0] = (s[0] as number) + (s[1] as number) + (s[2] as number) + (s[3] as number);
    for (let i = 1; i < 4; i++) s[i] = (s[i] as number) + (s[0] as number);
  }
}

/** The digest of a text's UTF-8 bytes. */
export function digestText(text: string): string {
  return new Digest().update(new TextEncoder().encode(text)).hex();
}
