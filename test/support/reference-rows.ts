/**
 * Row losses in float64, written from the formulas and not from the core: for one anchor the loss and its derivatives by the score of
 * its positive, the scores of its candidates and the scalars (maths §2).
 */

export type Layout = 'image' | 'sentence' | 'graph';

/** An objective and its parameters, under the names of the library's options. */
export interface ReferenceProblem {
  objective:
    | 'infonce'
    | 'adnce'
    | 'dcl'
    | 'hcl'
    | 'alphaCL'
    | 'meanVariance'
    | 'clDro'
    | 'supCon'
    | 'sigLIP'
    | 'triplet';
  layout: Layout;
  temperature: number;
  mu?: number;
  sigma?: number;
  detach?: boolean;
  positive?: 'in' | 'out';
  denominator?: 'sum' | 'mean';
  symmetric?: boolean;
  hardNegativeWeight?: number;
  inBatch?: boolean;
  tauPlus?: number;
  beta?: number;
  alpha?: number;
  normalized?: boolean;
  curvature?: number;
  /** Of `clDro`: an order of the Cressie–Read family (1 is KL, 0 reverse KL), or a level of CVaR. */
  order?: number;
  level?: number;
  radius?: number;
  /** Takes the divergence of this order through functions in JavaScript. */
  custom?: boolean;
  bias?: number;
  margin?: number;
  labels?: number[];
}

/** What a row comes to. */
export interface Row {
  loss: number;
  /** ∂ℓ/∂p and ∂ℓ/∂s. */
  positive: number;
  scores: number[];
  temperature: number;
  /** ∂ℓ/∂μ, of SigLIP by its bias. */
  mu: number;
  sigma: number;
  /** What the gradient takes for constants: log-weights of ADNCE, weights of α-CL. */
  frozen: number[];
  /** How far the row is from a kink of its loss, in scores; infinite where it has none. */
  kink: number;
  /** By how much the weights change faster with a score than the condition of the objective says; 1 where they don't. */
  steepness: number;
}

const SMOOTH = {
  temperature: 0,
  mu: 0,
  sigma: 0,
  frozen: [] as number[],
  kink: Number.POSITIVE_INFINITY,
  steepness: 1,
};

export function logSumExp(values: readonly number[]): number {
  const top = values.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const x of values) sum += Math.exp(x - top);
  return top + Math.log(sum);
}

const total = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0);
const mean = (values: readonly number[]) => total(values) / values.length;
const softmax = (values: readonly number[]) => {
  const z = logSumExp(values);
  return values.map((x) => Math.exp(x - z));
};
const inner = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, value, j) => sum + value * (y[j] as number), 0);
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/**
 * Loss of one anchor.
 * @param p score of the positive
 * @param s scores of the candidates
 * @param h constant logits of the candidates
 * @param frozen to take for what the gradient takes for constants, instead of computing it from the scores
 */
export function rowLoss(
  p: number,
  s: readonly number[],
  h: readonly number[],
  o: ReferenceProblem,
  frozen?: number[],
): Row {
  if (o.objective === 'infonce' || o.objective === 'adnce' || o.objective === 'supCon') {
    return softmaxRow(p, s, h, o, frozen);
  }
  if (o.objective === 'dcl' || o.objective === 'hcl') return debiasedRow(p, s, o);
  if (o.objective === 'alphaCL') return alphaRow(p, s, o, frozen);
  if (o.objective === 'meanVariance') return momentsRow(p, s, o);
  if (o.objective === 'sigLIP') return siglipRow(p, s, o);
  if (o.objective === 'triplet') return hingeRow(p, s, o);
  return o.level === undefined ? droRow(p, s, o) : tailRow(p, s, o.level);
}

/** ℓ = −p/τ + log([e^{p/τ}] + Σ_j e^{s_j/τ + λ_j + h_j}) [− log M], λ = 0 or, for ADNCE, g − log E e^g. */
function softmaxRow(
  p: number,
  s: readonly number[],
  h: readonly number[],
  o: ReferenceProblem,
  frozen?: number[],
): Row {
  const t = o.temperature;
  const { mu = 0, sigma = 1 } = o;
  const gaussian = o.objective === 'adnce';
  const g = s.map((x) => (gaussian ? -((x - mu) ** 2) / (2 * sigma * sigma) : 0));
  const normaliser = logSumExp(g);
  const lambda = frozen ?? g.map((x) => (gaussian ? x - normaliser + Math.log(s.length) : 0));
  const positiveIn = gaussian ? o.layout === 'image' : o.objective === 'infonce' && (o.positive ?? 'in') === 'in';
  const meanOf = gaussian ? o.layout === 'graph' : o.denominator === 'mean';
  const exponents = s.map((x, j) => x / t + (lambda[j] as number) + (h[j] as number));
  const all = logSumExp(positiveIn ? [p / t, ...exponents] : exponents);
  const q = exponents.map((x) => Math.exp(x - all));
  const qp = positiveIn ? Math.exp(p / t - all) : 0;
  const row: Row = {
    ...SMOOTH,
    loss: all - p / t - (meanOf ? Math.log(s.length) : 0),
    positive: (qp - 1) / t,
    scores: q.map((x) => x / t),
    temperature: (p * (1 - qp) - inner(q, s)) / (t * t),
    frozen: lambda,
  };
  if (!gaussian || (o.detach ?? true)) return row;
  const share = total(q);
  s.forEach((x, j) => {
    const excess = (q[j] as number) - share * Math.exp((g[j] as number) - normaliser);
    row.scores[j] = (row.scores[j] as number) - ((x - mu) / (sigma * sigma)) * excess;
    row.mu += (excess * (x - mu)) / sigma ** 2;
    row.sigma += (excess * (x - mu) ** 2) / sigma ** 3;
  });
  return row;
}

