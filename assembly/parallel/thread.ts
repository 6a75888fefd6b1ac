/**
 * Which thread runs this instance of the core. Globals are an instance's own even where the memory is shared, so every
 * thread sets them once, after it has instantiated the core.
 */
let number: usize = 0;
let team: usize = 0;

/** Makes this instance thread `index` of the team at `address`; 0 is the thread that hands out the work. */
export function enlist(address: usize, index: usize): void {
  team = address;
  number = index;
}

/** Number of this thread: where its own part of a work space lies. */
// @ts-ignore: decorator
@inline
export function thread(): usize {
  return number;
}

/** Address of the team's record, or 0 for a thread that works alone. */
// @ts-ignore: decorator
@inline
export function teamAddress(): usize {
  return team;
}
