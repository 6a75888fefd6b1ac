/**
 * SupCon's positives (maths §2): all rows of an anchor's class but itself. Their mean score is linear in the unit rows, so the
 * sums S_y = Σ_{j∈y} u_j of the classes give it, and its gradients, in O(n·d), without a mask over pairs:
 *
 *     p_i = (u_i·S_y − u_i·u_i)/(n_y − 1)        ∂L/∂u_i += (g_i·(S_y − u_i) + T_y − g_i·u_i)/(n_y − 1),   T_y = Σ_{j∈y} g_j u_j
 */
import { Plan } from './plan';

/** Number k of unit row i, as exactly as it is known. */
// @ts-ignore: decorator
@inline
function component(plan: Plan, i: usize, k: usize): f64 {
  return plan.exact
    ? load<f64>(plan.exactU + (i * plan.depth + k) * 8)
    : <f64>load<f32>(plan.unitU + i * plan.rowBytes + k * 4);
}

/** S_y or, with factors, T_y of every class, in float64. @param labels i32[rows] @param factors f32[rows] or 0 @param sums f64[classes, depth], zeroed */
export function classSums(plan: Plan, labels: usize, factors: usize, sums: usize): void {
  const depth = plan.depth;
  for (let i: usize = 0; i < plan.rows; i++) {
    const sum = sums + <usize>load<i32>(labels + i * 4) * depth * 8;
    const factor: f64 = factors ? load<f32>(factors + i * 4) : 1;
    for (let k: usize = 0; k < depth; k++) {
      store<f64>(sum + k * 8, load<f64>(sum + k * 8) + factor * component(plan, i, k));
    }
  }
}

/** p_i of every anchor; 0 for one without positives. @param sizes i32[classes] @param out f64[rows] */
export function classScores(plan: Plan, labels: usize, sizes: usize, sums: usize, out: usize): void {
  const depth = plan.depth;
  for (let i: usize = 0; i < plan.rows; i++) {
    const label = <usize>load<i32>(labels + i * 4);
    const others = load<i32>(sizes + label * 4) - 1;
    const sum = sums + label * depth * 8;
    let score: f64 = 0;
    for (let k: usize = 0; k < depth; k++) {
      const own = component(plan, i, k);
      score += own * (load<f64>(sum + k * 8) - own);
    }
    store<f64>(out + i * 8, others > 0 ? score / <f64>others : 0);
  }
}

/** Sends the gradients g f32[rows] of the p_i to the unit rows. @param sums S_y @param weighted T_y */
export function classGradients(plan: Plan, labels: usize, sizes: usize, sums: usize, weighted: usize, g: usize): void {
  const depth = plan.depth;
  for (let i: usize = 0; i < plan.rows; i++) {
    const label = <usize>load<i32>(labels + i * 4);
    const others = load<i32>(sizes + label * 4) - 1;
    if (others <= 0) continue;
    const u = plan.unitU + i * plan.rowBytes;
    const target = plan.gradU + i * plan.rowBytes;
    const factor = <f64>load<f32>(g + i * 4);
    for (let k: usize = 0; k < depth; k++) {
      const at = (label * depth + k) * 8;
      const own = <f64>load<f32>(u + k * 4);
      const sum = factor * (load<f64>(sums + at) - own) + load<f64>(weighted + at) - factor * own;
      store<f32>(target + k * 4, load<f32>(target + k * 4) + <f32>(sum / <f64>others));
    }
  }
}
