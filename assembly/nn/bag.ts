/**
 * Embedding bag: a text is the mean (or sum) of the rows its features point to, each times a weight of its own if there are
 * weights.
 *
 *     out_t = c_t · Σ_j w[id_j]·E[id_j]        c_t = 1/n_t (mean) or 1 (sum); an empty text is 0
 *     s_r = Σ_{(t, j): id_j = r} c_t·g_t        dE_r += w_r·s_r        dw_r += s_r·E_r
 *
 * The backward turns the bags round first: for every touched row the texts it stands in. Then a row of gradients is summed
 * in registers and written once, and the texts' gradients, which are few, come from a near cache.
 *
 * Order: a text's sum runs over its features as given; a row's sum over texts ascending.
 */
import { loadOne, storeOne } from './lanes';

/**
 * Refuses what would read outside: ids u32[count] must lie below `rows`; offsets u32[texts + 1] must rise from 0 to count.
 * @returns 0 when all is well, i + 1 for the first wrong id, −(i + 1) for the first wrong offset
 */
export function bagCheck(ids: usize, count: usize, rows: u32, offsets: usize, texts: usize): i32 {
  let last: u32 = 0;
  for (let i: usize = 0; i <= texts; i++) {
    const offset = load<u32>(offsets + i * 4);
    const wrong = i == 0 ? offset != 0 : offset < last;
    if (wrong || <usize>offset > count || (i == texts && <usize>offset != count)) return -(<i32>i + 1);
    last = offset;
  }
  for (let i: usize = 0; i < count; i++) {
    if (load<u32>(ids + i * 4) >= rows) return <i32>i + 1;
  }
  return 0;
}

/**
 * @param table f32[rows, d]
 * @param weights f32[rows], or 0: all are 1
 * @param ids,offsets text t has features ids[offsets[t]] … ids[offsets[t + 1] − 1]
 * @param factors f32[texts], c_t, for the backward
 * @param out f32[texts, d]
 *
 * Cost: 2·d flops and 4·d bytes a feature.
 */
export function bagForward(
  table: usize,
  d: usize,
  weights: usize,
  ids: usize,
  offsets: usize,
  texts: usize,
  mean: i32,
  factors: usize,
  out: usize,
): void {
  const stride = d * 4;
  for (let t: usize = 0; t < texts; t++, out += stride) {
    const begin = ids + ((<usize>load<u32>(offsets + t * 4)) << 2);
    const end = ids + ((<usize>load<u32>(offsets + t * 4, 4)) << 2);
    const factor: f32 = mean && end > begin ? <f32>(1 / <f64>((end - begin) >>> 2)) : 1;
    store<f32>(factors + t * 4, factor);
    let j: usize = 0;
    for (; j + 32 <= d; j += 32) {
      if (weights) gather32(true, table + j * 4, stride, weights, begin, end, factor, out + j * 4);
      else gather32(false, table + j * 4, stride, weights, begin, end, factor, out + j * 4);
    }
    for (; j + 4 <= d; j += 4) gatherEnd(false, table + j * 4, stride, weights, begin, end, factor, out + j * 4);
    for (; j < d; j++) gatherEnd(true, table + j * 4, stride, weights, begin, end, factor, out + j * 4);
  }
}

/** 32 neighbouring columns of one text. */
// @ts-ignore: decorator
@inline
function gather32(
  weighted: bool,
  table: usize,
  stride: usize,
  weights: usize,
  id: usize,
  end: usize,
  factor: f32,
  out: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (; id < end; id += 4) {
    const index = <usize>load<u32>(id);
    const row = table + index * stride;
    if (weighted) {
      const w = v128.load32_splat(weights + index * 4);
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(row)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(row, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w, v128.load(row, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w, v128.load(row, 48)));
      s4 = f32x4.add(s4, f32x4.mul(w, v128.load(row, 64)));
      s5 = f32x4.add(s5, f32x4.mul(w, v128.load(row, 80)));
      s6 = f32x4.add(s6, f32x4.mul(w, v128.load(row, 96)));
      s7 = f32x4.add(s7, f32x4.mul(w, v128.load(row, 112)));
    } else {
      s0 = f32x4.add(s0, v128.load(row));
      s1 = f32x4.add(s1, v128.load(row, 16));
      s2 = f32x4.add(s2, v128.load(row, 32));
      s3 = f32x4.add(s3, v128.load(row, 48));
      s4 = f32x4.add(s4, v128.load(row, 64));
      s5 = f32x4.add(s5, v128.load(row, 80));
      s6 = f32x4.add(s6, v128.load(row, 96));
      s7 = f32x4.add(s7, v128.load(row, 112));
    }
  }
  const c = f32x4.splat(factor);
  v128.store(out, f32x4.mul(c, s0));
  v128.store(out, f32x4.mul(c, s1), 16);
  v128.store(out, f32x4.mul(c, s2), 32);
  v128.store(out, f32x4.mul(c, s3), 48);
  v128.store(out, f32x4.mul(c, s4), 64);
  v128.store(out, f32x4.mul(c, s5), 80);
  v128.store(out, f32x4.mul(c, s6), 96);
  v128.store(out, f32x4.mul(c, s7), 112);
}

