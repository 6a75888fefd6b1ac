/**
 * The tile walker: sweep 1 gathers the statistics of every anchor, sweep 2 turns every score into its gradient and
 * multiplies it on. Memory is that of the plan: O((rows + columns)·depth + tile), plus the tiles it may keep.
 *
 *     sweep 1, tile (I, J):   S = U_I·V_Jᵀ            → statistics of rows I (and of columns J)
 *     sweep 2, tile (I, J):   G = ∂L/∂S               → gradU_I += G·V_J,  gradV_J += Gᵀ·U_I
 *
 * When U is V a tile off the diagonal holds the scores of both its sides, so G = g_ij + g_ji and each score is computed
 * once; a tile on the diagonal holds both orders itself, so only the first product is taken.
 *
 * Threads share a sweep: every one of them runs the same function and takes tiles from the plan's schedule, which also
 * fixes the order in which a block meets its tiles.
 */
import { packFives } from '../gemm/pack';
import { TILE_COLUMNS, TILE_ROWS, tile as registerTile } from '../gemm/tile';
import { Mask } from './mask';
import {
  COLUMN_MAX0,
  COLUMN_MAX1,
  COLUMN_SUMS,
  coefficient,
  FACTOR0,
  FACTOR1,
  MASK_RECORD,
  Plan,
  SHIFT0,
  SHIFT1,
  Stats,
  Tile,
  WEIGHT0,
  WEIGHT1,
} from './plan';
import { copyRow, gradientRow, gradientRowByColumn, maxRow, weighRow, weighRowByColumn } from './rows';
import { addColumns, sumRow } from './sums';
import { finishTile, takeTile } from './schedule';
import { dotDoubles } from '../similarity/normalize';
import { raiseFamily } from '../logsumexp/family';

/** S = U_I·V_Jᵀ by register tiles; columns past the edge come out 0 because the panels are padded. */
function scoreTile(plan: Plan, tile: Tile): void {
  const stride = tile.stride;
  const depth = plan.depth;
  const five = tile.fives(plan);
  for (let row: usize = 0; row < tile.rows; row += TILE_ROWS) {
    const u = plan.unitU + (tile.row + row) * plan.rowBytes;
    packFives(u, plan.rowBytes, min(TILE_ROWS, tile.rows - row), depth, five);
    for (let column: usize = 0; column < tile.columns; column += TILE_COLUMNS) {
      const panel = plan.transposedV + (tile.column + column) * depth * 4;
      registerTile(five, 20, panel, 32, depth, tile.scores + row * stride + column * 4, stride, false);
    }
  }
}

/** The same from the float64 unit rows; columns past the edge come out 0. */
function scoreTileExactly(plan: Plan, tile: Tile): void {
  const depth = plan.depth;
  for (let row: usize = 0; row < tile.rows; row++) {
    const u = plan.exactU + (tile.row + row) * depth * 8;
    const scores = tile.scores + row * tile.stride;
    for (let column: usize = 0; column < tile.columns; column++) {
      store<f64>(scores + column * 8, dotDoubles(u, plan.exactV + (tile.column + column) * depth * 8, depth));
    }
    memory.fill(scores + tile.columns * 8, 0, 32);
  }
}

