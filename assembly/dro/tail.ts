/**
 * The hardest share of a row: order statistics without sorting, and CVaR, whose worst case is uniform on the top share α
 * (maths §2). Scores that tie at the border share what is left for it, so that no order of the negatives is preferred.
 */
import { largest } from './power';

/** Bytes of work space for {@link largestOfRank} and {@link worstCaseTail}: one count for each byte value. */
export function selectWorkBytes(): usize {
  return 1024;
}

/** A float's bits as an unsigned integer that grows with it. */
// @ts-ignore: decorator
@inline
function sortKey(address: usize): u32 {
  const bits = load<u32>(address);
  return bits ^ (bits >> 31 ? 0xffffffff : 0x80000000);
}

/**
 * The score that stands at `rank` (1 … count) when the largest comes first.
 * Method: radix selection, one byte of the key a pass. Cost: four passes.
 * @param work selectWorkBytes()
 */
export function largestOfRank(scores: usize, count: usize, rank: usize, work: usize): f32 {
  let prefix: u32 = 0;
  let left = rank;
  for (let shift: u32 = 24; ; shift -= 8) {
    memory.fill(work, 0, 1024);
    // The bits above this byte; a shift by 32 would be one by 0.
    const known: u32 = shift == 24 ? 0 : 0xffffffff << (shift + 8);
    for (let j: usize = 0; j < count; j++) {
      const key = sortKey(scores + j * 4);
      if ((key & known) != prefix) continue;
      const bin = work + <usize>((key >> shift) & 255) * 4;
      store<u32>(bin, load<u32>(bin) + 1);
    }
    let byte: u32 = 255;
    for (; ; byte--) {
      const inside = <usize>load<u32>(work + <usize>byte * 4);
      if (left <= inside) break;
      left -= inside;
    }
    prefix |= byte << shift;
    if (shift == 0) break;
  }
  return reinterpret<f32>(prefix ^ (prefix >> 31 ? 0x80000000 : 0xffffffff));
}

/**
 * CVaR of level α: weight 1/α on the top share α, a fraction at the border.
 * @param level α, 0 < α ≤ 1
 * @param weights f64[count], mean 1, or 0
 * @param summary f64[3]: ν, here the score at the border; the mean of the top share; the radius, which is 0
 * @param work selectWorkBytes()
 */
export function worstCaseTail(
  scores: usize,
  count: usize,
  level: f64,
  weights: usize,
  summary: usize,
  work: usize,
): void {
  const share = level * <f64>count;
  const rank = min<usize>(count, max<usize>(1, <usize>ceil(share)));
  const border = largestOfRank(scores, count, rank, work);
  let above: f64 = 0;
  let ties: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const s = load<f32>(scores + j * 4);
    if (s > border) above += 1;
    else if (s == border) ties += 1;
  }
  const full = 1 / level;
  const partial = (share - above) / (ties * level);
  const top = largest(scores, count);
  let gaps: f64 = 0;
  for (let j: usize = 0; j < count; j++) {
    const s = load<f32>(scores + j * 4);
    const weight = s > border ? full : s == border ? partial : 0;
    gaps += weight * (top - <f64>s);
    if (weights) store<f64>(weights + j * 8, weight);
  }
  store<f64>(summary, <f64>border);
  store<f64>(summary, top - gaps / <f64>count, 8);
  store<f64>(summary, 0, 16);
}
