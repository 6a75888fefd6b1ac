/** What each objective refuses beyond the options of all, and in which words; and the names that stand for others. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, init } from '../../src/engine/index.js';
import { AdnceError } from '../../src/errors.js';
import * as losses from '../../src/losses/index.js';
import { type Tensor, tensor } from '../../src/tensor/index.js';
import { randomFloats, uniform } from '../support/core.js';

beforeAll(async () => {
  await init({});
});

const next = uniform(5);
const rows = (n = 3, d = 2): Tensor => tensor(randomFloats(n * d, next), [n, d], { requiresGrad: true });

function messageOf(work: () => unknown): string {
  try {
    engine().step(work);
  } catch (error) {
    expect(error).toBeInstanceOf(AdnceError);
    return (error as AdnceError).message;
  }
  throw new Error('nothing was thrown');
}

const { dcl, hcl, alphaCL, meanVariance, clDro, sigLIP, triplet } = losses;
const CALLS = { dcl, hcl, alphaCL, meanVariance, clDro, sigLIP, triplet };
const call = (name: keyof typeof CALLS, options: Record<string, unknown>) =>
  messageOf(() => (CALLS[name] as (a: Tensor, b: Tensor, o: unknown) => Tensor)(rows(), rows(), options));

describe('options', () => {
  it.each([
    [
      'dcl',
      { temperature: 0.1, tauPlus: 1 },
      '"tauPlus" must be a finite number >= 0 and <= 0.99, got 1. Hint: the nearest valid value is 0.99',
    ],
    ['dcl', { temperature: 0.1, beta: 1 }, 'unknown option "beta"'],
    ['dcl', { tauPlus: 0.1 }, '"temperature" must be a finite number >= 0.001 and <= 1000, got undefined'],
    [
      'hcl',
      { temperature: 0.1, beta: -1 },
      '"beta" must be a finite number >= 0 and <= 100, got -1. Hint: the nearest valid value is 0',
    ],
    [
      'alphaCL',
      { temperature: 0.1, alpha: 0 },
      '"alpha" must be a finite number >= 0.1 and <= 16, got 0. Hint: the nearest valid value is 0.1',
    ],
    ['alphaCL', { temperature: 0.1, normalized: 1 }, '"normalized" must be true or false, got 1'],
    [
      'meanVariance',
      { temperature: 0.1, curvature: 0 },
      '"curvature" must be a finite number >= 0.001 and <= 1000, got 0',
    ],
    [
      'clDro',
      { temperature: 0.1, divergence: 'chi' },
      '"divergence" must be one of "kl", "chi2", "reverse_kl", "cressie_read", "alpha", "cvar", got "chi". Hint: did you mean "chi2"',
    ],
    [
      'clDro',
      { temperature: 0.1, divergence: 'cressie_read' },
      '"order" must be a finite number >= -4 and <= 20, got undefined',
    ],
    [
      'clDro',
      { temperature: 0.1, divergence: 'cressie_read', order: 21 },
      'got 21. Hint: the nearest valid value is 20',
    ],
    [
      'clDro',
      { temperature: 0.1, divergence: 'alpha', order: 2 },
      '"order" does not go with divergence "alpha". Hint: set divergence: "cressie_read"',
    ],
    ['clDro', { divergence: 'cvar' }, '"level" must be a finite number > 0 and <= 1, got undefined'],
    ['clDro', { divergence: 'cvar', level: 0 }, 'got 0. Hint: the nearest valid value is just above 0'],
    ['clDro', { divergence: 'cvar', level: 0.1, radius: 1 }, '"radius" does not go with divergence "cvar"'],
    ['clDro', { temperature: 0.1, level: 0.1 }, '"level" does not go with divergence "kl"'],
    ['clDro', { temperature: 0.1, radius: -1 }, '"radius" must be a finite number >= 0, got -1'],
    [
      'clDro',
      { temperature: 0.1, divergence: { conjugate: (x: number) => x, conjugateDerivative: () => 2 } },
      '"divergence" must have a function conjugateDerivative with conjugateDerivative(0) = 1, got 2',
    ],
    [
      'clDro',
      { temperature: 0.1, divergence: { conjugate: 1 } },
      '"divergence" must have a function conjugate with conjugate(0) = 0',
    ],
    [
      'sigLIP',
      { temperature: 0.1, bias: Number.NaN },
      '"bias" must be a finite number >= -10000 and <= 10000, got NaN',
    ],
    ['sigLIP', { temperature: 0.1, layout: 'graph' }, 'unknown option "layout"'],
    [
      'triplet',
      { margin: 3 },
      '"margin" must be a finite number >= 0 and <= 2, got 3. Hint: the nearest valid value is 2',
    ],
    ['triplet', { temperature: 1 }, 'unknown option "temperature"'],
  ] as const)('%s refuses %j', (name, options, message) => {
    expect(call(name, options)).toContain(`E_OPTION ${name}: `);
    expect(call(name, options)).toContain(message);
  });

  it('a radius that no temperature reaches is refused with the largest one', () => {
    const message = call('clDro', { temperature: 0.1, radius: 0.7 });
    expect(message).toContain(`"radius" must be a finite number >= 0 and < ${Math.log(2)} for 2 negatives`);
    expect(message).toContain(`Hint: the nearest valid radius is just below ${Math.log(2)}`);
    // χ²: all mass on one of M is a radius of (M − 1)/2.
    expect(call('clDro', { temperature: 0.1, divergence: 'chi2', radius: 0.5 })).toContain('< 0.5 for 2 negatives');
    // Reverse KL forbids weights of 0: every radius is reached.
    const loss = engine().step(() =>
      losses.clDro(rows(), rows(), { temperature: 0.1, divergence: 'reverse_kl', radius: 99 }).item(),
    );
    expect(loss).toBeGreaterThan(9);
  });

  it('a temperature is not learnt where there is no gradient for it', () => {
    const learnt = () => tensor([0.1], [], { requiresGrad: true });
    const alpha = messageOf(() => losses.alphaCL(rows(), rows(), { temperature: learnt() }));
    expect(alpha).toMatch(/^E_OPTION alphaCL: "temperature" can't be learnt/);
    const tail = messageOf(() =>
      losses.clDro(rows(), rows(), { divergence: 'cvar', level: 0.5, temperature: learnt() }),
    );
    expect(tail).toMatch(/^E_OPTION clDro: "temperature" does not go with divergence "cvar".* Hint: its "level"/);
  });

  it('functions that are no divergence are found out', () => {
    const odd = { conjugate: (x: number) => x, conjugateDerivative: (x: number) => (x < 0 ? 0 : 1) };
    expect(messageOf(() => losses.clDro(rows(), rows(), { temperature: 0.1, divergence: odd }))).toMatch(
      /^E_VALUE clDro: the weights of the divergence must have a mean of 1 and a finite φ\*/,
    );
  });
});

