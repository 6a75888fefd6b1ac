/**
 * InfoNCE and ADNCE in float64, written from the formulas and not from the core: the whole score matrix, plain loops, one
 * anchor at a time. A row loss is
 *
 *     ℓ = −p/τ + log([e^{p/τ}] + Σ_j e^{s_j/τ + λ_j + h_j}) [− log M]
 *
 * with λ = 0 for InfoNCE and, for ADNCE, λ_j = g_j − log E e^g, g_j = −(s_j − μ)²/(2σ²); h_j is the constant of an anchor's
 * own hard negative. With q the softmax of the sum, ∂ℓ/∂s_j = q_j/τ (+ g'_j (q_j − Q π_j) when the weights are not
 * constants), ∂ℓ/∂p = (q_p − 1)/τ, ∂ℓ/∂τ = (p − ⟨s⟩_q)/τ².
 */

export interface ReferenceProblem {
  objective: 'infonce' | 'adnce';
  layout: 'image' | 'sentence' | 'graph';
  temperature: number;
  mu?: number;
  sigma?: number;
  detach?: boolean;
  positive?: 'in' | 'out';
  denominator?: 'sum' | 'mean';
  symmetric?: boolean;
  hardNegativeWeight?: number;
}

export interface Embeddings {
  n: number;
  d: number;
  a: ArrayLike<number>;
  b: ArrayLike<number>;
  c?: ArrayLike<number> | undefined;
}

export interface ReferenceResult {
  loss: number;
  /** ∂L/∂a, ∂L/∂b, ∂L/∂c. */
  a: Float64Array;
  b: Float64Array;
  c: Float64Array;
  temperature: number;
  mu: number;
  sigma: number;
  /** λ of every anchor's candidates, in the order of the anchors. */
  logWeights: number[][];
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

/** Anchors are rows of u; the positive of anchor i is row `positive(i)` of v; `counts` says which rows are candidates. */
interface Direction {
  u: Side;
  v: Side;
  rows: number;
  columns: number;
  positive: (i: number) => number;
  counts: (i: number, j: number) => boolean;
}

function directions(e: Embeddings, p: ReferenceProblem): { sides: Side[]; list: Direction[] } {
  const { n, d } = e;
  if (p.layout === 'image') {
    const z = side([e.a, e.b], d);
    const partner = (i: number) => (i + n) % (2 * n);
    const counts = (i: number, j: number) => j !== i && j !== partner(i);
    return { sides: [z], list: [{ u: z, v: z, rows: 2 * n, columns: 2 * n, positive: partner, counts }] };
  }
  const u = side([e.a], d);
  const v = side(e.c === undefined ? [e.b] : [e.b, e.c], d);
  const diagonal = p.objective === 'adnce' && p.layout === 'sentence';
  const common = { positive: (i: number) => i, counts: (i: number, j: number) => diagonal || j !== i, rows: n };
  const list: Direction[] = [{ u, v, columns: e.c === undefined ? n : 2 * n, ...common }];
  if (p.symmetric) list.push({ u: v, v: u, columns: n, ...common });
  return { sides: [u, v], list };
}

function logSumExp(values: readonly number[]): number {
  const top = values.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const x of values) sum += Math.exp(x - top);
  return top + Math.log(sum);
}

interface Row {
  loss: number;
  positive: number;
  scores: number[];
  temperature: number;
  mu: number;
  sigma: number;
  logWeights: number[];
}