/** ℓ = −p/τ + log(P + N), by the chain rule through every term; all of them times e^{−c}. */
function debiasedRow(p: number, s: readonly number[], o: ReferenceProblem): Row {
  const t = o.temperature;
  const { tauPlus = 0.1 } = o;
  const beta = o.objective === 'hcl' ? (o.beta ?? 1) : 0;
  const m = s.length;
  const [hard, easy] = [1 + beta, beta].map((slope) => s.map((x) => (slope * x) / t)) as [number[], number[]];
  const logR = logSumExp(hard) - logSumExp(easy) + Math.log(m);
  const c = Math.max(p / t, logR, Math.log(m) - 1 / t);
  const [r, rho] = [softmax(hard), softmax(easy)];
  const [P, R, F] = [Math.exp(p / t - c), Math.exp(logR - c), m * Math.exp(-1 / t - c)];
  const N = (R - tauPlus * m * P) / (1 - tauPlus);
  const clamped = N < F;
  const D = P + Math.max(N, F);
  const dR = s.map((_, k) => (R * ((1 + beta) * (r[k] as number) - beta * (rho[k] as number))) / t);
  const dRdt = (-R * ((1 + beta) * inner(r, s) - beta * inner(rho, s))) / t ** 2;
  const [dPdp, dPdt, dFdt] = [P / t, (-P * p) / t ** 2, F / t ** 2];
  const dNdp = clamped ? 0 : (-tauPlus * m * dPdp) / (1 - tauPlus);
  const dNdt = clamped ? dFdt : (dRdt - tauPlus * m * dPdt) / (1 - tauPlus);
  return {
    ...SMOOTH,
    loss: Math.log(D) + c - p / t,
    positive: (dPdp + dNdp) / D - 1 / t,
    scores: dR.map((x) => (clamped ? 0 : x / (1 - tauPlus) / D)),
    temperature: (dPdt + dNdt) / D + p / t ** 2,
    // Where the clamp begins, as a change of the scores.
    kink: (Math.abs(N - F) / Math.max(Math.abs(N), F, 1e-300)) * t,
  };
}

/** ℓ = Σ_j w_j (s_j − p), w constant. */
function alphaRow(p: number, s: readonly number[], o: ReferenceProblem, frozen?: number[]): Row {
  const { alpha = 2, normalized = true } = o;
  const exponents = s.map((x) => -(Math.max(1 - x, 0) ** alpha) / o.temperature);
  const w = frozen ?? (normalized ? softmax(exponents) : exponents.map(Math.exp));
  return { ...SMOOTH, loss: inner(w, s) - total(w) * p, positive: -total(w), scores: w, frozen: w };
}

/** ℓ = −p + E s + Var(s)/(2τc). */
function momentsRow(p: number, s: readonly number[], o: ReferenceProblem): Row {
  const price = o.temperature * (o.curvature ?? 1);
  const center = mean(s);
  const variance = mean(s.map((x) => (x - center) ** 2));
  return {
    ...SMOOTH,
    loss: center + variance / (2 * price) - p,
    positive: -1,
    scores: s.map((x) => (1 + (x - center) / price) / s.length),
    temperature: -variance / (2 * price * o.temperature),
  };
}

/** ℓ = softplus(−z_p) + Σ_j softplus(z_j), z = s/τ + b. */
function siglipRow(p: number, s: readonly number[], o: ReferenceProblem): Row {
  const t = o.temperature;
  const { bias = 0 } = o;
  const doubt = sigmoid(-(p / t + bias));
  const q = s.map((x) => sigmoid(x / t + bias));
  return {
    ...SMOOTH,
    loss: softplus(-(p / t + bias)) + total(s.map((x) => softplus(x / t + bias))),
    positive: -doubt / t,
    scores: q.map((x) => x / t),
    temperature: (doubt * p - inner(q, s)) / t ** 2,
    mu: total(q) - doubt,
  };
}

