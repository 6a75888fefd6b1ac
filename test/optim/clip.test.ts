/** The global norm over dense and sparse gradients, and its clipping. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import { EmbeddingBag } from '../../src/nn/index.js';
import { clipGradNorm } from '../../src/optim/index.js';
import { parameter, type SparseParameter, sum, type Tensor, tensor } from '../../src/tensor/index.js';
import { expectClose } from '../support/close.js';
import { randomFloats, uniform } from '../support/core.js';

let owner: Engine;
beforeEach(async () => {
  owner = await init({});
});

function dense(count: number, seed: number): Tensor {
  const result = parameter([count], 'dense');
  result.grad?.set(randomFloats(count, uniform(seed)));
  return result;
}

const normOf = (...gradients: (Float32Array | null)[]) =>
  Math.sqrt(gradients.reduce((total, g) => total + (g ?? new Float32Array(0)).reduce((s, x) => s + x * x, 0), 0));

/** Runs `work` in a step with gradients on a table of weighted rows, from two uses, and on two dense tensors. */
function withGradients<T>(work: (all: Tensor[], bag: EmbeddingBag, layers: Tensor[]) => T): T {
  const bag = new EmbeddingBag(6, 5, { seed: 1, std: 1, weights: 'learned' });
  const layers = [dense(7, 1), dense(33, 2)];
  return owner.step(() => {
    for (const ids of [
      [0, 0, 3],
      [3, 5],
    ]) {
      sum(bag.forward({ ids, offsets: [0, ids.length] })).backward();
    }
    return work([...layers, ...bag.parameters()], bag, layers);
  });
}

describe('clipGradNorm', () => {
  it('returns the norm and scales to the limit, dense and sparse', () => {
    withGradients((all, bag, layers) => {
      const gradients = () => [
        ...layers.map(({ grad }) => (grad as Float32Array).slice()),
        bag.weight.denseGrad(),
        (bag.featureWeights as SparseParameter).denseGrad(),
      ];
      const before = gradients();
      const norm = normOf(...before);
      expect(clipGradNorm(all, 0.5)).toBeCloseTo(norm, 10);
      const factor = 0.5 / (norm + 1e-6);
      gradients().forEach((after, k) => {
        expectClose(
          after,
          (before[k] as Float32Array).map((g) => g * factor),
          { relative: 3e-7, absolute: 1e-12 },
        );
      });
      expect(normOf(...gradients())).toBeCloseTo(0.5, 6);
    });
  });

  it('changes nothing below the limit, and only measures with Infinity', () => {
    withGradients((all, bag, layers) => {
      const bits = () => [...layers.map(({ grad }) => [...(grad as Float32Array)]), [...bag.weight.denseGrad()]];
      const before = bits();
      const norm = clipGradNorm(all, 1e6);
      expect(clipGradNorm(all, Number.POSITIVE_INFINITY)).toBe(norm);
      expect(bits()).toEqual(before);
    });
  });

  it('leaves gradients alone that are not finite, and says so by its result', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = dense(3, 3);
      x.grad?.set([1, bad, 5]);
      expect(clipGradNorm([x], 1)).toBe(bad);
      expect([...(x.grad as Float32Array)]).toEqual([1, bad, 5]);
    }
  });

  it('does not overflow, and takes 0 and tensors without a gradient for 0', () => {
    const large = dense(4, 4);
    large.grad?.fill(2e38);
    expect(clipGradNorm([large], 1) / (2 * Math.fround(2e38))).toBeCloseTo(1, 12);
    expectClose(large.grad as Float32Array, [0.5, 0.5, 0.5, 0.5]);
    const zero = dense(4, 5);
    zero.grad?.fill(0);
    expect(clipGradNorm([zero, tensor([1, 2])], 1)).toBe(0);
    expect(zero.grad?.every((g) => g === 0)).toBe(true);
    expect(clipGradNorm([], 1)).toBe(0);
  });

  it.each([0, -1, Number.NaN, undefined, '1'])('refuses a limit of %j', (limit) => {
    expect(() => clipGradNorm([dense(2, 1)], limit as number)).toThrow(
      /^E_OPTION clipGradNorm: "maxNorm" must be a number > 0, got .* Hint: Infinity measures/,
    );
  });
});
