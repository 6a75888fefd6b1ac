/** Clipping of gradients by their global norm (Pascanu, Mikolov & Bengio, ICML 2013). */
import { along, COUNT } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { FLOAT_GRAIN, floats, rowGrain, SparseParameter, type Tensor } from '../tensor/index.js';

/** What is added to the norm before dividing by it, as torch.nn.utils.clip_grad_norm_ does. */
const EPSILON = 1e-6;

/**
 * Scales all gradients, dense and sparse, by maxNorm/norm if their norm is larger. Gradients that are not finite are
 * left as they are.
 * @param maxNorm > 0; Infinity only measures
 * @returns the norm before clipping; its sum is taken in float64, in the order of the parameters
 * @throws E_OPTION
 */
export function clipGradNorm(parameters: readonly Tensor[], maxNorm: number): number {
  if (!(typeof maxNorm === 'number' && maxNorm > 0)) {
    throw new AdnceError('E_OPTION', {
      where: 'clipGradNorm',
      what: `"maxNorm" must be a number > 0, got ${maxNorm}`,
      hint: 'Infinity measures the norm without clipping',
    });
  }
  let squares = 0;
  for (const parameter of parameters) squares += squaresOf(parameter);
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + EPSILON);
  // Written so that a norm of NaN or Infinity scales nothing.
  if (factor < 1 && norm < Number.POSITIVE_INFINITY) for (const parameter of parameters) scaleGrad(parameter, factor);
  return norm;
}

function squaresOf(parameter: Tensor): number {
  const { engine } = parameter;
  if (parameter instanceof SparseParameter) {
    const { sparse, gradOffset, width } = parameter;
    let squares = 0;
    for (const { rows, count } of sparse.pieces) {
      const x = along(rows + gradOffset, sparse.rowBytes);
      squares += engine.run('sumOfSquares', count, rowGrain(width), [x, sparse.rowBytes, width, COUNT]);
    }
    return squares;
  }
  if (parameter.grad === null) return 0;
  return engine.run('sumOfSquares', parameter.length, FLOAT_GRAIN, [floats(parameter.gradPointer), 0, COUNT, 1]);
}

function scaleGrad(parameter: Tensor, factor: number): void {
  const { engine } = parameter;
  if (parameter instanceof SparseParameter) {
    const { sparse, gradOffset, width } = parameter;
    for (const { rows, count } of sparse.pieces) {
      const x = along(rows + gradOffset, sparse.rowBytes);
      engine.run('scaleRows', count, rowGrain(width), [x, sparse.rowBytes, width, COUNT, factor]);
    }
  } else if (parameter.grad !== null) {
    engine.run('scaleRows', parameter.length, FLOAT_GRAIN, [floats(parameter.gradPointer), 0, COUNT, 1, factor]);
  }
}
