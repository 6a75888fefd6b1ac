/**
 * The sums of sweep 1: Σ e, Σ e·s, Σ e·s² of a row and of every column. They know nothing of the rule, so all rules share these
 * functions: a copy for each would make the core a kilobyte larger, and a call for each row of a tile costs nothing that could be measured.
 */

/** Lanes in the order ((0 + 2) + (1 + 3)), or (0 + 1), as float64. */
// @ts-ignore: decorator
@inline
function sumLanes<T>(x: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
  const even = <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 2);
  return even + (<f64>f32x4.extract_lane(x, 1) + <f64>f32x4.extract_lane(x, 3));
}

/** Adds Σ e, Σ e·s, Σ e·s² (as many as `moments` says) to the three float64 at `sums`. */
// @ts-ignore: decorator
@inline
function sumUpTo<T>(moments: i32, scores: usize, count: usize, e: usize, sums: usize): void {
  let z0 = v128.splat<T>(0);
  let z1 = z0,
    a0 = z0,
    a1 = z0,
    b0 = z0,
    b1 = z0;
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 32) {
    const x = v128.load(e + j);
    const y = v128.load(e + j, 16);
    z0 = v128.add<T>(z0, x);
    z1 = v128.add<T>(z1, y);
    if (moments > 1) {
      const s = v128.load(scores + j);
      const t = v128.load(scores + j, 16);
      const xs = v128.mul<T>(x, s);
      const yt = v128.mul<T>(y, t);
      a0 = v128.add<T>(a0, xs);
      a1 = v128.add<T>(a1, yt);
      if (moments > 2) {
        b0 = v128.add<T>(b0, v128.mul<T>(xs, s));
        b1 = v128.add<T>(b1, v128.mul<T>(yt, t));
      }
    }
  }
  store<f64>(sums, load<f64>(sums) + sumLanes<T>(v128.add<T>(z0, z1)));
  if (moments > 1) store<f64>(sums, load<f64>(sums, 8) + sumLanes<T>(v128.add<T>(a0, a1)), 8);
  if (moments > 2) store<f64>(sums, load<f64>(sums, 16) + sumLanes<T>(v128.add<T>(b0, b1)), 16);
}

function sum1<T>(scores: usize, count: usize, e: usize, sums: usize): void {
  sumUpTo<T>(1, scores, count, e, sums);
}
function sum2<T>(scores: usize, count: usize, e: usize, sums: usize): void {
  sumUpTo<T>(2, scores, count, e, sums);
}
function sum3<T>(scores: usize, count: usize, e: usize, sums: usize): void {
  sumUpTo<T>(3, scores, count, e, sums);
}

/** {@link sumUpTo} by the function for so many moments, a constant. */
// @ts-ignore: decorator
@inline
export function sumRow<T>(moments: i32, scores: usize, count: usize, e: usize, sums: usize): void {
  if (moments == 1) sum1<T>(scores, count, e, sums);
  else if (moments == 2) sum2<T>(scores, count, e, sums);
  else sum3<T>(scores, count, e, sums);
}

/** Adds e, e·s, e·s² of one row to the running sums of the columns, three arrays `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function addUpTo<T>(moments: i32, scores: usize, count: usize, e: usize, sums: usize, stride: usize): void {
  const bytes = count * sizeof<T>();
  for (let j: usize = 0; j < bytes; j += 16) {
    const x = v128.load(e + j);
    const z = sums + j;
    v128.store(z, v128.add<T>(v128.load(z), x));
    if (moments > 1) {
      const s = v128.load(scores + j);
      const xs = v128.mul<T>(x, s);
      const a = z + stride;
      v128.store(a, v128.add<T>(v128.load(a), xs));
      if (moments > 2) {
        const b = a + stride;
        v128.store(b, v128.add<T>(v128.load(b), v128.mul<T>(xs, s)));
      }
    }
  }
}

function add1<T>(scores: usize, count: usize, e: usize, sums: usize, stride: usize): void {
  addUpTo<T>(1, scores, count, e, sums, stride);
}
function add2<T>(scores: usize, count: usize, e: usize, sums: usize, stride: usize): void {
  addUpTo<T>(2, scores, count, e, sums, stride);
}
function add3<T>(scores: usize, count: usize, e: usize, sums: usize, stride: usize): void {
  addUpTo<T>(3, scores, count, e, sums, stride);
}

/** {@link addUpTo} by the function for so many moments, a constant. */
// @ts-ignore: decorator
@inline
export function addColumns<T>(moments: i32, scores: usize, count: usize, e: usize, sums: usize, stride: usize): void {
  if (moments == 1) add1<T>(scores, count, e, sums, stride);
  else if (moments == 2) add2<T>(scores, count, e, sums, stride);
  else add3<T>(scores, count, e, sums, stride);
}
