/**
 * Random configurations of every objective in every layout with every kind of candidates, from a seed: tame ones, where the core is
 * held against the reference, and wild ones, at the ends of all ranges and with hostile rows, where all must be finite.
 */
import { uniform } from './core.js';
import type { Embeddings, ReferenceProblem } from './reference.js';

/** One random problem on one random batch. */
export interface Configuration {
  /** Objective and its options, layout, direction and candidates: a line of docs/gradients.md. */
  objective: string;
  layout: string;
  candidates: string;
  e: Embeddings;
  problem: ReferenceProblem;
}

export type Temper = 'tame' | 'wild';

/** Draws numbers; `wild` ones from all of their range. */
interface Dice {
  temper: Temper;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** 10 to a power between two, cut to what float32 and the options both take. */
  power(tame: readonly [number, number], wild: readonly [number, number]): number;
  integer(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
}

type Draw = (dice: Dice) => Omit<ReferenceProblem, 'layout' | 'temperature'> & { temperature?: number };

const order =
  (k: number): Draw =>
  ({ between }) => ({ objective: 'clDro', order: k, radius: between(0, 0.2) });
const gaussian = ({ between, power }: Dice) => ({
  mu: Math.fround(between(-1, 1.5)),
  sigma: power([-0.5, 0.5], [-3, 3]),
});

/** Objectives by the name of their line. */
const OBJECTIVES: Record<string, Draw> = {
  InfoNCE: () => ({ objective: 'infonce' }),
  'InfoNCE, positive out, sum': () => ({ objective: 'infonce', positive: 'out' }),
  'InfoNCE, positive out, mean': () => ({ objective: 'infonce', positive: 'out', denominator: 'mean' }),
  'ADNCE, detached': (dice) => ({ objective: 'adnce', ...gaussian(dice) }),
  'ADNCE, not detached': (dice) => ({ objective: 'adnce', detach: false, ...gaussian(dice) }),
  DCL: ({ between, temper }) => ({ objective: 'dcl', tauPlus: between(0, temper === 'tame' ? 0.3 : 0.99) }),
  HCL: ({ between, temper }) => ({
    objective: 'hcl',
    tauPlus: between(0, temper === 'tame' ? 0.3 : 0.99),
    beta: temper === 'tame' ? between(0, 2) : between(0, 100),
  }),
  'α-CL, normalised': ({ between, temper, pick }) => ({
    objective: 'alphaCL',
    alpha: pick([1, 2, temper === 'tame' ? between(1, 3) : between(0.1, 16)]),
  }),
  'α-CL, unnormalised': ({ between, temper, pick }) => ({
    objective: 'alphaCL',
    normalized: false,
    alpha: pick([1, 2, temper === 'tame' ? between(1, 3) : between(0.1, 16)]),
  }),
  'mean-variance': ({ power }) => ({ objective: 'meanVariance', curvature: power([-0.3, 0.3], [-3, 3]) }),
  'CL-DRO, KL': order(1),
  'CL-DRO, χ²': order(2),
  'CL-DRO, reverse KL': order(0),
  'CL-DRO, any order': (dice) => ({
    objective: 'clDro',
    order: dice.temper === 'tame' ? dice.between(-1.5, 4) : dice.between(-4, 20),
  }),
  'CL-DRO, order near 1': ({ between }) => ({ objective: 'clDro', order: 1 + between(-0.01, 0.01) }),
  'CL-DRO, CVaR': ({ between }) => ({ objective: 'clDro', level: between(0.01, 1), temperature: 1 }),
  'CL-DRO, by functions': ({ pick }) => ({ objective: 'clDro', custom: true, order: pick([0, 1, 1.5, 2]) }),
  triplet: ({ between }) => ({ objective: 'triplet', margin: between(0, 1), temperature: 1 }),
};

/** Objectives with a geometry of their own. */
const OTHERS: Record<string, Draw> = {
  SupCon: () => ({ objective: 'supCon' }),
  SigLIP: ({ between, temper }) => ({
    objective: 'sigLIP',
    bias: Math.fround(temper === 'tame' ? between(-10, 2) : between(-1e4, 1e4)),
  }),
};

/** Who is a candidate beside the batch; `(both)` is symmetric. */
const CANDIDATES = {
  image: ['batch (both)'],
  sentence: ['batch', 'batch (both)', 'hard negatives', 'negatives', 'queue', 'negatives and queue only'],
  graph: ['batch', 'batch (both)', 'negatives', 'queue', 'negatives and queue only'],
} as const;

interface Line {
  objective: string;
  layout: ReferenceProblem['layout'];
  candidates: string;
  draw: Draw;
}

/** Every line of the table. */
export const LINES: readonly Line[] = [
  ...Object.entries(OBJECTIVES).flatMap(([objective, draw]) =>
    (['image', 'sentence', 'graph'] as const).flatMap((layout) =>
      CANDIDATES[layout].map((candidates) => ({ objective, layout, candidates, draw })),
    ),
  ),
  ...['one view', 'two views'].map((candidates) => ({
    objective: 'SupCon',
    layout: 'image' as const,
    candidates,
    draw: OTHERS.SupCon as Draw,
  })),
  ...['batch', 'negatives', 'queue'].map((candidates) => ({
    objective: 'SigLIP',
    layout: 'sentence' as const,
    candidates,
    draw: OTHERS.SigLIP as Draw,
  })),
  {
    objective: 'InfoNCE, weighted hard negatives',
    layout: 'sentence',
    candidates: 'hard negatives',
    draw: ({ between }) => ({ objective: 'infonce', hardNegativeWeight: between(-3, 3) }),
  },
];

function dice(seed: number, temper: Temper): Dice {
  const next = uniform(seed);
  const between = (low: number, high: number) => low + ((next() + 1) / 2) * (high - low);
  return {
    temper,
    between,
    power(tame, wild) {
      const [low, high] = temper === 'tame' ? tame : wild;
      const value = Math.fround(10 ** between(low, high));
      return Math.min(10 ** high, Math.max(value, 10 ** low * 1.000001));
    },
    integer: (low, high) => Math.floor(between(low, high + 1)),
    pick: (list) => list[Math.floor(between(0, list.length))] as (typeof list)[number],
  };
}

/** Configuration number `seed` of a temper; lines take turns. */
export function drawConfiguration(seed: number, temper: Temper): Configuration {
  const line = LINES[seed % LINES.length] as Line;
  const d = dice(seed, temper);
  const problem: ReferenceProblem = {
    temperature: d.power([-1.5, 0.5], [-3, 3]),
    ...line.draw(d),
    layout: line.layout,
    symmetric: line.candidates === 'batch (both)' && line.layout !== 'image',
    ...(line.candidates.endsWith('only') ? { inBatch: false } : {}),
  };
  const { objective, layout, candidates } = line;
  const e = drawBatch(d, candidates);
  if (problem.objective === 'supCon') problem.labels = drawLabels(d, e.n, candidates === 'two views');
  // With few negatives some radii are out of reach.
  if (problem.radius !== undefined) problem.radius = Math.min(problem.radius, smallestReach(e, problem));
  return { objective, layout, candidates, e, problem };
}

/** Every label may be alone but one. */
function drawLabels(d: Dice, n: number, two: boolean): number[] {
  const labels = Array.from({ length: n }, () => d.integer(0, 3));
  if (!two) labels[n - 1] = labels[0] as number;
  return labels;
}

function smallestReach(e: Embeddings, { layout, inBatch }: ReferenceProblem): number {
  const more = ((e.c?.length ?? 0) + (e.negatives?.length ?? 0) + (e.queue?.length ?? 0)) / e.d;
  const count = layout === 'image' ? 2 * e.n - 2 : (inBatch === false ? 0 : e.n - 1) + more;
  return count === 1 ? 0 : 0.2;
}

function drawBatch(d: Dice, candidates: string): Embeddings {
  const n = d.integer(2, d.temper === 'tame' ? 12 : 9);
  const length = d.integer(d.temper === 'tame' ? 2 : 1, 9);
  const matrix = (count: number) => {
    const list = Array.from({ length: count }, () => drawRow(d, length));
    if (d.temper === 'wild') for (const [i, row] of list.entries()) if (row === null) list[i] = list[0] ?? null;
    return Float32Array.from(list.flatMap((row) => row ?? Array<number>(length).fill(0)));
  };
  const has = (word: string) => candidates.includes(word);
  return {
    n,
    d: length,
    a: matrix(n),
    b: candidates === 'one view' ? new Float32Array(0) : matrix(n),
    ...(candidates === 'hard negatives' ? { c: matrix(n) } : {}),
    ...(candidates !== 'hard negatives' && has('negatives') ? { negatives: matrix(d.integer(1, 9)) } : {}),
    ...(has('queue') ? { queue: matrix(d.integer(1, 9)) } : {}),
  };
}

/** A row of ordinary length or, wild, of any length, of zeros, or null: a copy of the first. */
function drawRow(d: Dice, length: number): number[] | null {
  const row = Array.from({ length }, () => d.between(-1, 1));
  if (d.temper === 'tame') {
    // Not so short that 1/‖a‖ drowns the gradients of all other rows.
    return Math.hypot(...row) < 0.3 ? row.map((x, k) => x + (k === 0 ? 0.5 : 0.25)) : row;
  }
  const kind = d.between(0, 6);
  if (kind < 1) return null;
  if (kind < 2) return row.map(() => 0);
  const size = 10 ** d.between(-20, 20);
  return row.map((x) => x * size);
}
