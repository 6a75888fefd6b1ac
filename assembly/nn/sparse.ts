/**
 * Which rows of a table a step has touched. `slots` u32[rows] lives as long as the table: 0 for a row that was not touched,
 * else 1 + its number in the order of first touch. Gradients have one row for each slot, so a table of a million rows costs
 * a step only what the step uses.
 */

/**
 * Gives every row that has no slot yet the next one, in the order of ids.
 * @param ids u32[count], each below the number of rows
 * @param total slots given so far in this step
 * @param touched u32[count], room for the rows that are new
 * @returns how many are new
 */
export function sparseTouch(slots: usize, ids: usize, count: usize, total: u32, touched: usize): u32 {
  let next = total;
  for (const end = ids + count * 4; ids < end; ids += 4) {
    const id = load<u32>(ids);
    const slot = slots + ((<usize>id) << 2);
    if (load<u32>(slot) == 0) {
      store<u32>(touched, id);
      touched += 4;
      store<u32>(slot, ++next);
    }
  }
  return next - total;
}

/** Takes the slots of rows ids u32[count] back. */
export function sparseClear(slots: usize, ids: usize, count: usize): void {
  for (const end = ids + count * 4; ids < end; ids += 4) store<u32>(slots + ((<usize>load<u32>(ids)) << 2), 0);
}
