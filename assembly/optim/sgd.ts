/**
 * Stochastic gradient descent with momentum (Polyak) or Nesterov's, as torch.optim.SGD computes it, in one pass.
 *
 *     g' = g + λp      b = momentum·b + g'      p −= lr·(nesterov ? g' + momentum·b : b)
 */
import { loadOne, storeOne } from '../nn/lanes';

// @ts-ignore: decorator
@inline
function sum(a: v128, b: v128, factor: v128): v128 {
  return f32x4.add(a, f32x4.mul(b, factor));
}

// @ts-ignore: decorator
@inline
function updateRow(
  p: usize,
  g: usize,
  b: usize,
  count: usize,
  lr: v128,
  decay: v128,
  momentum: v128,
  nesterov: bool,
): void {
  const move = f32x4.neg(lr);
  for (const end = p + (count & ~3) * 4; p < end; p += 16, g += 16) {
    const weight = v128.load(p);
    let step = sum(v128.load(g), weight, decay);
    if (b) {
      const velocity = sum(step, v128.load(b), momentum);
      v128.store(b, velocity);
      step = nesterov ? sum(step, velocity, momentum) : velocity;
      b += 16;
    }
    v128.store(p, sum(weight, step, move));
  }
  for (const end = p + (count & 3) * 4; p < end; p += 4, g += 4) {
    const weight = loadOne(p);
    let step = sum(loadOne(g), weight, decay);
    if (b) {
      const velocity = sum(step, loadOne(b), momentum);
      storeOne(b, velocity);
      step = nesterov ? sum(step, velocity, momentum) : velocity;
      b += 4;
    }
    storeOne(p, sum(weight, step, move));
  }
}

/** @param p,g,b f32[count]; b is 0 without momentum */
export function sgdStep(
  p: usize,
  g: usize,
  b: usize,
  count: usize,
  lr: f64,
  decay: f64,
  momentum: f64,
  nesterov: i32,
): void {
  const rate = f32x4.splat(<f32>lr);
  updateRow(p, g, b, count, rate, f32x4.splat(<f32>decay), f32x4.splat(<f32>momentum), nesterov != 0);
}

/**
 * The rows of a table that were touched; the others stay as they are, momentum and decay included.
 * @param p,b f32[·, width]; b is 0 without momentum
 * @param ids u32[count], no row twice
 * @param g gradient rows, `gStride` bytes apart, in the order of ids
 */
export function sgdRows(
  p: usize,
  g: usize,
  gStride: usize,
  b: usize,
  ids: usize,
  count: usize,
  width: usize,
  lr: f64,
  decay: f64,
  momentum: f64,
  nesterov: i32,
): void {
  const rate = f32x4.splat(<f32>lr);
  const decays = f32x4.splat(<f32>decay);
  const factor = f32x4.splat(<f32>momentum);
  for (const end = ids + count * 4; ids < end; ids += 4, g += gStride) {
    const row = <usize>load<u32>(ids) * width * 4;
    updateRow(p + row, g, b == 0 ? 0 : b + row, width, rate, decays, factor, nesterov != 0);
  }
}
