/** Arrays of random numbers; number i is made of draw i (normal ones: of draws i and its neighbour in the pair). */
import { nextSixteen, WORDS } from './philox';

const TWO_PI: f64 = 6.283185307179586;

/** out u32[count], draws 16·turn … 16·turn + count − 1 as they are. */
export function randomBits(draws: usize, turn: u32, out: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    if ((i & 15) == 0) nextSixteen(draws, turn + <u32>(i >>> 4));
    store<u32>(out + i * 4, load<u32>(draws + (i & 15) * 4, WORDS));
  }
}

/** out f32[count], uniform in [low, high): the upper 24 bits of a draw, scaled in float64 and rounded down into the range. */
export function randomUniform(draws: usize, out: usize, count: usize, low: f64, high: f64): void {
  const below = <f32>high;
  for (let i: usize = 0; i < count; i++) {
    if ((i & 15) == 0) nextSixteen(draws, <u32>(i >>> 4));
    const unit = <f64>(load<u32>(draws + (i & 15) * 4, WORDS) >>> 8) * 0.000000059604644775390625;
    const value = <f32>(low + (high - low) * unit);
    store<f32>(out + i * 4, value < below ? value : <f32>low);
  }
}

/**
 * out f32[count], normal with the given mean and deviation. Box–Muller: draws 2k and 2k + 1 make the cosine and the sine
 * of one radius. The radius comes from (draw + ½)·2⁻³², so it is at most 6.8 deviations.
 */
export function randomNormal(draws: usize, out: usize, count: usize, mean: f64, deviation: f64): void {
  for (let i: usize = 0; i < count; i += 2) {
    if ((i & 15) == 0) nextSixteen(draws, <u32>(i >>> 4));
    const pair = draws + (i & 15) * 4;
    const u = (<f64>load<u32>(pair, WORDS) + 0.5) * 2.3283064365386963e-10;
    const angle = <f64>load<u32>(pair, WORDS + 4) * (TWO_PI * 2.3283064365386963e-10);
    const radius = deviation * sqrt<f64>(-2 * NativeMath.log(u));
    store<f32>(out + i * 4, <f32>(mean + radius * NativeMath.cos(angle)));
    if (i + 1 < count) store<f32>(out + i * 4, <f32>(mean + radius * NativeMath.sin(angle)), 4);
  }
}
