/**
 * Gradients of estimators of mutual information with respect to the critic's scores: each kernel adds one kind of term to
 * dT f32[n, n]. What float32 can't hold becomes its largest number.
 */

const LARGEST = <f64>f32.MAX_VALUE;

// @ts-ignore: decorator
@inline
function add(address: usize, value: f64): void {
  const sum = <f64>load<f32>(address) + value;
  store<f32>(address, <f32>min(max(sum, -LARGEST), LARGEST));
}

/** dT_ii += value. */
export function addToDiagonal(dT: usize, n: usize, value: f64): void {
  for (let i: usize = 0; i < n; i++) add(dT + (i * n + i) * 4, value);
}

/** dT_ij += factor·e^{T_ij − shift} off the diagonal, where low ≤ T_ij ≤ high: beyond, a clipped score has no slope. */
export function addPairExp(dT: usize, t: usize, n: usize, shift: f64, factor: f64, low: f64, high: f64): void {
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      const place = (i * n + j) * 4;
      const x = <f64>load<f32>(t + place);
      if (j != i && x >= low && x <= high) add(dT + place, factor * NativeMath.exp(x - shift));
    }
  }
}

/** dT_ij += factor·e^{T_ij − lse_i}: the softmax of every row. @param lse f64[n] */
export function addRowSoftmax(dT: usize, t: usize, n: usize, lse: usize, factor: f64): void {
  for (let i: usize = 0; i < n; i++) {
    const shift = load<f64>(lse + i * 8);
    for (let j: usize = 0; j < n; j++) {
      const place = (i * n + j) * 4;
      add(dT + place, factor * NativeMath.exp(<f64>load<f32>(t + place) - shift));
    }
  }
}

/** dT_ii += joint·σ(−T_ii), dT_ij += product·σ(T_ij): the slopes of softplus. */
export function addSigmoids(dT: usize, t: usize, n: usize, joint: f64, product: f64): void {
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      const place = (i * n + j) * 4;
      const x = <f64>load<f32>(t + place);
      add(dT + place, j == i ? joint * sigmoid(-x) : product * sigmoid(x));
    }
  }
}

function sigmoid(x: f64): f64 {
  const e = NativeMath.exp(-abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** dT_ij += slope·T_ij + constant off the diagonal. */
export function addPairLine(dT: usize, t: usize, n: usize, slope: f64, constant: f64): void {
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      const place = (i * n + j) * 4;
      if (j != i) add(dT + place, slope * <f64>load<f32>(t + place) + constant);
    }
  }
}

/** dT_ij += factor·w_ij off the diagonal. @param weights f64[n·(n − 1)], row by row without the diagonal */
export function addPairWeights(dT: usize, n: usize, weights: usize, factor: f64): void {
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < n; j++) {
      if (j == i) continue;
      add(dT + (i * n + j) * 4, factor * load<f64>(weights));
      weights += 8;
    }
  }
}
