/**
 * The worst-case distribution over negatives, written as weights of mean 1: for KL-DRO (InfoNCE) they grow
 * exponentially with the score, for ADNCE they are a Gaussian around μ (paper §3.3 and §5).
 */
import { borrow } from '../engine/index.js';
import { MU, SIGMA } from '../losses/adnce.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';
import { KL, TEMPERATURE } from './divergence.js';
import { place } from './scores.js';
import { playAt } from './worst-case.js';

/** Weights of the negatives of one anchor. */
export interface WeightOptions {
  /** Centre of ADNCE's Gaussian, −100 … 100. */
  mu: number;
  /** Its width, 0.001 … 1e6. */
  sigma: number;
}

/**
 * ADNCE's weights of the given scores (maths §2): e^{−(s−μ)²/2σ²} divided by its mean.
 * @param scores f32[n], cosines of one anchor's negatives
 * @returns f32[n], mean 1
 * @throws E_OPTION, E_SHAPE, E_VALUE
 */
export function adnceWeights(scores: Float32Array, options: WeightOptions): Float32Array {
  mustKnowKeys('adnceWeights', options, ['mu', 'sigma']);
  const mu = mustBeNumber('adnceWeights', 'mu', options.mu, MU);
  const sigma = mustBeNumber('adnceWeights', 'sigma', options.sigma, SIGMA);
  return borrow((owner) => {
    const pointer = place(owner, 'adnceWeights', scores);
    owner.core.gaussianWeights(pointer, scores.length, mu, 1 / (sigma * sigma), pointer);
    return owner.f32.slice(pointer >>> 2, (pointer >>> 2) + scores.length);
  });
}

/**
 * The worst-case weights of KL-DRO, InfoNCE's own: e^{s/τ} divided by its mean (maths §3).
 * @param scores f32[n], cosines of one anchor's negatives
 * @returns f32[n], mean 1
 */
export function klWeights(scores: Float32Array, options: { temperature: number }): Float32Array {
  mustKnowKeys('klWeights', options, ['temperature']);
  const temperature = mustBeNumber('klWeights', 'temperature', options.temperature, TEMPERATURE);
  return borrow((owner) => {
    const pointer = place(owner, 'klWeights', scores);
    return Float32Array.from(playAt(owner, 'klWeights', pointer, scores.length, KL, temperature, true).weights);
  });
}
