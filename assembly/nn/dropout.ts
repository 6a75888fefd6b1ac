/**
 * Dropout with inverted scaling. Element i is kept where draw i ≥ threshold = p·2³²; the mask is a function of the draws, so
 * the backward makes it again instead of keeping it.
 */
import { loadOne, storeOne } from './lanes';
import { nextSixteen, WORDS } from '../random/philox';

/** Where the 16 masks of a turn are true, `scale`, else 0; in place of the draws. */
// @ts-ignore: decorator
@inline
function masks(draws: usize, turn: u32, threshold: v128, scale: v128): void {
  nextSixteen(draws, turn);
  for (let k: usize = 0; k < 64; k += 16) {
    const kept = i32x4.ge_u(v128.load(draws + k, WORDS), threshold);
    v128.store(draws + k, v128.and(kept, scale), WORDS);
  }
}

/** x·mask, and 0 where the mask is 0, whatever x is: 0·∞ would be NaN. */
// @ts-ignore: decorator
@inline
function masked(x: v128, mask: v128): v128 {
  return v128.and(f32x4.mul(x, mask), f32x4.ne(mask, f32x4.splat(0)));
}

/** out = mask·scale·x, `count` floats. A dropped element is 0 whatever it was. */
export function dropoutForward(draws: usize, x: usize, out: usize, count: usize, threshold: u32, scale: f64): void {
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(<f32>scale);
  for (let i: usize = 0; i < count; i += 16) {
    masks(draws, <u32>(i >>> 4), limit, factor);
    const left = min<usize>(16, count - i);
    let mask = draws + WORDS;
    for (const end = x + (left & ~3) * 4; x < end; x += 16, out += 16, mask += 16) {
      v128.store(out, masked(v128.load(x), v128.load(mask)));
    }
    for (const end = x + (left & 3) * 4; x < end; x += 4, out += 4, mask += 4) {
      storeOne(out, masked(loadOne(x), loadOne(mask)));
    }
  }
}

/** dx += mask·scale·g, `count` floats; nothing where the element was dropped. */
export function dropoutBackward(draws: usize, dx: usize, g: usize, count: usize, threshold: u32, scale: f64): void {
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(<f32>scale);
  for (let i: usize = 0; i < count; i += 16) {
    masks(draws, <u32>(i >>> 4), limit, factor);
    const left = min<usize>(16, count - i);
    let mask = draws + WORDS;
    for (const end = g + (left & ~3) * 4; g < end; g += 16, dx += 16, mask += 16) {
      v128.store(dx, f32x4.add(v128.load(dx), masked(v128.load(g), v128.load(mask))));
    }
    for (const end = g + (left & 3) * 4; g < end; g += 4, dx += 4, mask += 4) {
      storeOne(dx, f32x4.add(loadOne(dx), masked(loadOne(g), loadOne(mask))));
    }
  }
}
