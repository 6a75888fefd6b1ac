/** The gradient of a linear layer's bias; the rest of the layer are matrix products. */
import { demote, promoteHigh, promoteLow } from './lanes';

/**
 * db f32[columns] += Σ rows of g f32[rows, columns], whose rows stand `stride` bytes apart. Order: rows ascending, in float64,
 * rounded once.
 */
export function addColumnSums(db: usize, g: usize, rows: usize, columns: usize, stride: usize): void {
  let column: usize = 0;
  for (; column + 8 <= columns; column += 8) eightColumns(db + column * 4, g + column * 4, rows, stride);
  for (; column < columns; column++) {
    let sum: f64 = 0;
    for (let row: usize = 0; row < rows; row++) sum += <f64>load<f32>(g + row * stride + column * 4);
    const target = db + column * 4;
    store<f32>(target, <f32>(<f64>load<f32>(target) + sum));
  }
}

function eightColumns(db: usize, g: usize, rows: usize, stride: usize): void {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (const end = g + rows * stride; g < end; g += stride) {
    const left = v128.load(g);
    const right = v128.load(g, 16);
    sum0 = f64x2.add(sum0, promoteLow(left));
    sum1 = f64x2.add(sum1, promoteHigh(left));
    sum2 = f64x2.add(sum2, promoteLow(right));
    sum3 = f64x2.add(sum3, promoteHigh(right));
  }
  const left = v128.load(db);
  const right = v128.load(db, 16);
  v128.store(db, demote(f64x2.add(promoteLow(left), sum0), f64x2.add(promoteHigh(left), sum1)));
  v128.store(db, demote(f64x2.add(promoteLow(right), sum2), f64x2.add(promoteHigh(right), sum3)), 16);
}
