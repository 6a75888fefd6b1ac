/**
 * Random numbers by counting: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
 * A draw is a pure function of (seed, stream, epoch, index), so any of them can be had without the ones before it.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Four unsigned 32-bit numbers into `out` for a counter and a key of unsigned 32-bit numbers. */
export function philox4x32(
  out: Uint32Array,
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The draws of one (seed, stream, epoch); a draw is addressed by its index. */
export class Draws {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #held = -1;

  /**
   * @param seed integer in [0, 2^53)
   * @param stream integer in [0, 2^32): what the draws are for
   * @param epoch integer in [0, 2^32)
   */
  constructor(
    seed: number,
    readonly stream: number,
    readonly epoch: number,
  ) {
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  }

  /** Draw number `index` (in [0, 2^34)), an integer in [0, 2^32). */
  at(index: number): number {
    const block = Math.floor(index / 4);
    if (block !== this.#held) {
      philox4x32(this.#block, [block >>> 0, this.epoch >>> 0, this.stream >>> 0, 0], this.#key);
      this.#held = block;
    }
    return this.#block[index & 3] as number;
  }

  /**
   * Draw number `index` brought into [0, limit), for limit <= 2^32. The chance of a value is off by at most
   * limit / 2^32 of itself, far below what a shuffle could show.
   */
  below(index: number, limit: number): number {
    return Math.floor((this.at(index) / 2 ** 32) * limit);
  }
}

/** A permutation of 0 … n-1 (Fisher and Yates): i32[n]. */
export function permutation(n: number, draws: Draws): Int32Array {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = draws.below(i, i + 1);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}