/** gradU_I += G·V_J, and gradV_J += Gᵀ·U_I unless the tile is its own mirror image or its candidates take none. */
function multiplyTile(plan: Plan, tile: Tile): void {
  const stride = tile.stride;
  const rowBytes = plan.rowBytes;
  const step = plan.rightBytes;
  const eights = (plan.depth + 7) / 8;
  const gradU = plan.gradU + tile.row * rowBytes;
  const fives = tile.fives(plan);
  packFives(tile.scores, stride, tile.rows, tile.columns, fives);
  for (let eight: usize = 0; eight < eights; eight++) {
    const v = plan.rightV + eight * plan.rightEightV + tile.column * step;
    for (let row: usize = 0; row < tile.rows; row += TILE_ROWS) {
      const target = gradU + row * rowBytes + eight * 32;
      registerTile(fives + row * tile.columns * 4, 20, v, step, tile.columns, target, rowBytes, true);
    }
  }
  if (tile.diagonal || tile.column >= plan.gradColumns) return;
  const gradV = plan.gradV + tile.column * rowBytes;
  for (let eight: usize = 0; eight < eights; eight++) {
    const u = plan.rightU + eight * plan.rightEightU + tile.row * step;
    for (let column: usize = 0; column < tile.columns; column += TILE_ROWS) {
      const target = gradV + column * rowBytes + eight * 32;
      registerTile(tile.scores + column * 4, stride, u, step, tile.rows, target, rowBytes, true);
    }
  }
}

/** Rows below the tile's maxima rise to them, and so do columns: the streaming step of a log-sum-exp. */
function raise<R, T>(rule: R, plan: Plan, tile: Tile, mask: Mask, columns: bool): void {
  const bytes = tile.arrayBytes;
  const max0 = tile.array(COLUMN_MAX0);
  const max1 = tile.array(COLUMN_MAX1);
  for (let j: usize = 0; j < bytes; j += 16) {
    v128.store(max0 + j, v128.splat<T>(-Infinity));
    v128.store(max1 + j, v128.splat<T>(-Infinity));
  }
  const rowMax = tile.array(COLUMN_SUMS);
  for (let row: usize = 0; row < tile.rows; row++) {
    const scores = tile.scores + row * tile.stride;
    maxRow<R, T>(rule, scores, tile.columns, mask.row(row), max0, max1, rowMax);
    const stats = changetype<Stats>(plan.rowStats + (tile.row + row) * offsetof<Stats>());
    raiseFamily(changetype<usize>(stats), load<f64>(rowMax));
    if (rule.families() > 1) raiseFamily(changetype<usize>(stats) + offsetof<Stats>('m1'), load<f64>(rowMax, 8));
    mask.release(row);
  }
  if (!columns) return;
  for (let column: usize = 0; column < tile.columns; column++) {
    const stats = plan.columnStats + (tile.column + column) * offsetof<Stats>();
    raiseFamily(stats, <f32>load<T>(max0 + column * sizeof<T>()));
    store<T>(max0 + column * sizeof<T>(), <T>load<f64>(stats));
    if (rule.families() > 1) {
      raiseFamily(stats + offsetof<Stats>('m1'), <f32>load<T>(max1 + column * sizeof<T>()));
      store<T>(max1 + column * sizeof<T>(), <T>load<f64>(stats, offsetof<Stats>('m1')));
    }
  }
}

/** The shifts of a tile's columns side by side, for a rule whose anchors were given theirs. */
function placeColumnShifts<T>(plan: Plan, tile: Tile): void {
  const shifts0 = tile.array(COLUMN_MAX0);
  const shifts1 = tile.array(COLUMN_MAX1);
  for (let column: usize = 0; column < tile.columns; column++) {
    const stats = changetype<Stats>(plan.columnStats + (tile.column + column) * offsetof<Stats>());
    store<T>(shifts0 + column * sizeof<T>(), <T>stats.m0);
    store<T>(shifts1 + column * sizeof<T>(), <T>stats.m1);
  }
}

/**
 * Whether a kept tile holds weights instead of scores, which saves sweep 2 its exponentials: possible where the gradient is
 * made of the weight alone and every row has the same shift.
 */
// @ts-ignore: decorator
@inline
function keepsWeights<R>(rule: R, bounded: bool, tile: Tile): bool {
  return isDefined(rule.gradientOfWeight) && bounded && tile.kept;
}

