/** Roots of monotone functions: Chandrupatla's method (1997), inverse quadratic steps where they are safe and bisection elsewhere. */

const TURNS = 300;

/**
 * Where f changes its sign between `low` and `high`, to the last bits or to `resolution` where that is coarser. f may be infinite,
 * but not NaN; it must have opposite signs (or a zero) at the ends. Deterministic: sums, products and quotients only.
 */
export function root(f: (x: number) => number, low: number, high: number, resolution = 0): number {
  let [a, b] = [high, low];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  let [c, fc] = [a, fa];
  let t = 0.5;
  for (let turn = 0; turn < TURNS; turn++) {
    const x = a + t * (b - a);
    const fx = f(x);
    if (fx === 0) return x;
    // The newest point is a; b is on the other side; c is the one before.
    if (fx > 0 === fa > 0) [c, fc] = [a, fa];
    else [c, b, fc, fb] = [b, a, fb, fa];
    [a, fa] = [x, fx];
    const best = Math.abs(fa) < Math.abs(fb) ? a : b;
    const smallest = Math.max(2 ** -52 * Math.abs(best), resolution, Number.MIN_VALUE) / Math.abs(b - a);
    if (!(smallest < 0.5)) return best;
    t = Math.min(1 - smallest, Math.max(smallest, share(a, b, c, fa, fb, fc)));
  }
  return a;
}

/** The share of the way from a to b to go next: by an inverse parabola where it is sure to be monotone, else half. */
function share(a: number, b: number, c: number, fa: number, fb: number, fc: number): number {
  const xi = (a - b) / (c - b);
  const phi = (fa - fb) / (fc - fb);
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
  const t = (fa / (fb - fa)) * (fc / (fb - fc)) + ((c - a) / (b - a)) * (fa / (fc - fa)) * (fb / (fc - fb));
  return Number.isFinite(t) ? t : 0.5;
}
