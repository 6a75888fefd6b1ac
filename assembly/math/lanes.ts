/**
 * What is written once for lanes of float32 and of float64: exp and log by the type of a lane. Those of float64 go through the
 * scalar functions, lane by lane: they serve small problems, where digits count and time does not.
 */
import { exp as exp32 } from './exp';
import { log as log32 } from './log';

/** e^x of every lane. */
// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return exp32(x);
  return pair(NativeMath.exp(f64x2.extract_lane(x, 0)), NativeMath.exp(f64x2.extract_lane(x, 1)));
}

/** log x of every lane. */
// @ts-ignore: decorator
@inline
export function log<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return log32(x);
  return pair(NativeMath.log(f64x2.extract_lane(x, 0)), NativeMath.log(f64x2.extract_lane(x, 1)));
}

/** Distance from 1 to the next number. */
// @ts-ignore: decorator
@inline
export function epsilon<T>(): T {
  return sizeof<T>() == 4 ? <T>f32.EPSILON : <T>f64.EPSILON;
}

// @ts-ignore: decorator
@inline
function pair(low: f64, high: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(low), 1, high);
}
