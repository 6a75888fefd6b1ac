/**
 * A loop of 128-bit multiplications and additions that touches no memory: twelve independent chains x ← x·a + b, all in registers.
 * Put together byte by byte, so that no compiler stands between the question and the machine.
 */

const CHAINS = 12;
/** Chains a round goes through; the loop's own counting is spread over them. */
const UNROLL = 2;

/** Flops of one round. */
export const SIMD_LOOP_FLOPS = CHAINS * UNROLL * 4 * 2;

const F32 = 0x7d;
const I32 = 0x7f;
const V128 = 0x7b;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

const section = (id: number, body: number[]) => [id, ...leb(body.length), ...body];
const simd = (op: number) => [0xfd, ...leb(op)];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const f32 = (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

const SPLAT = simd(0x13);
const ADD = simd(0xe4);
const MULTIPLY = simd(0xe6);
const FIRST_LANE = [...simd(0x1f), 0];

/** Local 0 counts down, 1 and 2 are a and b, the chains follow. */
function code(): number[] {
  const chains = Array.from({ length: CHAINS }, (_, k) => 3 + k);
  const step = chains.flatMap((x) => [...get(x), ...get(1), ...MULTIPLY, ...get(2), ...ADD, ...set(x)]);
  const body = [
    ...[1, ...leb(CHAINS + 2), V128],
    ...[...f32(0.999), ...SPLAT, ...set(1), ...f32(0.001), ...SPLAT, ...set(2)],
    ...chains.flatMap((x) => [...f32(x), ...SPLAT, ...set(x)]),
    ...[0x03, 0x40],
    ...Array.from({ length: UNROLL }, () => step).flat(),
    // if (--rounds) again
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...get(3),
    ...chains.slice(1).flatMap((x) => [...get(x), ...ADD]),
    ...[...FIRST_LANE, 0x0b],
  ];
  return [...leb(body.length), ...body];
}

/** A module that exports `run(rounds: i32): f32`. */
export const SIMD_LOOP: Uint8Array<ArrayBuffer> = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 1, I32, 1, F32]),
  ...section(3, [1, 0]),
  ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
  ...section(10, [1, ...code()]),
]);
