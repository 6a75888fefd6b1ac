/**
 * AdamW (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019), as torch.optim.AdamW computes it, in one
 * pass over weights, gradients and both moments.
 *
 *     m += (1 − β₁)(g − m)      v += (1 − β₂)(g² − v)
 *     p = decay·p − step·m / (√v·root + ε)
 *
 * with decay = 1 − lr·λ, step = lr/(1 − β₁ᵗ), root = 1/√(1 − β₂ᵗ), which the caller works out in float64.
 */
import { loadOne, storeOne } from '../nn/lanes';

// @ts-ignore: decorator
@inline
function towards(from: v128, to: v128, share: v128): v128 {
  return f32x4.add(from, f32x4.mul(f32x4.sub(to, from), share));
}

// @ts-ignore: decorator
@inline
function moved(p: v128, m: v128, v: v128, decay: v128, step: v128, root: v128, epsilon: v128): v128 {
  const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), root), epsilon);
  return f32x4.sub(f32x4.mul(p, decay), f32x4.div(f32x4.mul(m, step), denominator));
}

// @ts-ignore: decorator
@inline
function updateRow(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  count: usize,
  decay: v128,
  share1: v128,
  share2: v128,
  step: v128,
  root: v128,
  epsilon: v128,
): void {
  for (const end = p + (count & ~3) * 4; p < end; p += 16, g += 16, m += 16, v += 16) {
    const gradient = v128.load(g);
    const first = towards(v128.load(m), gradient, share1);
    const second = towards(v128.load(v), f32x4.mul(gradient, gradient), share2);
    v128.store(m, first);
    v128.store(v, second);
    v128.store(p, moved(v128.load(p), first, second, decay, step, root, epsilon));
  }
  for (const end = p + (count & 3) * 4; p < end; p += 4, g += 4, m += 4, v += 4) {
    const gradient = loadOne(g);
    const first = towards(loadOne(m), gradient, share1);
    const second = towards(loadOne(v), f32x4.mul(gradient, gradient), share2);
    storeOne(m, first);
    storeOne(v, second);
    storeOne(p, moved(loadOne(p), first, second, decay, step, root, epsilon));
  }
}

/**
 * @param p,g,m,v f32[count]
 * @param share1,share2 1 − β₁, 1 − β₂
 */
export function adamwStep(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  count: usize,
  decay: f64,
  share1: f64,
  share2: f64,
  step: f64,
  root: f64,
  epsilon: f64,
): void {
  updateRow(
    p,
    g,
    m,
    v,
    count,
    f32x4.splat(<f32>decay),
    f32x4.splat(<f32>share1),
    f32x4.splat(<f32>share2),
    f32x4.splat(<f32>step),
    f32x4.splat(<f32>root),
    f32x4.splat(<f32>epsilon),
  );
}

/**
 * The rows of a table that were touched, the others stay as they are, moments and decay included.
 * @param p,m,v f32[·, width]
 * @param ids u32[count], no row twice
 * @param g gradient rows, `gStride` bytes apart, in the order of ids
 */
export function adamwRows(
  p: usize,
  g: usize,
  gStride: usize,
  m: usize,
  v: usize,
  ids: usize,
  count: usize,
  width: usize,
  decay: f64,
  share1: f64,
  share2: f64,
  step: f64,
  root: f64,
  epsilon: f64,
): void {
  const decays = f32x4.splat(<f32>decay);
  const shares1 = f32x4.splat(<f32>share1);
  const shares2 = f32x4.splat(<f32>share2);
  const steps = f32x4.splat(<f32>step);
  const roots = f32x4.splat(<f32>root);
  const epsilons = f32x4.splat(<f32>epsilon);
  for (const end = ids + count * 4; ids < end; ids += 4, g += gStride) {
    const row = <usize>load<u32>(ids) * width * 4;
    updateRow(p + row, g, m + row, v + row, width, decays, shares1, shares2, steps, roots, epsilons);
  }
}
