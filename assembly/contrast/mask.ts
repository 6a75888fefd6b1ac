/**
 * Which candidates of a row count. Most tiles need no mask; one that reaches past the last candidate or holds an
 * excluded pair (an anchor itself, its positive) gets a row of lane masks, changed and restored for each anchor.
 */
import { MASK, Plan, Tile } from './plan';


@unmanaged
export class Mask {
  private plan: Plan;
  private tile: Tile;
  /** Address of the mask row, or 0 when every candidate of the tile counts. */
  private lanes: usize;

  /** Looks at a tile and prepares the mask row if it needs one. */
  open(plan: Plan, tile: Tile): void {
    this.plan = plan;
    this.tile = tile;
    const columns = tile.columns;
    let needed = (columns & 7) != 0;
    for (let k: usize = 0; k < plan.exclusions; k++) {
      const first = <isize>tile.row + plan.offset(k) - <isize>tile.column;
      needed = needed || (first < <isize>columns && first + <isize>tile.rows > 0);
    }
    this.lanes = needed ? tile.array(MASK) : 0;
    if (!needed) return;
    for (let j: usize = 0; j < plan.block; j++) this.set(j, j < columns ? -1 : 0);
  }

  /** Address of the mask of row `row` of the tile, or 0. To be released before the next row. */
  row(row: usize): usize {
    if (this.lanes) this.mark(row, 0);
    return this.lanes;
  }

  release(row: usize): void {
    if (this.lanes) this.mark(row, -1);
  }

  private mark(row: usize, value: i64): void {
    for (let k: usize = 0; k < this.plan.exclusions; k++) {
      const column = <isize>(this.tile.row + row) + this.plan.offset(k) - <isize>this.tile.column;
      if (column >= 0 && column < <isize>this.tile.columns) this.set(column, value);
    }
  }

  // @ts-ignore: decorator
  @inline
  private set(column: usize, value: i64): void {
    if (this.tile.scoreBytes == 4) store<i32>(this.lanes + column * 4, <i32>value);
    else store<i64>(this.lanes + column * 8, value);
  }
}