/** Loss of one anchor and its derivatives by its positive's score, its candidates' scores and the scalars. */
function rowLoss(p: number, s: readonly number[], h: readonly number[], o: ReferenceProblem, frozen?: number[]): Row {
  const t = o.temperature;
  const { mu = 0, sigma = 1 } = o;
  const gaussian = o.objective === 'adnce';
  const g = s.map((x) => (gaussian ? -((x - mu) ** 2) / (2 * sigma * sigma) : 0));
  const normaliser = logSumExp(g);
  const lambda = frozen ?? g.map((x) => (gaussian ? x - normaliser + Math.log(s.length) : 0));
  const positiveIn = gaussian ? o.layout === 'image' : (o.positive ?? 'in') === 'in';
  const mean = gaussian ? o.layout === 'graph' : o.denominator === 'mean';
  const exponents = s.map((x, j) => x / t + (lambda[j] as number) + (h[j] as number));
  const total = logSumExp(positiveIn ? [p / t, ...exponents] : exponents);
  const q = exponents.map((x) => Math.exp(x - total));
  const qp = positiveIn ? Math.exp(p / t - total) : 0;
  const row: Row = {
    loss: total - p / t - (mean ? Math.log(s.length) : 0),
    positive: (qp - 1) / t,
    scores: q.map((x) => x / t),
    temperature: (p * (1 - qp) - q.reduce((sum, x, j) => sum + x * (s[j] as number), 0)) / (t * t),
    mu: 0,
    sigma: 0,
    logWeights: lambda,
  };
  if (!gaussian || (o.detach ?? true)) return row;
  const share = q.reduce((sum, x) => sum + x, 0);
  s.forEach((x, j) => {
    const excess = (q[j] as number) - share * Math.exp((g[j] as number) - normaliser);
    row.scores[j] = (row.scores[j] as number) - ((x - mu) / (sigma * sigma)) * excess;
    row.mu += (excess * (x - mu)) / sigma ** 2;
    row.sigma += (excess * (x - mu) ** 2) / sigma ** 3;
  });
  return row;
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
 * @param frozen log-weights to take instead of those of the scores: what "constant for the gradient" means
 */
export function reference(e: Embeddings, problem: ReferenceProblem, frozen?: readonly number[][]): ReferenceResult {
  const { n, d } = e;
  const { sides, list } = directions(e, problem);
  const result = { loss: 0, temperature: 0, mu: 0, sigma: 0, logWeights: [] as number[][] };
  const anchors = list.reduce((sum, { rows }) => sum + rows, 0);
  for (const { u, v, rows, columns, positive, counts } of list) {
    for (let i = 0; i < rows; i++) {
      const candidates = Array.from({ length: columns }, (_, j) => j).filter((j) => counts(i, j));
      const score = (j: number) => {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += (u.unit[i * d + k] as number) * (v.unit[j * d + k] as number);
        return sum;
      };
      const h = candidates.map((j) => (j === n + i && rows === n ? (problem.hardNegativeWeight ?? 0) : 0));
      const row = rowLoss(score(positive(i)), candidates.map(score), h, problem, frozen?.[result.logWeights.length]);
      result.loss += row.loss / anchors;
      result.temperature += row.temperature / anchors;
      result.mu += row.mu / anchors;
      result.sigma += row.sigma / anchors;
      result.logWeights.push(row.logWeights);
      send(row.positive / anchors, u, i, v, positive(i), d);
      candidates.forEach((j, k) => {
        send((row.scores[k] as number) / anchors, u, i, v, j, d);
      });
    }
  }
  const all = sides.map((one) => project(one, d));
  const flat = all.length === 1 ? (all[0]?.gradient as Float64Array) : concat(all.map(({ gradient }) => gradient));
  const part = (k: number) => flat.slice(k * n * d, Math.min(flat.length, (k + 1) * n * d));
  const unprojected = Math.max(...all.map(({ largest }) => largest));
  return { ...result, a: part(0), b: part(1), c: part(2), unprojected };
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

/** (1 + …)/τ and, for ADNCE, (1 + |μ|)/σ²: what an objective multiplies the error of a float32 score by. */
export function condition(p: ReferenceProblem): number {
  const softmax = 1 / p.temperature;
  return p.objective === 'adnce' ? softmax + (1 + Math.abs(p.mu ?? 0)) / (p.sigma ?? 1) ** 2 : softmax;
}
