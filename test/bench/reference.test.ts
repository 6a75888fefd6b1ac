/** The benchmark's float64 yardstick, against the tests' own reference and against differences of its own loss. */
import { describe, expect, it } from 'vitest';
import { drawInputs, floats, type Inputs, integers } from '../../src/cli/bench/inputs.js';
import { BAG, type CaseName, MLP, type Problem, problemOf } from '../../src/cli/bench/problem.js';
import { exact, gradientError, gradientNorm, spreadRows } from '../../src/cli/bench/reference/index.js';
import { type ReferenceProblem, reference } from '../support/reference.js';

const N = 7;
const D = 5;

describe('the losses', () => {
  const twins: [CaseName, ReferenceProblem][] = [
    ['cross', { objective: 'infonce', layout: 'sentence', temperature: 0.5 }],
    ['nt-xent', { objective: 'infonce', layout: 'image', temperature: 0.5 }],
    ['adnce', { objective: 'adnce', layout: 'image', temperature: 0.5, mu: 0.7, sigma: 1 }],
  ];

  it.each(twins)('%s agrees with the reference of the tests', (name, twin) => {
    const problem = problemOf(name, N, D);
    const inputs = drawInputs(problem, 3);
    const got = exact(problem, inputs);
    const want = reference({ n: N, d: D, a: floats(inputs, 'a'), b: floats(inputs, 'b') }, twin);
    expect(got.loss).toBeCloseTo(want.loss, 12);
    for (const [k, view] of (['a', 'b'] as const).entries()) {
      expect(got.gradients[k]?.rows).toEqual([0, 1, 2, 3, 4, 5, 6]);
      got.gradients[k]?.values.forEach((x, i) => {
        expect(x).toBeCloseTo(want[view][i] as number, 12);
      });
    }
  });
});

/** Central difference of the loss by one number of an input. */
function difference(problem: Problem, inputs: Inputs, name: string, index: number): number {
  const step = 2 ** -10;
  const at = (by: number) => {
    const data = floats(inputs, name).slice();
    data[index] = Math.fround(data[index] as number) + by;
    return exact(problem, { ...inputs, [name]: { shape: inputs[name]?.shape ?? [], data } }).loss;
  };
  const moved = (by: number) => Math.fround((floats(inputs, name)[index] as number) + by);
  return (at(step) - at(-step)) / (moved(step) - moved(-step));
}

describe('the training steps', () => {
  it('the MLP’s gradients are those of its loss', () => {
    const problem = problemOf('mlp', 4, 3);
    const inputs = drawInputs(problem, 5);
    const { gradients } = exact(problem, inputs);
    const points: [string, number, number][] = [
      ['w1', 0, 7 * MLP.inputs + 11],
      ['b1', 1, 9],
      ['w2', 2, 2 * MLP.hidden + 100],
      ['b2', 3, 1],
    ];
    for (const [name, which, index] of points) {
      const want = difference(problem, inputs, name, index);
      expect(Math.abs((gradients[which]?.values[index] ?? 0) - want), name).toBeLessThan(1e-5);
    }
    expect(gradients.map(({ values }) => values.length)).toEqual(
      ['w1', 'b1', 'w2', 'b2'].map((name) => floats(inputs, name).length),
    );
  });

  it('the bag’s gradient is that of its loss, and 0 where no text points', () => {
    const problem = problemOf('bag', 5, 4);
    const inputs = drawInputs(problem, 5);
    const table = exact(problem, inputs).gradients[0];
    const ids = integers(inputs, 'aIds');
    const touched = new Set([...ids, ...integers(inputs, 'bIds')]);
    const index = (ids[3] as number) * 4 + 1;
    expect(table?.values[index]).not.toBe(0);
    expect((table?.values[index] ?? 0) / difference(problem, inputs, 'table', index)).toBeCloseTo(1, 2);
    const untouched = Array.from({ length: BAG.rows }, (_, row) => row).filter((row) => !touched.has(row));
    expect(untouched.every((row) => table?.values[row * 4] === 0)).toBe(true);
  });
});

describe('comparing gradients', () => {
  const want = { loss: 0, gradients: [{ width: 2, rows: [0, 2], values: Float64Array.of(1, 2, 3, -4) }] };

  it('takes the largest error over the largest value, on the known rows', () => {
    const got = [Float32Array.of(1, 2, 99, 99, 3, -3)];
    expect(gradientError(got, want)).toBe(0.25);
    expect(gradientError([Float32Array.of(1, 2, 0, 0, 3, -4)], want)).toBe(0);
  });

  it('does not let a missing or undefined number pass', () => {
    expect(gradientError([Float32Array.of(1, 2)], want)).toBeNaN();
    expect(gradientError([Float32Array.of(Number.NaN, 2, 0, 0, 3, -4)], want)).toBeNaN();
  });

  it('knows the norm over all tensors', () => {
    expect(gradientNorm([Float32Array.of(3), Float32Array.of(0, 4)])).toBe(5);
  });

  it('spreads the rows it checks over the batch', () => {
    expect(spreadRows(3, 8)).toEqual([0, 1, 2]);
    expect(spreadRows(10, 4)).toEqual([0, 2, 5, 7]);
  });
});
