/**
 * A family of log-weights as a mergeable sum: (m, z, a, b) stands for z·e^m, a·e^m and b·e^m. Merging
 * (m₁, z₁) and (m₂, z₂) gives m = max and z = z₁·e^{m₁−m} + z₂·e^{m₂−m}: streaming log-sum-exp (maths §4).
 */

/** Raises m to at least `maximum`, scaling the sums down to match. An empty family (m = −∞) just takes it. */
export function raiseFamily(family: usize, maximum: f64): void {
  const m = load<f64>(family);
  if (maximum <= m) return;
  store<f64>(family, maximum);
  if (m == -Infinity) return;
  scaleSums(family, NativeMath.exp(m - maximum));
}

function scaleSums(family: usize, factor: f64): void {
  store<f64>(family, load<f64>(family, 8) * factor, 8);
  store<f64>(family, load<f64>(family, 16) * factor, 16);
  store<f64>(family, load<f64>(family, 24) * factor, 24);
}

/** into += from. */
export function mergeFamily(into: usize, from: usize): void {
  const m = load<f64>(from);
  raiseFamily(into, m);
  const top = load<f64>(into);
  if (m == -Infinity) return;
  const factor = m == top ? 1 : NativeMath.exp(m - top);
  store<f64>(into, load<f64>(into, 8) + load<f64>(from, 8) * factor, 8);
  store<f64>(into, load<f64>(into, 16) + load<f64>(from, 16) * factor, 16);
  store<f64>(into, load<f64>(into, 24) + load<f64>(from, 24) * factor, 24);
}
