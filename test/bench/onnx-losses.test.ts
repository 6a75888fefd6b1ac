/** The losses as ONNX graphs, run by an interpreter of the tests. */
import { describe, expect, it } from 'vitest';
import { drawInputs, floats } from '../../src/cli/bench/inputs.js';
import { lossModel } from '../../src/cli/bench/onnx-losses.js';
import { LOSS_CASES, problemOf } from '../../src/cli/bench/problem.js';
import { exact, gradientError } from '../../src/cli/bench/reference/index.js';
import { readModel, runModel } from '../support/onnx-model.js';

describe('the models of the losses', () => {
  it.each(
    LOSS_CASES.flatMap(
      (name) =>
        [
          [name, 5, 4],
          [name, 9, 7],
        ] as const,
    ),
  )('%s of %d × %d', (name, n, d) => {
    const problem = problemOf(name, n, d);
    const inputs = drawInputs(problem, 2);
    const want = exact(problem, inputs);
    const model = readModel(lossModel(problem));
    expect(model.outputs).toEqual({ loss: [1, 1], da: [n, d], db: [n, d] });
    const { loss, da, db } = runModel(model, { a: floats(inputs, 'a'), b: floats(inputs, 'b') });
    // Its constants are float32.
    expect(loss?.data[0]).toBeCloseTo(want.loss, 6);
    const gradients = [da, db].map((gradient) => Float32Array.from(gradient?.data ?? []));
    expect(gradientError(gradients, want)).toBeLessThan(2e-6);
  });
});