/** Sweep 1 on one tile. */
// @ts-ignore: decorator
@inline
function gatherTile<R, T>(rule: R, bounded: bool, plan: Plan, tile: Tile, mask: Mask): void {
  const bytes = tile.arrayBytes;
  const e0 = tile.array(WEIGHT0);
  const e1 = tile.array(WEIGHT1);
  const sums0 = tile.array(COLUMN_SUMS);
  const sums1 = sums0 + 3 * bytes;
  const columns = plan.twoSided != 0 && !tile.diagonal;
  const count = tile.columns;
  const keepWeights = keepsWeights<R>(rule, bounded, tile);
  if (isDefined(rule.weight0)) {
    if (!bounded && columns) placeColumnShifts<T>(plan, tile);
  } else if (!bounded) {
    raise<R, T>(rule, plan, tile, mask, columns);
  }
  if (columns) memory.fill(sums0, 0, 6 * bytes);
  for (let row: usize = 0; row < tile.rows; row++) {
    const scores = tile.scores + row * tile.stride;
    const maskRow = mask.row(row);
    const stats = changetype<Stats>(plan.rowStats + (tile.row + row) * offsetof<Stats>());
    weighRow<R, T>(rule, rule.families(), bounded, scores, count, <T>stats.m0, <T>stats.m1, maskRow, e0, e1);
    sumRow<T>(rule.moments0(), scores, count, e0, changetype<usize>(stats) + offsetof<Stats>('z0'));
    if (rule.families() > 1) {
      sumRow<T>(rule.moments1(), scores, count, e1, changetype<usize>(stats) + offsetof<Stats>('z1'));
    }
    if (columns) {
      if (!bounded) {
        const max0 = tile.array(COLUMN_MAX0);
        weighRowByColumn<R, T>(rule, rule.families(), scores, count, max0, tile.array(COLUMN_MAX1), maskRow, e0, e1);
      }
      addColumns<T>(rule.moments0(), scores, count, e0, sums0, bytes);
      if (rule.families() > 1) addColumns<T>(rule.moments1(), scores, count, e1, sums1, bytes);
    }
    if (keepWeights) copyRow(e0, count, scores);
    mask.release(row);
  }
  if (columns) settleColumns<T>(plan, tile, sums0);
}

/** Adds a tile's column sums to the statistics of its columns. */
function settleColumns<T>(plan: Plan, tile: Tile, sums: usize): void {
  const bytes = tile.arrayBytes;
  for (let column: usize = 0; column < tile.columns; column++) {
    const stats = changetype<Stats>(plan.columnStats + (tile.column + column) * offsetof<Stats>());
    const sum = sums + column * sizeof<T>();
    stats.z0 += load<T>(sum);
    stats.a0 += load<T>(sum + bytes);
    stats.b0 += load<T>(sum + 2 * bytes);
    stats.z1 += load<T>(sum + 3 * bytes);
    stats.a1 += load<T>(sum + 4 * bytes);
    stats.b1 += load<T>(sum + 5 * bytes);
  }
}

