/**
 * The row loops of a tile, generic over the row rule R, which the compiler inlines, and over the type T of a score: float32, or
 * float64 for the statistics of a small problem. A rule has
 *
 *     log0<T>(s), log1<T>(s)      log-weights of a score, for one or two families, or in their place
 *     weight0<T>(s, c0, c1), weight1<T>(s, c0, c1)  weights themselves, given the anchor's two shifts
 *     families(), moments0(), moments1()      how many of what it uses, constants
 *     gradient<T>(s, e0, e1, k0, k1)          ∂loss/∂s, linear in the anchor's factors k0 and k1
 *     usesFactor1()                           whether it reads k1
 *     gradientOfWeight()                      there only if gradient reads nothing but e0 and k0
 *
 * with e = e^{log(s) − shift}, or the weight as it is. Each loop is one pass over a row of at most `block` scores in the first-level cache: exp
 * apart from the sums, because together they need more registers than x64 has.
 */
import { expBounded } from '../math/exp';
import { exp } from '../math/lanes';

// @ts-ignore: decorator
@inline
function apply<T>(e: v128, bounded: bool): v128 {
  return sizeof<T>() == 4 && bounded ? expBounded(e) : exp<T>(e);
}

/** Weights of four scores in family 0 for shifts c0 and c1. */
// @ts-ignore: decorator
@inline
function weigh0<R, T>(rule: R, s: v128, c0: v128, c1: v128, bounded: bool): v128 {
  if (isDefined(rule.weight0)) return rule.weight0<T>(s, c0, c1);
  else return apply<T>(v128.sub<T>(rule.log0<T>(s), c0), bounded);
}

/** Weights of four scores in family 1. */
// @ts-ignore: decorator
@inline
function weigh1<R, T>(rule: R, s: v128, c0: v128, c1: v128, bounded: bool): v128 {
  if (isDefined(rule.weight0)) return rule.weight1<T>(s, c0, c1);
  else return apply<T>(v128.sub<T>(rule.log1<T>(s), c1), bounded);
}

/** Weights of a row of scores into a row for each family; a mask zeroes what is excluded. */
// @ts-ignore: decorator
@inline
export function weighRow<R, T>(
  rule: R,
  families: i32,
  bounded: bool,
  scores: usize,
  count: usize,
  shift0: T,
  shift1: T,
  mask: usize,
  e0: usize,
  e1: usize,
): void {
  const c0 = v128.splat<T>(shift0);
  const c1 = v128.splat<T>(shift1);
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 32) {
    const s = v128.load(scores + j);
    const t = v128.load(scores + j, 16);
    let x = weigh0<R, T>(rule, s, c0, c1, bounded);
    let y = weigh0<R, T>(rule, t, c0, c1, bounded);
    if (mask) {
      x = v128.and(x, v128.load(mask + j));
      y = v128.and(y, v128.load(mask + j, 16));
    }
    v128.store(e0 + j, x);
    v128.store(e0 + j, y, 16);
    if (families > 1) {
      x = weigh1<R, T>(rule, s, c0, c1, bounded);
      y = weigh1<R, T>(rule, t, c0, c1, bounded);
      if (mask) {
        x = v128.and(x, v128.load(mask + j));
        y = v128.and(y, v128.load(mask + j, 16));
      }
      v128.store(e1 + j, x);
      v128.store(e1 + j, y, 16);
    }
  }
}

/** The same with a shift of its own for every column: the weights that columns give to this row. */
export function weighRowByColumn<R, T>(
  rule: R,
  families: i32,
  scores: usize,
  count: usize,
  shifts0: usize,
  shifts1: usize,
  mask: usize,
  e0: usize,
  e1: usize,
): void {
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 16) {
    const s = v128.load(scores + j);
    const c0 = v128.load(shifts0 + j);
    const c1 = v128.load(shifts1 + j);
    let x = weigh0<R, T>(rule, s, c0, c1, false);
    if (mask) x = v128.and(x, v128.load(mask + j));
    v128.store(e0 + j, x);
    if (families > 1) {
      x = weigh1<R, T>(rule, s, c0, c1, false);
      if (mask) x = v128.and(x, v128.load(mask + j));
      v128.store(e1 + j, x);
    }
  }
}