/** Four columns, or the last single ones. */
// @ts-ignore: decorator
@inline
function gatherEnd(
  single: bool,
  table: usize,
  stride: usize,
  weights: usize,
  id: usize,
  end: usize,
  factor: f32,
  out: usize,
): void {
  let sum = f32x4.splat(0);
  for (; id < end; id += 4) {
    const index = <usize>load<u32>(id);
    const row = table + index * stride;
    const values = single ? loadOne(row) : v128.load(row);
    sum = f32x4.add(sum, weights ? f32x4.mul(v128.load32_splat(weights + index * 4), values) : values);
  }
  const result = f32x4.mul(f32x4.splat(factor), sum);
  if (single) storeOne(out, result);
  else v128.store(out, result);
}

/**
 * Turns bags round: row of slot s stands in texts entries[starts[s]] … entries[starts[s + 1] − 1], ascending, once for each time.
 * @param slots u32[rows]: 1 + slot of every row among ids
 * @param total number of slots
 * @param starts u32[total + 2]
 * @param entries u32[number of ids]
 */
export function bagInvert(
  slots: usize,
  ids: usize,
  offsets: usize,
  texts: usize,
  total: usize,
  starts: usize,
  entries: usize,
): void {
  memory.fill(starts, 0, (total + 2) * 4);
  const count = <usize>load<u32>(offsets + texts * 4);
  // Counts stand two places on, so that filling, which moves a start to its end, leaves starts behind.
  for (let i: usize = 0; i < count; i++) {
    const place = starts + ((<usize>load<u32>(slots + ((<usize>load<u32>(ids + i * 4)) << 2))) << 2);
    store<u32>(place, load<u32>(place, 4) + 1, 4);
  }
  let sum: u32 = 0;
  for (let s: usize = 1; s <= total + 1; s++) {
    sum += load<u32>(starts + s * 4);
    store<u32>(starts + s * 4, sum);
  }
  let i: usize = 0;
  for (let t: usize = 0; t < texts; t++) {
    for (const end = <usize>load<u32>(offsets + t * 4, 4); i < end; i++) {
      const place = starts + ((<usize>load<u32>(slots + ((<usize>load<u32>(ids + i * 4)) << 2))) << 2);
      const at = load<u32>(place);
      store<u32>(entries + ((<usize>at) << 2), <u32>t);
      store<u32>(place, at + 1);
    }
  }
}

/**
 * Gradients of some touched rows.
 * @param dRows gradient rows, `dStride` bytes apart; each holds d floats for the table and, `weightAt` bytes on (or, below 0,
 *   before), one for the weight
 * @param fresh 1: dRows is overwritten; 0: it is added to
 * @param weightAt 0: the weights want no gradient
 * @param g f32[texts, d]
 * @param starts,entries of {@link bagInvert}, from the first of these rows on
 * @param rows u32[count], the rows of the table
 */
