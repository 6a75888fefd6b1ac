/**
 * Triplet loss (maths §2): ℓ = E max(0, margin + s_j − p) over the candidates of an anchor. Its first shift is the score
 * θ = p − margin beyond which a negative counts; family 0 is the excess, family 1 says whether there is one.
 */
import { Outcome, positiveOf, RowRule, settleAnchor, shareOf, statsOf } from './anchor';
import { Stats } from './plan';


@unmanaged
export class HingeRule extends RowRule {
  margin: f64;

  families(): i32 {
    return 2;
  }
  moments0(): i32 {
    return 1;
  }
  moments1(): i32 {
    return 1;
  }
  usesFactor1(): bool {
    return true;
  }
  weight0<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.pmax<T>(v128.sub<T>(s, c0), v128.splat<T>(0));
  }
  weight1<T>(s: v128, c0: v128, c1: v128): v128 {
    return v128.and(v128.gt<T>(s, c0), v128.splat<T>(1));
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e1, k1);
  }
}

/** Sets θ of the anchors [from, to), and empty sums. */
export function hingeStart(rule: HingeRule, outcome: Outcome, stats: usize, from: usize, to: usize): void {
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    memory.fill(changetype<usize>(anchor), 0, offsetof<Stats>());
    anchor.m0 = positiveOf(outcome, i) - rule.margin;
  }
}

/** Finishes the anchors [from, to). */
export function hingeFinish(
  rule: HingeRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  const m = rule.candidates;
  for (let i = from; i < to; i++) {
    const anchor = statsOf(stats, i);
    const share = shareOf(rule, outcome, i);
    settleAnchor(outcome, coefficients, n, i, anchor, share, anchor.z0 / m, -anchor.z1 / m, 0, share / m);
  }
}
