/**
 * Objectives in float64: the whole score matrix, plain loops, one anchor at a time. reference-rows.ts has the row losses; here is who
 * is compared with whom, and the way from scores to embeddings (maths §1).
 */
import { type ReferenceProblem, rowLoss } from './reference-rows.js';

export { condition, type ReferenceProblem } from './reference-rows.js';

export interface Embeddings {
  n: number;
  d: number;
  a: ArrayLike<number>;
  b: ArrayLike<number>;
  /** Hard negatives, one a pair. */
  c?: ArrayLike<number> | undefined;
  /** Negatives of every anchor, and rows of a queue: any number of rows. */
  negatives?: ArrayLike<number> | undefined;
  queue?: ArrayLike<number> | undefined;
}

export interface ReferenceResult {
  loss: number;
  /** ∂L/∂a, ∂L/∂b, ∂L/∂c, ∂L/∂negatives. */
  a: Float64Array;
  b: Float64Array;
  c: Float64Array;
  negatives: Float64Array;
  temperature: number;
  mu: number;
  sigma: number;
  /** What the gradient takes for constants, anchor by anchor. */
  frozen: number[][];
  /** Distance of the nearest kink, in scores. */
  kink: number;
  /** Largest steepness of a row. */
  steepness: number;
  /** Largest |∂L/∂u|/‖a‖ over all rows: what the gradients would be without the projection. */
  unprojected: number;
}

/** Rows of one side: values, unit rows and 1/norm; a row shorter than 1e-12 is 0. */
interface Side {
  unit: Float64Array;
  inverse: Float64Array;
  gradient: Float64Array;
}

function side(values: readonly ArrayLike<number>[], d: number): Side {
  const all = values.flatMap((list) => Array.from(list));
  const rows = all.length / d;
  const unit = new Float64Array(all.length);
  const inverse = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let j = 0; j < d; j++) square += (all[i * d + j] as number) ** 2;
    const norm = Math.sqrt(square);
    inverse[i] = norm < 1e-12 ? 0 : 1 / norm;
    for (let j = 0; j < d; j++) unit[i * d + j] = (all[i * d + j] as number) * (inverse[i] as number);
  }
  return { unit, inverse, gradient: new Float64Array(all.length) };
}

/** Anchors are rows of u; the positives of anchor i are rows of v; `counts` says which rows are candidates. */
interface Direction {
  u: Side;
  v: Side;
  rows: number;
  columns: number;
  positives: (i: number) => number[];
  counts: (i: number, j: number) => boolean;
}

function directions(e: Embeddings, p: ReferenceProblem): { sides: Side[]; list: Direction[] } {
  const { n, d } = e;
  if (p.objective === 'supCon') {
    const labels = p.labels ?? [];
    const z = side(e.b.length === 0 ? [e.a] : [e.a, e.b], d);
    const rows = z.inverse.length;
    const mates = (i: number) =>
      Array.from({ length: rows }, (_, j) => j).filter((j) => j !== i && labels[j % n] === labels[i % n]);
    return {
      sides: [z],
      list: [{ u: z, v: z, rows, columns: rows, positives: mates, counts: (i, j) => j !== i }],
    };
  }
  if (p.layout === 'image') {
    const z = side([e.a, e.b], d);
    const partner = (i: number) => (i + n) % (2 * n);
    const counts = (i: number, j: number) => j !== i && j !== partner(i);
    return { sides: [z], list: [{ u: z, v: z, rows: 2 * n, columns: 2 * n, positives: (i) => [partner(i)], counts }] };
  }
  const u = side([e.a], d);
  const v = side([e.b, e.c ?? [], e.negatives ?? [], e.queue ?? []], d);
  const diagonal = p.objective === 'adnce' && p.layout === 'sentence';
  const inBatch = p.inBatch ?? true;
  const counts = (i: number, j: number) => (inBatch ? diagonal || j !== i : j >= n);
  const common = { positives: (i: number) => [i], counts, rows: n };
  const list: Direction[] = [{ u, v, columns: v.inverse.length, ...common }];
  if (p.symmetric) list.push({ u: v, v: u, columns: n, ...common });
  return { sides: [u, v], list };
}

