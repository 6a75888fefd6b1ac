/**
 * What estimators of mutual information gather from a matrix T f32[n, n] of critic scores: its diagonal holds pairs of the joint
 * distribution, all else pairs of the product of the marginals (maths §3). Sums are float64, row by row.
 */

// @ts-ignore: decorator
@inline
function at(t: usize, n: usize, i: usize, j: usize): f64 {
  return <f64>load<f32>(t + (i * n + j) * 4);
}

/** Mean of the diagonal, mean and biased variance of all else, into out f64[3]; two passes. */
export function pairMoments(t: usize, n: usize, out: usize): void {
  const pairs = <f64>n * <f64>(n - 1);
  let diagonal: f64 = 0;
  let sum: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    diagonal += at(t, n, i, i);
    for (let j: usize = 0; j < n; j++) if (j != i) sum += at(t, n, i, j);
  }
  const mean = sum / pairs;
  let squares: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      const distance = at(t, n, i, j) - mean;
      if (j != i) squares += distance * distance;
    }
  }
  store<f64>(out, diagonal / <f64>n);
  store<f64>(out, mean, 8);
  store<f64>(out, squares / pairs, 16);
}

/** log of the mean of e^{clip(T, low, high)} off the diagonal; ±∞ do not clip. */
export function pairLogMeanExp(t: usize, n: usize, low: f64, high: f64): f64 {
  let top = -Infinity;
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) if (j != i) top = max(top, at(t, n, i, j));
  }
  top = min(max(top, low), high);
  let sum: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      if (j != i) sum += NativeMath.exp(min(max(at(t, n, i, j), low), high) - top);
    }
  }
  return top + NativeMath.log(sum / (<f64>n * <f64>(n - 1)));
}

/** log Σ_j e^{T_ij} of every row into out f64[n]; returns their mean. */
export function rowLogSumExp(t: usize, n: usize, out: usize): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    let top = at(t, n, i, 0);
    for (let j: usize = 1; j < n; j++) top = max(top, at(t, n, i, j));
    let sum: f64 = 0;
    for (let j: usize = 0; j < n; j++) sum += NativeMath.exp(at(t, n, i, j) - top);
    const value = top + NativeMath.log(sum);
    store<f64>(out + i * 8, value);
    total += value;
  }
  return total / <f64>n;
}

/** Mean of softplus(−T) on the diagonal and of softplus(T) off it, into out f64[2]; softplus(x) = log(1 + e^x). */
export function softplusMeans(t: usize, n: usize, out: usize): void {
  let joint: f64 = 0;
  let product: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      if (j == i) joint += softplus(-at(t, n, i, j));
      else product += softplus(at(t, n, i, j));
    }
  }
  store<f64>(out, joint / <f64>n);
  store<f64>(out, product / (<f64>n * <f64>(n - 1)), 8);
}

function softplus(x: f64): f64 {
  return max<f64>(x, 0) + NativeMath.log1p(NativeMath.exp(-abs(x)));
}