/** ℓ = E max(0, margin + s − p). */
function hingeRow(p: number, s: readonly number[], o: ReferenceProblem): Row {
  const excess = s.map((x) => (o.margin ?? 0.2) + x - p);
  const active = excess.map((x) => Number(x > 0) / s.length);
  return {
    ...SMOOTH,
    loss: mean(excess.map((x) => Math.max(0, x))),
    positive: -total(active),
    scores: active,
    kink: excess.reduce((least, x) => Math.min(least, Math.abs(x)), Number.POSITIVE_INFINITY),
  };
}

/** A divergence of the Cressie–Read family: φ, φ* and φ*'. */
export function cressieRead(k: number): Record<'phi' | 'conjugate' | 'conjugateDerivative', (x: number) => number> {
  if (k === 1) {
    return {
      phi: (t) => (t > 0 ? t * Math.log(t) - t + 1 : 1),
      conjugate: (x) => Math.expm1(x),
      conjugateDerivative: (x) => Math.exp(x),
    };
  }
  if (k === 0) {
    return {
      phi: (t) => -Math.log(t) + t - 1,
      conjugate: (x) => (x < 1 ? -Math.log1p(-x) : Number.POSITIVE_INFINITY),
      conjugateDerivative: (x) => (x < 1 ? 1 / (1 - x) : Number.POSITIVE_INFINITY),
    };
  }
  const power = (x: number, exponent: number) => {
    const base = 1 + (k - 1) * x;
    if (base <= 0) return k > 1 ? 0 : Number.POSITIVE_INFINITY;
    return Math.exp(exponent * Math.log1p((k - 1) * x));
  };
  return {
    phi: (t) => (t ** k - k * t + k - 1) / (k * (k - 1)),
    conjugate: (x) => (power(x, k / (k - 1)) - 1) / k,
    conjugateDerivative: (x) => power(x, 1 / (k - 1)),
  };
}

/** ℓ = −p + τη + ν + τ E φ*((s − ν)/τ) at the ν with E φ*' = 1, found by bisection. */
function droRow(p: number, s: readonly number[], o: ReferenceProblem): Row {
  const t = o.temperature;
  const { radius = 0, order = 1 } = o;
  const { phi, conjugate, conjugateDerivative } = cressieRead(order);
  const weights = (nu: number) => s.map((x) => conjugateDerivative((x - nu) / t));
  let [low, high] = [Math.min(...s), Math.max(...s)];
  for (let nu = (low + high) / 2; nu !== low && nu !== high; nu = (low + high) / 2) {
    if (mean(weights(nu)) > 1) low = nu;
    else high = nu;
  }
  // Weights at the end of the bracket that is inside the domain; what is left to 1 is the digits of ν.
  const raw = weights(high);
  const w = raw.map((x) => x / mean(raw));
  // Above order 2 a weight leaves 0 with a slope that has no bound: w^{2−k} at y = w^{k−1}.
  const bases = s.map((x) => Math.abs(1 + ((order - 1) * (x - high)) / t));
  const slopes = order > 2 ? bases.map((y) => Math.max(y, 1e-12) ** ((2 - order) / (order - 1))) : [];
  return {
    ...SMOOTH,
    loss: -p + t * radius + high + t * mean(s.map((x) => conjugate((x - high) / t))),
    positive: -1,
    scores: w.map((x) => x / s.length),
    temperature: radius - mean(w.map(phi)),
    steepness: slopes.reduce((most, x) => Math.max(most, x), 1),
  };
}

/** ℓ = −p + mean of the top share. */
function tailRow(p: number, s: readonly number[], level: number): Row {
  const tail = level * s.length;
  const order = s.map((_, j) => j).sort((i, j) => (s[j] as number) - (s[i] as number));
  const scores = s.map(() => 0);
  let left = tail;
  for (const j of order) {
    scores[j] = Math.min(1, left) / tail;
    left -= Math.min(1, left);
  }
  // A gradient jumps where two scores change places around the border.
  const gaps = order.slice(1).map((j, k) => (s[order[k] as number] as number) - (s[j] as number));
  const kink = gaps.reduce((least, gap) => Math.min(least, gap), Number.POSITIVE_INFINITY);
  return { ...SMOOTH, loss: inner(scores, s) - p, positive: -1, scores, kink };
}

/** What an objective multiplies the error of a float32 score by. */
export function condition(p: ReferenceProblem): number {
  const t = p.temperature;
  if (p.objective === 'adnce') return 1 / t + (1 + Math.abs(p.mu ?? 0)) / (p.sigma ?? 1) ** 2;
  if (p.objective === 'hcl') return (1 + (p.beta ?? 1)) / t;
  if (p.objective === 'alphaCL') return ((p.alpha ?? 2) * 2 ** ((p.alpha ?? 2) - 1)) / t;
  if (p.objective === 'meanVariance') return 1 / (t * (p.curvature ?? 1));
  if (p.objective === 'triplet' || p.level !== undefined) return 1;
  return 1 / t;
}
