/**
 * Dropout with inverted scaling. Element i is kept where draw i ≥ threshold = p·2³²; the mask is a function of the draws, so
 * the backward makes it again instead of keeping it.
 */
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

/** out = mask·scale·x, `count` floats. A dropped element is 0 whatever it was. */
export function dropoutForward(draws: usize, x: usize, out: usize, count: usize, threshold: u32, scale: f64): void {
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(<f32>scale);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < count; i += 16) {
    masks(draws, <u32>(i >>> 4), limit, factor);
    const left = min<usize>(16, count - i);
    let k: usize = 0;
    for (; k + 4 <= left; k += 4) {
      const mask = v128.load(draws + k * 4, WORDS);
      const product = f32x4.mul(v128.load(x + (i + k) * 4), mask);
      v128.store(out + (i + k) * 4, v128.and(product, f32x4.ne(mask, zero)));
    }
    for (; k < left; k++) {
      const mask = load<f32>(draws + k * 4, WORDS);
      store<f32>(out + (i + k) * 4, mask == 0 ? 0 : load<f32>(x + (i + k) * 4) * mask);
    }
  }
}

/** dx += mask·scale·g, `count` floats. */
export function dropoutBackward(draws: usize, dx: usize, g: usize, count: usize, threshold: u32, scale: f64): void {
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(<f32>scale);
  for (let i: usize = 0; i < count; i += 16) {
    masks(draws, <u32>(i >>> 4), limit, factor);
    const left = min<usize>(16, count - i);
    let k: usize = 0;
    for (; k + 4 <= left; k += 4) {
      const target = dx + (i + k) * 4;
      const step = f32x4.mul(v128.load(g + (i + k) * 4), v128.load(draws + k * 4, WORDS));
      v128.store(target, f32x4.add(v128.load(target), step));
    }
    for (; k < left; k++) {
      const target = dx + (i + k) * 4;
      store<f32>(target, load<f32>(target) + load<f32>(g + (i + k) * 4) * load<f32>(draws + k * 4, WORDS));
    }
  }
}
