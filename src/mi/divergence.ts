/** Theorem 4.2: the CL-DRO value of a score function is the tight variational bound of the information of any divergence. */
import { type DivergenceOptions, worstCase } from '../dro/index.js';
import { AdnceError } from '../errors.js';
import { mustKnowKeys } from '../options.js';
import type { Tensor } from '../tensor/index.js';
import { bound, momentsOf } from './estimators.js';

/**
 * E_P T − min_ν {ν + E_Q φ*(T − ν)}, a lower bound of D_φ(P‖Q), P the joint distribution and Q the product of the marginals. For `kl`
 * it is {@link donskerVaradhan}; for `chi2` it is {@link chiSquare} wherever no weight is 0.
 * @param scores f32[n, n], the joint on the diagonal; O(n²) memory
 * @throws E_OPTION (`cvar` has no such bound), E_SHAPE, E_VALUE
 */
export function divergenceInformation(scores: Tensor, options: DivergenceOptions = {}): Tensor {
  const where = 'divergenceInformation';
  mustKnowKeys(where, options, ['divergence', 'order', 'alpha', 'level']);
  if (options.divergence === 'cvar') {
    throw new AdnceError('E_OPTION', {
      where,
      what: '"divergence" must be one with a temperature, got "cvar"',
      hint: 'take "kl" for the mutual information itself',
    });
  }
  return bound(where, scores, (t) => {
    const n = t.shape[0] as number;
    const pairs = t.data.filter((_, k) => Math.floor(k / n) !== k % n);
    const { value, weights } = worstCase(pairs, { ...options, temperature: 1 });
    return {
      value: momentsOf(t).joint - value,
      backward: (upstream) => {
        const { core, arena } = t.engine;
        const g = t.gradPointer;
        const at = arena.stack(weights.length * 8, where);
        t.engine.f64.set(weights, at / 8);
        core.addToDiagonal(g, n, upstream / n);
        core.addPairWeights(g, n, at, -upstream / weights.length);
      },
    };
  });
}
