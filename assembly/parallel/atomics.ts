/**
 * Words that several threads read and write. In the builds without threads they are plain words, so that kernels written for
 * many threads run on one.
 */

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

/** Sleeps in the operating system until the word is woken, unless it is no longer `old`. */
function sleepOn(address: usize, old: i32, nanoseconds: i64): void {
  atomic.wait<i32>(address, old, nanoseconds);
}

/** A zero that the compiler can't see through. */
const ZERO = memory.data<u32>([0]);

/**
 * Calls {@link sleepOn} so that it stays a function of its own. The baseline compiler of V8 11 (Node 20) loses locals of the
 * function that waits: code after the wait would go on with another address. A frame that ends with the wait has nothing to lose.
 */
// @ts-ignore: decorator
@inline
function sleepApart(address: usize, old: i32, nanoseconds: i64): void {
  call_indirect<void>(sleepOn.index + load<u32>(ZERO), address, old, nanoseconds);
}

/**
 * Waits while the word at `address` is `old`: looks `spins` times, some nanoseconds each, then sleeps in the operating system.
 * @param milliseconds most time to sleep; −1: until woken
 * @returns whether the word has changed
 */
export function waitWhile(address: usize, old: i32, spins: i32, milliseconds: i32): bool {
  for (let turn = 0; turn < spins; turn++) if (read(address) != old) return true;
  if (ASC_FEATURE_THREADS) sleepApart(address, old, milliseconds < 0 ? -1 : <i64>milliseconds * 1000000);
  return read(address) != old;
}
