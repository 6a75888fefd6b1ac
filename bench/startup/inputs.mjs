/** The same pairs for every program, without a library. */
export const PAIRS = 256;
export const LENGTH = 128;
export const TEMPERATURE = 0.5;

/** f32[256, 128], uniform in [−1, 1). */
export function rows(seed) {
  let state = seed;
  return Float32Array.from({ length: PAIRS * LENGTH }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
