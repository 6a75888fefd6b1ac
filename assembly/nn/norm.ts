/**
 * Layer norm and back, statistics in float64.
 *
 *     x̂ = (x − mean)·rstd, rstd = 1/√(var + ε), var the mean square of x − mean       y = γ·x̂ + β
 *     h = γ·g        dx += rstd·(h − mean h − x̂·mean(h·x̂))        dγ += Σ g·x̂        dβ += Σ g
 */
import { demote, promoteHigh, promoteLow, sumPair } from './lanes';
import { sumArray } from './elementwise';

/**
 * @param x f32[n, d]
 * @param gamma,beta f32[d]
 * @param out f32[n, d]
 * @param stats f64[n, 2], mean and rstd, for the backward
 */
export function layerNormForward(
  x: usize,
  gamma: usize,
  beta: usize,
  out: usize,
  stats: usize,
  n: usize,
  d: usize,
  epsilon: f64,
): void {
  for (let row: usize = 0; row < n; row++, x += d * 4, out += d * 4, stats += 16) {
    const mean = sumArray(x, d) / <f64>d;
    const rstd = 1 / sqrt<f64>(squaredDistance(x, mean, d) / <f64>d + epsilon);
    store<f64>(stats, mean);
    store<f64>(stats, rstd, 8);
    const means = f64x2.splat(mean);
    const rstds = f64x2.splat(rstd);
    let j: usize = 0;
    for (; j + 4 <= d; j += 4) {
      const four = v128.load(x + j * 4);
      const low = f64x2.mul(f64x2.sub(promoteLow(four), means), rstds);
      const high = f64x2.mul(f64x2.sub(promoteHigh(four), means), rstds);
      const scaled = f32x4.mul(v128.load(gamma + j * 4), demote(low, high));
      v128.store(out + j * 4, f32x4.add(scaled, v128.load(beta + j * 4)));
    }
    for (; j < d; j++) {
      const unit = <f32>((<f64>load<f32>(x + j * 4) - mean) * rstd);
      store<f32>(out + j * 4, load<f32>(gamma + j * 4) * unit + load<f32>(beta + j * 4));
    }
  }
}

function squaredDistance(x: usize, mean: f64, d: usize): f64 {
  const means = f64x2.splat(mean);
  let low = f64x2.splat(0);
  let high = low;
  for (const end = x + (d & ~3) * 4; x < end; x += 16) {
    const four = v128.load(x);
    const left = f64x2.sub(promoteLow(four), means);
    const right = f64x2.sub(promoteHigh(four), means);
    low = f64x2.add(low, f64x2.mul(left, left));
    high = f64x2.add(high, f64x2.mul(right, right));
  }
  let sum = sumPair(f64x2.add(low, high));
  for (const end = x + (d & 3) * 4; x < end; x += 4) {
    const distance = <f64>load<f32>(x) - mean;
    sum += distance * distance;
  }
  return sum;
}

/**
 * @param dx f32[n, d], 0 where x wants no gradient
 * @param dGamma,dBeta f32[d], 0 where no gradient is wanted
 * @param g f32[n, d]
 * @param work f64[2, d]; sums of dγ and dβ, rows ascending, added to the gradients at the end
 */
export function layerNormBackward(
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  g: usize,
  x: usize,
  gamma: usize,
  stats: usize,
  n: usize,
  d: usize,
  work: usize,
): void {
  const parameters = dGamma != 0 || dBeta != 0;
  if (parameters) memory.fill(work, 0, d * 16);
  for (let row: usize = 0; row < n; row++, x += d * 4, g += d * 4, stats += 16) {
    const mean = load<f64>(stats);
    const rstd = load<f64>(stats, 8);
    if (dx) inputRow(dx + row * d * 4, g, x, gamma, mean, rstd, d);
    if (parameters) parameterRow(work, g, x, mean, rstd, d);
  }
  if (dGamma) addSums(dGamma, work, d);
  if (dBeta) addSums(dBeta, work + 8, d);
}