describe('labels', () => {
  it('must be one a row and give some anchor a positive', () => {
    const labels = (list: unknown) =>
      messageOf(() => losses.supCon(rows(), { temperature: 0.1, labels: list as number[] }));
    expect(labels([0, 1])).toMatch(/^E_OPTION supCon: "labels" must hold one label for each of 3 rows, got 2/);
    expect(labels([0, 1, undefined])).toMatch(
      /^E_OPTION supCon: "labels" must be numbers or words, label 2 is undefined/,
    );
    expect(labels([0, Number.NaN, 1])).toContain('label 1 is NaN');
    const views = messageOf(() => losses.supCon([] as never, { temperature: 0.1, labels: [] }));
    expect(views).toMatch(/^E_SHAPE supCon: "views" must be one or two tensors, got 0/);
    expect(labels(undefined)).toContain('"labels" must hold one label for each of 3 rows, got undefined');
    expect(labels(['a', 'b', 'c'])).toMatch(
      /"labels" must give at least one anchor a positive: some label on 2 rows or more, got 3 different labels on 3 rows\. Hint: /,
    );
  });

  it('may be words, and leave anchors out', () => {
    const [words, numbers] = engine().step(() => {
      const z = rows(4, 3);
      const loss = (labels: (string | number)[]) => losses.supCon(z, { temperature: 0.2, labels }).item();
      return [loss(['cat', 'dog', 'cat', 'owl']), loss([7, 1, 7, -3])];
    });
    expect(words).toBe(numbers);
  });

  it('go with views of one shape', () => {
    const views = (b: Tensor) => messageOf(() => losses.supCon([rows(3, 2), b], { temperature: 1, labels: [0, 1, 2] }));
    expect(views(rows(2, 2))).toMatch(/^E_SHAPE supCon: "views" must be f32\[3,2\], got f32\[2,2\]/);
  });
});

describe('candidates beside the batch', () => {
  const infoNCE = (options: Partial<losses.InfoNceOptions>) =>
    messageOf(() => losses.infoNCE(rows(), rows(), { temperature: 0.1, ...options }));

  it('go with one direction and layouts that have anchors apart from candidates', () => {
    expect(infoNCE({ negatives: rows(), layout: 'image' })).toContain(
      '"negatives" goes with layout "sentence" or "graph"',
    );
    expect(infoNCE({ inBatch: false, layout: 'image' })).toContain('"inBatch" goes with layout "sentence" or "graph"');
    expect(infoNCE({ negatives: rows(), symmetric: true })).toContain('"symmetric" can\'t be true with "negatives"');
    expect(infoNCE({ inBatch: false })).toContain(
      '"inBatch" can be false only with "negatives" or a "queue", got neither',
    );
    expect(infoNCE({ inBatch: false, negatives: rows(), hardNegatives: rows() })).toContain('pass them as "negatives"');
    expect(infoNCE({ negatives: rows(3, 4) })).toMatch(
      /^E_SHAPE infoNCE: "negatives" must be f32\[\?,2\], got f32\[3,4\]/,
    );
    expect(infoNCE({ queue: {} as losses.MemoryQueue })).toContain('"queue" must be a MemoryQueue');
  });
});

describe('names of papers', () => {
  it('simCSE is infoNCE in layout sentence, supervised with hard negatives', () => {
    const [x, y] = engine().step(() => {
      const [a, b, c] = [rows(), rows(), rows()];
      const options = { temperature: 0.3, hardNegatives: c, hardNegativeWeight: 0.5 };
      return [losses.simCSE(a, b, options).item(), losses.infoNCE(a, b, { ...options, layout: 'sentence' }).item()];
    });
    expect(x).toBe(y);
    expect(messageOf(() => losses.simCSE(rows(), rows(), { temperature: 1, layout: 'graph' } as never))).toContain(
      'E_OPTION simCSE: unknown option "layout"',
    );
  });
});
