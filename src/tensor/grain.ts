/** How much of simple work a thread takes at a time, and arrays as arguments of jobs. */
import { type Argument, along, type Pointer } from '../engine/index.js';

/** Floats, a multiple of four: some ten microseconds. */
export const FLOAT_GRAIN = 16384;

/** Rows of `width` floats. */
export function rowGrain(width: number): number {
  return Math.max(1, Math.ceil(FLOAT_GRAIN / Math.max(1, width)));
}

/** An array of floats as an argument of a job whose unit is a float. */
export function floats(pointer: Pointer): Argument {
  return along(pointer, 4);
}