/** to = from, `count` floats and up to seven more. */
// @ts-ignore: decorator
@inline
export function copyRow(from: usize, count: usize, to: usize): void {
  const bytes = count * 4;
  for (let j: usize = 0; j < bytes; j += 32) {
    v128.store(to + j, v128.load(from + j));
    v128.store(to + j, v128.load(from + j, 16), 16);
  }
}

/** Largest log-weights of a row, as float32, into two float64, and of every column into two running arrays. */
export function maxRow<R, T>(
  rule: R,
  scores: usize,
  count: usize,
  mask: usize,
  columnMax0: usize,
  columnMax1: usize,
  rowMax: usize,
): void {
  const lowest = v128.splat<T>(-Infinity);
  let m0 = lowest;
  let m1 = lowest;
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 16) {
    const s = v128.load(scores + j);
    let q = rule.log0<T>(s);
    if (mask) q = v128.bitselect(q, lowest, v128.load(mask + j));
    m0 = v128.pmax<T>(m0, q);
    v128.store(columnMax0 + j, v128.pmax<T>(v128.load(columnMax0 + j), q));
    if (rule.families() > 1) {
      q = rule.log1<T>(s);
      if (mask) q = v128.bitselect(q, lowest, v128.load(mask + j));
      m1 = v128.pmax<T>(m1, q);
      v128.store(columnMax1 + j, v128.pmax<T>(v128.load(columnMax1 + j), q));
    }
  }
  store<f64>(rowMax, maxLane<T>(m0));
  store<f64>(rowMax, maxLane<T>(m1), 8);
}

// @ts-ignore: decorator
@inline
function maxLane<T>(x: v128): f64 {
  if (sizeof<T>() == 8) return <f64>(<f32>max(f64x2.extract_lane(x, 0), f64x2.extract_lane(x, 1)));
  const even = max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 2));
  return max(even, max(f32x4.extract_lane(x, 1), f32x4.extract_lane(x, 3)));
}

/** Gradients of a row of scores, for factors of the row plus, where `column0` is not 0, factors of the columns. `out` may be `scores`. */
// @ts-ignore: decorator
@inline
export function gradientRow<R, T>(
  rule: R,
  scores: usize,
  count: usize,
  e0: usize,
  e1: usize,
  factor0: T,
  factor1: T,
  column0: usize,
  column1: usize,
  out: usize,
): void {
  const row0 = v128.splat<T>(factor0);
  const row1 = v128.splat<T>(factor1);
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 16) {
    let k0 = row0;
    let k1 = row1;
    if (column0) {
      k0 = v128.add<T>(k0, v128.load(column0 + j));
      if (rule.usesFactor1()) k1 = v128.add<T>(k1, v128.load(column1 + j));
    }
    const w0 = v128.load(e0 + j);
    if (isDefined(rule.gradientOfWeight)) {
      v128.store(out + j, rule.gradient<T>(w0, w0, w0, k0, k1));
    } else {
      const w1 = rule.families() > 1 ? v128.load(e1 + j) : k1;
      v128.store(out + j, rule.gradient<T>(v128.load(scores + j), w0, w1, k0, k1));
    }
  }
}

/** Gradients of a row of scores whose two roles have weights of their own: `rowPart` holds the row's, the columns' is added. */
export function gradientRowByColumn<R, T>(
  rule: R,
  scores: usize,
  count: usize,
  e0: usize,
  e1: usize,
  column0: usize,
  column1: usize,
  rowPart: usize,
): void {
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 16) {
    const g = rule.gradient<T>(
      v128.load(scores + j),
      v128.load(e0 + j),
      v128.load(e1 + j),
      v128.load(column0 + j),
      v128.load(column1 + j),
    );
    v128.store(scores + j, v128.add<T>(v128.load(rowPart + j), g));
  }
}