export function bagBackward(
  dRows: usize,
  dStride: usize,
  fresh: i32,
  weightAt: usize,
  g: usize,
  factors: usize,
  table: usize,
  d: usize,
  weights: usize,
  starts: usize,
  entries: usize,
  rows: usize,
  count: usize,
): void {
  const stride = d * 4;
  for (let r: usize = 0; r < count; r++, dRows += dStride) {
    const begin = entries + ((<usize>load<u32>(starts + r * 4)) << 2);
    const end = entries + ((<usize>load<u32>(starts + r * 4, 4)) << 2);
    if (begin == end && !fresh) continue;
    const id = <usize>load<u32>(rows + r * 4);
    const w = weights ? load<f32>(weights + id * 4) : 1;
    const row = table + id * stride;
    const add = !fresh;
    let dot = f32x4.splat(0);
    let j: usize = 0;
    for (; j + 32 <= d; j += 32) {
      dot = f32x4.add(
        dot,
        spread32(g + j * 4, stride, factors, begin, end, w, add, row + j * 4, dRows + j * 4, weightAt != 0),
      );
    }
    for (; j + 4 <= d; j += 4) {
      const sum = spread(false, g + j * 4, stride, factors, begin, end);
      put(dRows + j * 4, add, f32x4.mul(f32x4.splat(w), sum));
      if (weightAt) dot = f32x4.add(dot, f32x4.mul(sum, v128.load(row + j * 4)));
    }
    for (; j < d; j++) {
      const sum = spread(true, g + j * 4, stride, factors, begin, end);
      const step = f32x4.mul(f32x4.splat(w), sum);
      storeOne(dRows + j * 4, add ? f32x4.add(loadOne(dRows + j * 4), step) : step);
      if (weightAt) dot = f32x4.add(dot, f32x4.mul(sum, loadOne(row + j * 4)));
    }
    if (weightAt) {
      const total =
        f32x4.extract_lane(dot, 0) +
        f32x4.extract_lane(dot, 1) +
        (f32x4.extract_lane(dot, 2) + f32x4.extract_lane(dot, 3));
      const target = dRows + weightAt;
      store<f32>(target, add ? load<f32>(target) + total : total);
    }
  }
}

// @ts-ignore: decorator
@inline
function put(target: usize, add: bool, step: v128): void {
  v128.store(target, add ? f32x4.add(v128.load(target), step) : step);
}

/** Σ c_t·g_t over a row's texts: four columns, or a single one. */
// @ts-ignore: decorator
@inline
function spread(single: bool, g: usize, stride: usize, factors: usize, entry: usize, end: usize): v128 {
  let sum = f32x4.splat(0);
  for (; entry < end; entry += 4) {
    const t = <usize>load<u32>(entry);
    const values = single ? loadOne(g + t * stride) : v128.load(g + t * stride);
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(factors + t * 4), values));
  }
  return sum;
}

/** 32 neighbouring columns of one row; returns their part of s·E, lane by lane, if it is wanted. */
function spread32(
  g: usize,
  stride: usize,
  factors: usize,
  entry: usize,
  end: usize,
  w: f32,
  add: bool,
  row: usize,
  dRow: usize,
  wantDot: bool,
): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (; entry < end; entry += 4) {
    const t = <usize>load<u32>(entry);
    const c = v128.load32_splat(factors + t * 4);
    const from = g + t * stride;
    s0 = f32x4.add(s0, f32x4.mul(c, v128.load(from)));
    s1 = f32x4.add(s1, f32x4.mul(c, v128.load(from, 16)));
    s2 = f32x4.add(s2, f32x4.mul(c, v128.load(from, 32)));
    s3 = f32x4.add(s3, f32x4.mul(c, v128.load(from, 48)));
    s4 = f32x4.add(s4, f32x4.mul(c, v128.load(from, 64)));
    s5 = f32x4.add(s5, f32x4.mul(c, v128.load(from, 80)));
    s6 = f32x4.add(s6, f32x4.mul(c, v128.load(from, 96)));
    s7 = f32x4.add(s7, f32x4.mul(c, v128.load(from, 112)));
  }
  const ws = f32x4.splat(w);
  put(dRow, add, f32x4.mul(ws, s0));
  put(dRow + 16, add, f32x4.mul(ws, s1));
  put(dRow + 32, add, f32x4.mul(ws, s2));
  put(dRow + 48, add, f32x4.mul(ws, s3));
  put(dRow + 64, add, f32x4.mul(ws, s4));
  put(dRow + 80, add, f32x4.mul(ws, s5));
  put(dRow + 96, add, f32x4.mul(ws, s6));
  put(dRow + 112, add, f32x4.mul(ws, s7));
  if (!wantDot) return f32x4.splat(0);
  const a = f32x4.add(f32x4.mul(s0, v128.load(row)), f32x4.mul(s1, v128.load(row, 16)));
  const b = f32x4.add(f32x4.mul(s2, v128.load(row, 32)), f32x4.mul(s3, v128.load(row, 48)));
  const c = f32x4.add(f32x4.mul(s4, v128.load(row, 64)), f32x4.mul(s5, v128.load(row, 80)));
  const e = f32x4.add(f32x4.mul(s6, v128.load(row, 96)), f32x4.mul(s7, v128.load(row, 112)));
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, e));
}
