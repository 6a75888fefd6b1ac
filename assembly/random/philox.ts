/**
 * Random numbers by counting: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011). A draw
 * is a function of key and counter alone, so that any of them can be had without the ones before it, on any thread.
 *
 *     draws   u32: key 0 | key 1 | counter 1 | counter 2 | counter 3 | – | – | – | 16 words of work      (96 bytes)
 *
 * Counter 0 numbers the blocks of four draws; draw i is word i mod 4 of block ⌊i/4⌋. Four blocks are made at a time, one a
 * lane.
 */

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS = 10;
/** Where the words of {@link nextSixteen} stand. */
export const WORDS: usize = 32;

/** Bytes of a `draws`. */
export function drawsBytes(): usize {
  return 96;
}

/** The upper halves of four unsigned products. */
// @ts-ignore: decorator
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/** Draws 16·turn … 16·turn + 15 to `draws + WORDS`. */
export function nextSixteen(draws: usize, turn: u32): void {
  const multiplier0 = i32x4.splat(MULTIPLIER_0);
  const multiplier1 = i32x4.splat(MULTIPLIER_1);
  let c0 = i32x4.add(i32x4.splat(turn * 4), i32x4(0, 1, 2, 3));
  let c1 = v128.load32_splat(draws, 8);
  let c2 = v128.load32_splat(draws, 12);
  let c3 = v128.load32_splat(draws, 16);
  let k0 = load<u32>(draws);
  let k1 = load<u32>(draws, 4);
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low0 = i32x4.mul(multiplier0, c0);
    const low1 = i32x4.mul(multiplier1, c2);
    c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
    c3 = low0;
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  // Lanes are blocks, so the words are turned: block by block.
  const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(draws, v128.shuffle<i64>(low01, low23, 0, 2), WORDS);
  v128.store(draws, v128.shuffle<i64>(low01, low23, 1, 3), WORDS + 16);
  v128.store(draws, v128.shuffle<i64>(high01, high23, 0, 2), WORDS + 32);
  v128.store(draws, v128.shuffle<i64>(high01, high23, 1, 3), WORDS + 48);
}