/** Sweep 2 on one tile: scores become gradients in place. */
// @ts-ignore: decorator
@inline
function gradientTile<R, T>(rule: R, bounded: bool, plan: Plan, tile: Tile, mask: Mask): void {
  const e0 = tile.array(WEIGHT0);
  const e1 = tile.array(WEIGHT1);
  const rows = plan.rowCoefficients;
  const columns = plan.twoSided ? plan.columnCoefficients + tile.column * sizeof<T>() : 0;
  const column0 = columns ? coefficient<T>(columns, FACTOR0, plan.columns) : 0;
  const column1 = columns ? coefficient<T>(columns, FACTOR1, plan.columns) : 0;
  const count = tile.columns;
  const families = isDefined(rule.gradientOfWeight) ? 1 : rule.families();
  const keptWeights = keepsWeights<R>(rule, bounded, tile);
  for (let row: usize = 0; row < tile.rows; row++) {
    const scores = tile.scores + row * tile.stride;
    const anchor = rows + (tile.row + row) * sizeof<T>();
    const shift0 = load<T>(coefficient<T>(anchor, SHIFT0, plan.rows));
    const shift1 = load<T>(coefficient<T>(anchor, SHIFT1, plan.rows));
    const factor0 = load<T>(coefficient<T>(anchor, FACTOR0, plan.rows));
    const factor1 = load<T>(coefficient<T>(anchor, FACTOR1, plan.rows));
    if (keptWeights) {
      gradientRow<R, T>(rule, scores, count, scores, scores, factor0, factor1, column0, column1, scores);
      continue;
    }
    const maskRow = mask.row(row);
    weighRow<R, T>(rule, families, bounded, scores, count, shift0, shift1, maskRow, e0, e1);
    if (bounded || !columns) {
      gradientRow<R, T>(rule, scores, count, e0, e1, factor0, factor1, column0, column1, scores);
    } else {
      const rowPart = tile.array(COLUMN_SUMS);
      gradientRow<R, T>(rule, scores, count, e0, e1, factor0, factor1, 0, 0, rowPart);
      const shifts0 = coefficient<T>(columns, SHIFT0, plan.columns);
      const shifts1 = coefficient<T>(columns, SHIFT1, plan.columns);
      weighRowByColumn<R, T>(rule, families, scores, count, shifts0, shifts1, maskRow, e0, e1);
      gradientRowByColumn<R, T>(rule, scores, count, e0, e1, column0, column1, rowPart);
    }
    mask.release(row);
  }
}

/** A tile of float64 becomes one of float32, as {@link multiplyTile} takes it. */
function narrowTile(tile: Tile): void {
  for (let row: usize = 0; row < tile.rows; row++) {
    const scores = tile.scores + row * tile.stride;
    for (let column: usize = 0; column < tile.columns; column++) {
      store<f32>(scores + column * 4, <f32>load<f64>(scores + column * 8));
    }
  }
}

/**
 * Sweep 1 over the row blocks [from, to), this thread's share of it: scores and statistics.
 * @typeParam T f32, or f64 for a plan that is exact
 */
export function sweepStatistics<R, T>(rule: R, plan: Plan, from: usize, to: usize): void {
  const tile = plan.ownTile;
  tile.scoreBytes = sizeof<T>();
  const mask = changetype<Mask>(changetype<usize>(tile) + MASK_RECORD);
  const bounded = plan.bounded != 0;
  while (takeTile(plan, tile, from, to)) {
    mask.open(plan, tile);
    if (sizeof<T>() == 8) {
      scoreTileExactly(plan, tile);
      gatherTile<R, f64>(rule, bounded, plan, tile, mask);
    } else {
      if (plan.scored == 0 || !tile.kept) scoreTile(plan, tile);
      if (bounded) gatherTile<R, f32>(rule, true, plan, tile, mask);
      else gatherTile<R, f32>(rule, false, plan, tile, mask);
    }
    finishTile(plan, tile);
  }
}

/** Sweep 2 over the row blocks [from, to), after their statistics are finished: gradients of both sides. */
export function sweepGradients<R, T>(rule: R, plan: Plan, from: usize, to: usize): void {
  const tile = plan.ownTile;
  tile.scoreBytes = sizeof<T>();
  const mask = changetype<Mask>(changetype<usize>(tile) + MASK_RECORD);
  const bounded = plan.bounded != 0;
  while (takeTile(plan, tile, from, to)) {
    mask.open(plan, tile);
    if (sizeof<T>() == 8) {
      scoreTileExactly(plan, tile);
      gradientTile<R, f64>(rule, bounded, plan, tile, mask);
      narrowTile(tile);
    } else {
      if (!tile.kept) scoreTile(plan, tile);
      if (bounded) gradientTile<R, f32>(rule, true, plan, tile, mask);
      else gradientTile<R, f32>(rule, false, plan, tile, mask);
    }
    multiplyTile(plan, tile);
    finishTile(plan, tile);
  }
}
