/**
 * The worst-case distribution over negatives, written as weights of mean 1: for KL-DRO (InfoNCE) they grow
 * exponentially with the score, for ADNCE they are a Gaussian around μ (paper §3.3 and §5).
 */
import { engine } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeNumber, mustKnowKeys } from '../options.js';

/** Weights of the negatives of one anchor. */
export interface WeightOptions {
  /** Width and centre of ADNCE's Gaussian. */
  mu: number;
  sigma: number;
}

/**
 * ADNCE's weights of the given scores (maths §2): e^{−(s−μ)²/2σ²} divided by its mean.
 * @param scores f32[n], cosines of one anchor's negatives
 * @returns f32[n], mean 1
 */
export function adnceWeights(scores: Float32Array, options: WeightOptions): Float32Array {
  mustKnowKeys('adnceWeights', options, ['mu', 'sigma']);
  const mu = mustBeNumber('adnceWeights', 'mu', options.mu);
  const sigma = mustBeNumber('adnceWeights', 'sigma', options.sigma, { min: 1e-3 });
  return weights('adnceWeights', scores, 0, mu, 1 / (sigma * sigma));
}

/**
 * The worst-case weights of KL-DRO, InfoNCE's own: e^{s/τ} divided by its mean (maths §3).
 * @param scores f32[n], cosines of one anchor's negatives
 * @returns f32[n], mean 1
 */
export function klWeights(scores: Float32Array, options: { temperature: number }): Float32Array {
  mustKnowKeys('klWeights', options, ['temperature']);
  const temperature = mustBeNumber('klWeights', 'temperature', options.temperature, { min: 1e-3, max: 1e3 });
  return weights('klWeights', scores, 1 / temperature, 0, 0);
}

function weights(where: string, scores: Float32Array, slope: number, mu: number, precision: number): Float32Array {
  if (scores.length === 0) {
    throw new AdnceError('E_SHAPE', { where, what: '"scores" must hold at least one score, got none' });
  }
  const bad = scores.findIndex((s) => !Number.isFinite(s));
  if (bad >= 0) {
    throw new AdnceError('E_VALUE', { where, what: `"scores" must be finite, score ${bad} is ${scores[bad]}` });
  }
  const owner = engine();
  return owner.step(() => {
    const pointer = owner.stackF32(scores.length, where);
    owner.f32.set(scores, pointer >>> 2);
    owner.core.exponentialWeights(pointer, scores.length, slope, mu, precision, pointer);
    return owner.f32.slice(pointer >>> 2, (pointer >>> 2) + scores.length);
  });
}
