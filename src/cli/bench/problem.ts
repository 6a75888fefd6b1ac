/**
 * The questions of the benchmark, with one meaning for every peer: what goes in, which gradients come out. Embeddings are
 * float32 rows of any length; losses are those of maths §2.
 *
 *     cross     InfoNCE of a and b, N×N scores, one direction          ∂a, ∂b
 *     nt-xent   InfoNCE of the two views' 2N rows, layout image        ∂a, ∂b
 *     adnce     ADNCE of the same rows, layout image                   ∂a, ∂b
 *     mlp       784 → 512, ReLU → d, two views, nt-xent, Adam          a whole training step
 *     bag       embedding bag of 60,000 × d, adnce in layout sentence, AdamW: a whole training step
 */

export const CASES = ['cross', 'nt-xent', 'adnce', 'mlp', 'bag'] as const;
export type CaseName = (typeof CASES)[number];

/** The cases that are a loss and its gradients, without an encoder. */
export const LOSS_CASES = ['cross', 'nt-xent', 'adnce'] as const satisfies readonly CaseName[];

/** One case at one size. */
export interface Problem {
  case: CaseName;
  /** Number of pairs. */
  n: number;
  /** Length of an embedding. */
  d: number;
  temperature: number;
  mu: number;
  sigma: number;
}

/** Layers of the case `mlp`. */
export const MLP = { inputs: 784, hidden: 512, learningRate: 1e-3 } as const;

/** Table of the case `bag`: rows, and the least and most features of a text. */
export const BAG = { rows: 60_000, least: 8, most: 24, learningRate: 1e-3, weightDecay: 0.01 } as const;

/** The gradients a case asks for, in the order peers return them. */
export const GRADIENTS: Record<CaseName, readonly string[]> = {
  cross: ['a', 'b'],
  'nt-xent': ['a', 'b'],
  adnce: ['a', 'b'],
  mlp: ['w1', 'b1', 'w2', 'b2'],
  bag: ['table'],
};

/** A problem with the settings all measurements of this project use: τ = 0.5, μ = 0.7, σ = 1. */
export function problemOf(name: CaseName, n: number, d = 128): Problem {
  return { case: name, n, d, temperature: 0.5, mu: 0.7, sigma: 1 };
}

/** Whether anchors are the rows of both views. */
export function isImage(problem: Problem): boolean {
  return problem.case === 'nt-xent' || problem.case === 'adnce' || problem.case === 'mlp';
}

/** `adnce 1,024 × 128` */
export function problemTitle({ case: name, n, d }: Problem): string {
  return `${name} ${n.toLocaleString('en-US')} × ${d}`;
}

/**
 * Flops that nobody can avoid who computes every score once: 6·N²·d for `cross`, and for the symmetric forms 6·n²·d over
 * n = 2N rows, as every autograd framework does them; null for whole steps.
 */
export function usefulFlops({ case: name, n, d }: Problem): number | null {
  if (name === 'cross') return 6 * n * n * d;
  return name === 'nt-xent' || name === 'adnce' ? 24 * n * n * d : null;
}
