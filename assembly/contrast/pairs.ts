/** The scores that stand apart from the walk: one candidate an anchor, its positive or its hard negative. */
import { dot, dotDoubles } from '../similarity/normalize';
import { Plan, Stats } from './plan';

/** out[i] = u_i·v_{i+offset}, f64, for the anchors [from, to). */
export function pairScores(plan: Plan, offset: usize, from: usize, to: usize, out: usize): void {
  const depth = plan.depth;
  for (let i = from; i < to; i++) {
    const j = i + offset;
    const score = plan.exact
      ? dotDoubles(plan.exactU + i * depth * 8, plan.exactV + j * depth * 8, depth)
      : dot(plan.unitU + i * plan.rowBytes, plan.unitV + j * plan.rowBytes, depth);
    store<f64>(out + i * 8, score);
  }
}

/** gradU_i += g_i·v_{i+offset} and gradV_{i+offset} += g_i·u_i, for the anchors [from, to). */
export function pairGradients(plan: Plan, offset: usize, from: usize, to: usize, g: usize): void {
  const rowBytes = plan.rowBytes;
  for (let i = from; i < to; i++) {
    const factor = v128.load32_splat(g + i * 4);
    const j = (i + offset) * rowBytes;
    for (let byte: usize = 0; byte < plan.depth * 4; byte += 16) {
      const k = i * rowBytes + byte;
      addScaled(plan.gradU + k, plan.unitV + j + byte, factor);
      addScaled(plan.gradV + j + byte, plan.unitU + k, factor);
    }
  }
}

// @ts-ignore: decorator
@inline
function addScaled(target: usize, source: usize, factor: v128): void {
  v128.store(target, f32x4.add(v128.load(target), f32x4.mul(v128.load(source), factor)));
}

/** target += source, `count` floats. */
export function addArray(target: usize, source: usize, count: usize): void {
  const end = target + count * 4;
  for (const vectors = target + (count & ~3) * 4; target < vectors; target += 16, source += 16) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
  }
  for (; target < end; target += 4, source += 4) store<f32>(target, load<f32>(target) + load<f32>(source));
}

/** Empty statistics for `n` anchors whose families start at the given maxima (or constant shifts). */
export function resetStats(stats: usize, n: usize, m0: f64, m1: f64): void {
  for (let i: usize = 0; i < n; i++, stats += offsetof<Stats>()) {
    memory.fill(stats, 0, offsetof<Stats>());
    changetype<Stats>(stats).m0 = m0;
    changetype<Stats>(stats).m1 = m1;
  }
}

/** Empties the sums of `n` anchors and gives each the shifts of the same anchor at `shifts`, which may be the same place. */
export function clearSums(stats: usize, shifts: usize, n: usize): void {
  for (
    const end = stats + n * offsetof<Stats>();
    stats < end;
    stats += offsetof<Stats>(), shifts += offsetof<Stats>()
  ) {
    const m0 = changetype<Stats>(shifts).m0;
    const m1 = changetype<Stats>(shifts).m1;
    memory.fill(stats, 0, offsetof<Stats>());
    changetype<Stats>(stats).m0 = m0;
    changetype<Stats>(stats).m1 = m1;
  }
}
