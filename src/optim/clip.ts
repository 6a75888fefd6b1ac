/** Clipping of gradients by their global norm (Pascanu, Mikolov & Bengio, ICML 2013). */
import { AdnceError } from '../errors.js';
import { SparseParameter, type Tensor } from '../tensor/index.js';

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
  const { core } = parameter.engine;
  if (parameter instanceof SparseParameter) {
    const { sparse, gradOffset, width } = parameter;
    let squares = 0;
    for (const { rows, count } of sparse.pieces) {
      squares += core.sumOfSquares(rows + gradOffset, sparse.rowBytes, width, count);
    }
    return squares;
  }
  return parameter.grad === null ? 0 : core.sumOfSquares(parameter.gradPointer, 0, parameter.length, 1);
}

function scaleGrad(parameter: Tensor, factor: number): void {
  const { core } = parameter.engine;
  if (parameter instanceof SparseParameter) {
    const { sparse, gradOffset, width } = parameter;
    for (const { rows, count } of sparse.pieces) {
      core.scaleRows(rows + gradOffset, sparse.rowBytes, width, count, factor);
    }
  } else if (parameter.grad !== null) {
    core.scaleRows(parameter.gradPointer, 0, parameter.length, 1, factor);
  }
}
