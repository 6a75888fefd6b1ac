/** The same pairs for every program, without a library. */
export const PAIRS = 256;
export const LENGTH = 128;
export const TEMPERATURE = 0.5;

const NOISE = 4096;

/** f32[256, 128]: pieces of noise in [−1, 1). To draw all of it would take a cold process longer than the loss does. */
export function rows(seed) {
  const noise = new Float32Array(NOISE);
  let state = seed;
  for (let i = 0; i < NOISE; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[i] = state / 2 ** 31 - 1;
  }
  const numbers = new Float32Array(PAIRS * LENGTH);
  for (let row = 0; row < PAIRS; row++) {
    const start = (row * 37) % (NOISE - LENGTH);
    numbers.set(noise.subarray(start, start + LENGTH), row * LENGTH);
  }
  return numbers;
}