/** target f32[d] += every other double of sums. */
function addSums(target: usize, sums: usize, d: usize): void {
  for (const end = target + d * 4; target < end; target += 4, sums += 16) {
    store<f32>(target, <f32>(<f64>load<f32>(target) + load<f64>(sums)));
  }
}

/** work f64[d, 2] += (g·x̂, g) of one row. */
function parameterRow(work: usize, g: usize, x: usize, mean: f64, rstd: f64, d: usize): void {
  for (const end = x + d * 4; x < end; x += 4, g += 4, work += 16) {
    const upstream = <f64>load<f32>(g);
    const unit = (<f64>load<f32>(x) - mean) * rstd;
    const step = f64x2.replace_lane(f64x2.splat(upstream), 0, upstream * unit);
    v128.store(work, f64x2.add(v128.load(work), step));
  }
}

/** Two of h = γ·g and of x̂ at a time. */
// @ts-ignore: decorator
@inline
function unitPair(x: v128, means: v128, rstds: v128): v128 {
  return f64x2.mul(f64x2.sub(x, means), rstds);
}

function inputRow(dx: usize, g: usize, x: usize, gamma: usize, mean: f64, rstd: f64, d: usize): void {
  const means = f64x2.splat(mean);
  const rstds = f64x2.splat(rstd);
  let sums = f64x2.splat(0);
  let products = sums;
  let j: usize = 0;
  for (; j + 4 <= d; j += 4) {
    const four = v128.load(x + j * 4);
    const h = f32x4.mul(v128.load(gamma + j * 4), v128.load(g + j * 4));
    const low = promoteLow(h);
    const high = promoteHigh(h);
    sums = f64x2.add(sums, f64x2.add(low, high));
    const left = f64x2.mul(low, unitPair(promoteLow(four), means, rstds));
    const right = f64x2.mul(high, unitPair(promoteHigh(four), means, rstds));
    products = f64x2.add(products, f64x2.add(left, right));
  }
  let sum = sumPair(sums);
  let product = sumPair(products);
  for (; j < d; j++) {
    const h = <f64>(load<f32>(gamma + j * 4) * load<f32>(g + j * 4));
    sum += h;
    product += h * ((<f64>load<f32>(x + j * 4) - mean) * rstd);
  }
  sum /= <f64>d;
  product /= <f64>d;
  addInputGradients(dx, g, x, gamma, mean, rstd, sum, product, d);
}

function addInputGradients(
  dx: usize,
  g: usize,
  x: usize,
  gamma: usize,
  mean: f64,
  rstd: f64,
  sum: f64,
  product: f64,
  d: usize,
): void {
  const means = f64x2.splat(mean);
  const rstds = f64x2.splat(rstd);
  const sums = f64x2.splat(sum);
  const products = f64x2.splat(product);
  let j: usize = 0;
  for (; j + 4 <= d; j += 4) {
    const four = v128.load(x + j * 4);
    const h = f32x4.mul(v128.load(gamma + j * 4), v128.load(g + j * 4));
    const left = f64x2.mul(unitPair(promoteLow(four), means, rstds), products);
    const right = f64x2.mul(unitPair(promoteHigh(four), means, rstds), products);
    const low = f64x2.mul(f64x2.sub(f64x2.sub(promoteLow(h), sums), left), rstds);
    const high = f64x2.mul(f64x2.sub(f64x2.sub(promoteHigh(h), sums), right), rstds);
    v128.store(dx + j * 4, f32x4.add(v128.load(dx + j * 4), demote(low, high)));
  }
  for (; j < d; j++) {
    const h = <f64>(load<f32>(gamma + j * 4) * load<f32>(g + j * 4));
    const unit = (<f64>load<f32>(x + j * 4) - mean) * rstd;
    const target = dx + j * 4;
    store<f32>(target, load<f32>(target) + <f32>((h - sum - unit * product) * rstd));
  }
}
