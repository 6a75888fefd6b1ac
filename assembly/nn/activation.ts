/**
 * GELU (Hendrycks & Gimpel, 2016): x·Φ(x), Φ the normal distribution function; exact, or by tanh as GPT-2 has it.
 *
 * Method, exact: with a = |x| the tail is Φ(−a) = e^{−a²/2}·R(a), R(a) = ½·erfc(a/√2)·e^{a²/2}, a smooth function
 * approximated by t·(degree 9 in t), t = 1/(1 + 0.3a), whose own error is 2⁻²⁸. a²/2 is taken in two parts, so that large
 * squares lose nothing. Φ(x) is the tail left of 0 and 1 − tail right of it, so that nothing cancels: x = −6 has as many
 * right digits as x = 1, where ½(1 + erf(x/√2)) in float32 has none left. Both forms work on |x| and choose by the sign at
 * the end, so that no power overflows and gelu(−∞) is −0.
 *
 * Error (test/assembly/nn-gelu.test.ts): exact form below 8 ULP everywhere, subnormal results included. Form by tanh, against
 * the same form in float64: below 5 ULP for x ≥ −1; left of it the rounding of the exponent 2u tells, below 5 + 3·|2u| ULP.
 * A slope is a sum of two terms that cancel near x = −0.75; its error is below 8 ULP (exact) of the sum of their sizes, below
 * 5 + 4·|2u| ULP (tanh).
 */
import { exp } from '../math/exp';
import { loadOne, storeOne } from './lanes';

const R0: f32 = 0.119686663;
const R1: f32 = 0.119572356;
const R2: f32 = 0.110231161;
const R3: f32 = 0.0784085765;
const R4: f32 = 0.0961046591;
const R5: f32 = -0.0793306231;
const R6: f32 = 0.191677541;
const R7: f32 = -0.228136539;
const R8: f32 = 0.112404056;
const R9: f32 = -0.0206178594;
/** e^{−a²/2} is 0 from here on. */
const FARTHEST: f32 = 14.5;
const INVERSE_ROOT_TWO_PI: f32 = 0.3989422804;
const ROOT_TWO_OVER_PI: f32 = 0.7978845608;
const CUBIC: f32 = 0.044715;

// @ts-ignore: decorator
@inline
function one(): v128 {
  return f32x4.splat(1);
}

// @ts-ignore: decorator
@inline
function addTo(sum: v128, t: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, t), f32x4.splat(coefficient));
}

/** e^{−a²/2} for 0 ≤ a ≤ 14.5. */
// @ts-ignore: decorator
@inline
function gaussian(a: v128): v128 {
  // The square of the upper twelve bits is exact; what the sum below rounds away comes back as a factor.
  const high = v128.and(a, i32x4.splat(0xfffff000));
  const upper = f32x4.mul(f32x4.mul(high, high), f32x4.splat(-0.5));
  const lower = f32x4.mul(f32x4.mul(f32x4.sub(a, high), f32x4.add(a, high)), f32x4.splat(-0.5));
  const exponent = f32x4.add(upper, lower);
  const lost = f32x4.add(f32x4.sub(upper, exponent), lower);
  const e = exp(exponent);
  return f32x4.add(e, f32x4.mul(e, lost));
}

/** R(a). */
// @ts-ignore: decorator
@inline
function scaledTail(a: v128): v128 {
  const t = f32x4.div(one(), f32x4.add(one(), f32x4.mul(a, f32x4.splat(0.3))));
  let r = addTo(f32x4.splat(R9), t, R8);
  r = addTo(r, t, R7);
  r = addTo(r, t, R6);
  r = addTo(r, t, R5);
  r = addTo(r, t, R4);
  r = addTo(r, t, R3);
  r = addTo(r, t, R2);
  r = addTo(r, t, R1);
  r = addTo(r, t, R0);
  return f32x4.mul(r, t);
}

// @ts-ignore: decorator
@inline
function distance(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), f32x4.splat(FARTHEST));
}

