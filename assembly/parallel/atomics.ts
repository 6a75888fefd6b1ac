/**
 * Words that several threads read and write. In the builds without threads they are plain words, so that kernels written for
 * many threads run on one.
 */

/** An hour. */
const LONGEST_SLEEP = 3600000;

// @ts-ignore: decorator
@inline
export function read(address: usize): i32 {
  return ASC_FEATURE_THREADS ? atomic.load<i32>(address) : load<i32>(address);
}

// @ts-ignore: decorator
@inline
export function write(address: usize, value: i32): void {
  if (ASC_FEATURE_THREADS) atomic.store<i32>(address, value);
  else store<i32>(address, value);
}

/** Adds `value`; returns what was there before. */
// @ts-ignore: decorator
@inline
export function add(address: usize, value: i32): i32 {
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(address, value);
  const before = load<i32>(address);
  store<i32>(address, before + value);
  return before;
}

/** Wakes every thread that sleeps on a word. */
// @ts-ignore: decorator
@inline
export function wakeAll(address: usize): void {
  if (ASC_FEATURE_THREADS) atomic.notify(address, -1);
}

/**
 * Waits while the word at `address` is `old`: looks `spins` times, some nanoseconds each, then sleeps in the operating system.
 * @param milliseconds most time to sleep; −1: until woken
 * @returns whether the word has changed
 */
export function waitWhile(address: usize, old: i32, spins: i32, milliseconds: i32): bool {
  for (let turn = 0; turn < spins; turn++) if (read(address) != old) return true;
  if (ASC_FEATURE_THREADS) sleep(address, old, milliseconds);
  return read(address) != old;
}

/**
 * Sleeps until woken. A function of its own that does nothing afterwards, and that calls itself, so that no optimiser puts it into
 * another: after memory.atomic.wait32 the first compiler of V8 (seen in Node 20) may have lost a local.
 */
function sleep(address: usize, old: i32, milliseconds: i32): i32 {
  if (milliseconds > LONGEST_SLEEP) return sleep(address, old, LONGEST_SLEEP);
  return atomic.wait<i32>(address, old, milliseconds < 0 ? -1 : <i64>milliseconds * 1000000);
}