/** Adds score·gradient to both sides. */
function send(g: number, u: Side, i: number, v: Side, j: number, d: number): void {
  for (let k = 0; k < d; k++) {
    u.gradient[i * d + k] = (u.gradient[i * d + k] as number) + g * (v.unit[j * d + k] as number);
    v.gradient[j * d + k] = (v.gradient[j * d + k] as number) + g * (u.unit[i * d + k] as number);
  }
}

/**
 * The mean loss and all its derivatives.
 * @param frozen to take for what the gradient takes for constants: weights that are detached
 */
export function reference(e: Embeddings, problem: ReferenceProblem, frozen?: readonly number[][]): ReferenceResult {
  const { n, d } = e;
  const { sides, list } = directions(e, problem);
  const result = {
    loss: 0,
    temperature: 0,
    mu: 0,
    sigma: 0,
    frozen: [] as number[][],
    kink: Number.POSITIVE_INFINITY,
    steepness: 1,
  };
  const anchors = list.flatMap((direction) =>
    Array.from({ length: direction.rows }, (_, i) => ({ ...direction, i, mates: direction.positives(i) })),
  );
  const told = anchors.filter(({ mates }) => mates.length > 0);
  for (const { u, v, rows, columns, counts, i, mates } of told) {
    const candidates = Array.from({ length: columns }, (_, j) => j).filter((j) => counts(i, j));
    const score = (j: number) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (u.unit[i * d + k] as number) * (v.unit[j * d + k] as number);
      return sum;
    };
    const p = mates.reduce((sum, j) => sum + score(j), 0) / mates.length;
    const h = candidates.map((j) => (j === n + i && rows === n ? (problem.hardNegativeWeight ?? 0) : 0));
    const row = rowLoss(p, candidates.map(score), h, problem, frozen?.[result.frozen.length]);
    result.loss += row.loss / told.length;
    result.temperature += row.temperature / told.length;
    result.mu += row.mu / told.length;
    result.sigma += row.sigma / told.length;
    result.kink = Math.min(result.kink, row.kink);
    result.steepness = Math.max(result.steepness, row.steepness);
    result.frozen.push(row.frozen);
    for (const j of mates) send(row.positive / mates.length / told.length, u, i, v, j, d);
    candidates.forEach((j, k) => {
      send((row.scores[k] as number) / told.length, u, i, v, j, d);
    });
  }
  const all = sides.map((one) => project(one, d));
  const flat = all.length === 1 ? (all[0]?.gradient as Float64Array) : concat(all.map(({ gradient }) => gradient));
  const ends = [n, e.b.length / d, (e.c?.length ?? 0) / d, (e.negatives?.length ?? 0) / d];
  const part = (k: number) => {
    const start = ends.slice(0, k).reduce((sum, rows) => sum + rows, 0);
    return flat.slice(start * d, (start + (ends[k] as number)) * d);
  };
  const unprojected = Math.max(...all.map(({ largest }) => largest));
  return { ...result, a: part(0), b: part(1), c: part(2), negatives: part(3), unprojected };
}

function concat(lists: readonly Float64Array[]): Float64Array {
  return Float64Array.from(lists.flatMap((list) => [...list]));
}

/** From unit rows to embeddings: (g − u (u·g))/‖a‖. */
function project(one: Side, d: number): { gradient: Float64Array; largest: number } {
  const gradient = new Float64Array(one.gradient.length);
  let largest = 0;
  one.inverse.forEach((inverse, i) => {
    let along = 0;
    for (let k = 0; k < d; k++) along += (one.unit[i * d + k] as number) * (one.gradient[i * d + k] as number);
    for (let k = 0; k < d; k++) {
      const at = i * d + k;
      const raw = one.gradient[at] as number;
      gradient[at] = (raw - (one.unit[at] as number) * along) * inverse;
      largest = Math.max(largest, Math.abs(raw) * inverse);
    }
  });
  return { gradient, largest };
}