// @ts-ignore: decorator
@inline
function isNegative(x: v128): v128 {
  return f32x4.lt(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function gelu(x: v128): v128 {
  const a = distance(x);
  const e = gaussian(a);
  const r = scaledTail(a);
  // a·R stays near 0.4 where e^{−a²/2} runs out of digits, so it is multiplied first; and −∞ becomes −0, not NaN.
  const left = f32x4.neg(f32x4.mul(f32x4.mul(a, r), e));
  const right = f32x4.mul(x, f32x4.sub(one(), f32x4.mul(e, r)));
  return v128.bitselect(left, right, isNegative(x));
}

/** Φ(x) + x·φ(x). */
// @ts-ignore: decorator
@inline
function geluSlope(x: v128): v128 {
  const a = distance(x);
  const e = gaussian(a);
  const tail = f32x4.mul(e, scaledTail(a));
  // x·φ(x) with e^{−a²/2} last, as in gelu(); ±∞ has slope 1 and 0.
  const bend = f32x4.mul(f32x4.mul(a, f32x4.splat(INVERSE_ROOT_TWO_PI)), e);
  return v128.bitselect(f32x4.sub(tail, bend), f32x4.add(f32x4.sub(one(), tail), bend), isNegative(x));
}

/** e^{−2|u|}, u = √(2/π)(x + 0.044715x³), from a = |x|. ½(1 + tanh u) is 1/(1 + e^{−2u}). */
// @ts-ignore: decorator
@inline
function expMinusTwoU(a: v128): v128 {
  const inner = f32x4.mul(a, addTo(f32x4.mul(a, a), f32x4.splat(CUBIC), 1));
  return exp(f32x4.mul(inner, f32x4.splat(-2 * ROOT_TWO_OVER_PI)));
}

// @ts-ignore: decorator
@inline
function geluTanh(x: v128): v128 {
  const a = distance(x);
  const e = expMinusTwoU(a);
  const share = v128.bitselect(f32x4.neg(f32x4.mul(a, e)), x, isNegative(x));
  return f32x4.div(share, f32x4.add(one(), e));
}

/** σ + x·σ·(1 − σ)·2u'(x), σ = 1/(1 + e^{−2u}). */
// @ts-ignore: decorator
@inline
function geluTanhSlope(x: v128): v128 {
  const a = distance(x);
  const e = expMinusTwoU(a);
  // Of σ and 1 − σ the larger is `most`, the smaller e·most.
  const most = f32x4.div(one(), f32x4.add(one(), e));
  const least = f32x4.mul(e, most);
  const slope = f32x4.mul(addTo(f32x4.mul(a, a), f32x4.splat(3 * CUBIC), 1), f32x4.splat(2 * ROOT_TWO_OVER_PI));
  const bend = f32x4.mul(least, f32x4.mul(most, f32x4.mul(a, slope)));
  return v128.bitselect(f32x4.sub(least, bend), f32x4.add(most, bend), isNegative(x));
}

/** out = gelu(x), `count` floats. @param tanh 0: exact; 1: by tanh */
export function geluForward(x: usize, out: usize, count: usize, tanh: i32): void {
  const vectors = x + (count & ~3) * 4;
  const end = x + count * 4;
  while (x < end) {
    // What is left of four goes one by one through the same code.
    const whole = x < vectors;
    const value = whole ? v128.load(x) : loadOne(x);
    const result = tanh ? geluTanh(value) : gelu(value);
    if (whole) v128.store(out, result);
    else storeOne(out, result);
    const bytes: usize = whole ? 16 : 4;
    x += bytes;
    out += bytes;
  }
}

/** dx += g·gelu'(x), `count` floats. */
export function geluBackward(dx: usize, g: usize, x: usize, count: usize, tanh: i32): void {
  const vectors = x + (count & ~3) * 4;
  const end = x + count * 4;
  while (x < end) {
    const whole = x < vectors;
    const value = whole ? v128.load(x) : loadOne(x);
    const slope = tanh ? geluTanhSlope(value) : geluSlope(value);
    if (whole) v128.store(dx, f32x4.add(v128.load(dx), f32x4.mul(v128.load(g), slope)));
    else storeOne(dx, f32x4.add(loadOne(dx), f32x4.mul(loadOne(g), slope)));
    const bytes: usize = whole ? 16 : 4;
    x += bytes;
    g += bytes;
    dx += bytes;
  }
}

/** out = max(x, 0), `count` floats; NaN stays NaN. */
export function reluForward(x: usize, out: usize, count: usize): void {
  const zero = f32x4.splat(0);
  for (const end = x + (count & ~3) * 4; x < end; x += 16, out += 16) v128.store(out, f32x4.pmax(v128.load(x), zero));
  for (const end = x + (count & 3) * 4; x < end; x += 4, out += 4) storeOne(out, f32x4.pmax(loadOne(x), zero));
}

/** dx += g where x > 0, `count` floats. */
export function reluBackward(dx: usize, g: usize, x: usize, count: usize): void {
  const zero = f32x4.splat(0);
  for (const end = x + (count & ~3) * 4; x < end; x += 16, g += 16, dx += 16) {
    const passed = v128.and(v128.load(g), f32x4.gt(v128.load(x), zero));
    v128.store(dx, f32x4.add(v128.load(dx), passed));
  }
  for (const end = x + (count & 3) * 4; x < end; x += 4, g += 4, dx += 4) {
    const passed = v128.and(loadOne(g), f32x4.gt(loadOne(x), zero));
    storeOne(dx, f32x4.add(loadOne(dx), passed));
  }
}
