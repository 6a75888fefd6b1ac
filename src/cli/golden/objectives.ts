/** Golden cases of objectives: the loss, its gradients to embeddings and scalars, and the weights of the negatives. */
import { engine } from '../../engine/index.js';
import { compareTensor, compareValue, type GoldenCase, type GoldenResult } from './bar.js';
import { Inputs, OBJECTIVES, type ObjectiveCase } from './calls.js';
import { compareWeights } from './weights.js';

/** Runs a case of kind `objective`; false when there is no such objective here. */
export function runObjective(plain: GoldenCase, result: GoldenResult): boolean {
  const golden = plain as ObjectiveCase;
  const compute = Object.hasOwn(OBJECTIVES, golden.objective) ? OBJECTIVES[golden.objective] : undefined;
  if (compute === undefined) return false;
  const condition = conditionOf(golden.params, golden.objective === 'adnce');
  engine().step(() => {
    const inputs = new Inputs(golden);
    const loss = compute(inputs, golden);
    loss.backward();
    compareValue(result, 'loss', loss.item(), golden.loss, condition);
    for (const [key, value] of inputs.gradients()) {
      const expected = golden[key];
      if (expected !== undefined) compareTensor(result, key, value, [expected].flat(2) as number[], condition);
    }
  });
  if (golden.weights !== undefined) compareWeights(result, golden, condition);
  return true;
}

/** (1 + β)/τ, and (1 + |μ|)/σ² more for ADNCE. */
function conditionOf(params: Record<string, unknown>, gaussian: boolean): number {
  const number = (key: string, fallback: number) => Number(params[key] ?? fallback);
  const softmax = (1 + number('beta', 0)) / number('temperature', 1);
  return gaussian ? softmax + (1 + Math.abs(number('mu', 0))) / number('sigma', 1) ** 2 : softmax;
}
