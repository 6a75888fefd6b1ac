/** The small checks behind every option. */
import { describe, expect, it } from 'vitest';
import { AdnceError } from '../src/errors.js';
import {
  didYouMean,
  mustBeBoolean,
  mustBeInteger,
  mustBeNumber,
  mustBeOneOf,
  mustBeString,
  mustKnowKeys,
  nearest,
} from '../src/options.js';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AdnceError);
    expect((error as AdnceError).code).toBe('E_OPTION');
    return (error as AdnceError).message;
  }
  throw new Error('nothing was thrown');
}

describe('mustBeNumber', () => {
  it('gives back a finite number in range, its edges as they are named', () => {
    expect(mustBeNumber('f', 'x', -3.5)).toBe(-3.5);
    expect(mustBeNumber('f', 'x', 0, { min: 0, max: 0 })).toBe(0);
    expect(mustBeNumber('f', 'x', 0.5, { above: 0, below: 1 })).toBe(0.5);
  });

  it('refuses all else, naming the range', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '1', null, undefined, true, 1n, {}]) {
      expect(refusal(() => mustBeNumber('f', 'x', bad))).toMatch(/^E_OPTION f: "x" must be a finite number, got /);
    }
    expect(refusal(() => mustBeNumber('f', 'x', 0, { above: 0, max: 2 }))).toContain(
      'a finite number > 0 and <= 2, got 0',
    );
    expect(refusal(() => mustBeNumber('f', 'x', 1, { min: 0, below: 1 }))).toContain(
      'a finite number >= 0 and < 1, got 1',
    );
    expect(refusal(() => mustBeNumber('f', 'x', 3, { max: 2 }))).toContain('a finite number <= 2, got 3');
  });

  it('tells the nearest valid value', () => {
    const hint = (value: number, range: object) =>
      refusal(() => mustBeNumber('f', 'x', value, range)).split('. Hint: ')[1];
    expect(hint(0, { min: 1e-3, max: 1e3 })).toBe('the nearest valid value is 0.001.');
    expect(hint(Number.POSITIVE_INFINITY, { min: 1e-3, max: 1e3 })).toBe('the nearest valid value is 1000.');
    expect(hint(0, { above: 0, max: 2 })).toBe('the nearest valid value is just above 0.');
    expect(hint(1, { min: 0, below: 1 })).toBe('the nearest valid value is just below 1.');
    expect(hint(Number.NaN, { min: 0 })).toBeUndefined();
    expect(hint(Number.POSITIVE_INFINITY, { min: 0 })).toBeUndefined();
  });
});

describe('mustBeInteger', () => {
  it('gives back an integer and refuses all else', () => {
    expect(mustBeInteger('f', 'n', 7, { min: 1 })).toBe(7);
    for (const bad of [1.5, Number.NaN, Number.NEGATIVE_INFINITY, '7', [7]]) {
      expect(refusal(() => mustBeInteger('f', 'n', bad))).toMatch(/"n" must be an integer, got /);
    }
    expect(refusal(() => mustBeInteger('f', 'n', 0, { min: 1 }))).toContain('an integer >= 1, got 0');
  });
});

describe('mustBeBoolean and mustBeString', () => {
  it('give back what they should and refuse all else', () => {
    expect([mustBeBoolean('f', 'b', false), mustBeString('f', 's', 'x')]).toEqual([false, 'x']);
    for (const bad of [0, 'true', null, undefined]) {
      expect(refusal(() => mustBeBoolean('f', 'b', bad))).toMatch(/"b" must be true or false, got /);
    }
    for (const bad of ['', 0, null, undefined, ['x']]) {
      expect(refusal(() => mustBeString('f', 's', bad))).toMatch(/"s" must be a non-empty string, got /);
    }
  });
});

describe('what came', () => {
  it.each([
    ['two', '"two"'],
    [[1, 2], 'an array of length 2'],
    [new Map(), 'a Map'],
    [Object.create(null), 'a object'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
  ])('is described: %#', (value, text) => {
    expect(refusal(() => mustBeNumber('f', 'x', value))).toContain(`got ${text}.`);
  });
});

describe('mustBeOneOf', () => {
  it('gives back a known word; for another it names the nearest', () => {
    const words = ['image', 'sentence', 'graph'] as const;
    expect(mustBeOneOf('f', 'layout', 'graph', words)).toBe('graph');
    expect(refusal(() => mustBeOneOf('f', 'layout', 'Sentense', words))).toBe(
      'E_OPTION f: "layout" must be one of "image", "sentence", "graph", got "Sentense". Hint: did you mean "sentence".',
    );
    expect(refusal(() => mustBeOneOf('f', 'layout', 3, words))).not.toContain('Hint');
  });
});

describe('mustKnowKeys', () => {
  it('passes known keys and refuses others', () => {
    expect(() => mustKnowKeys('f', { a: 1, b: undefined }, ['a', 'b'])).not.toThrow();
    expect(() => mustKnowKeys('f', {}, [])).not.toThrow();
    expect(refusal(() => mustKnowKeys('f', { alhpa: 1 }, ['beta', 'alpha']))).toBe(
      'E_OPTION f: unknown option "alhpa". Hint: did you mean "alpha"? Known: beta, alpha.',
    );
    expect(refusal(() => mustKnowKeys('f', { layout: 1 }, ['beta', 'alpha']))).toBe(
      'E_OPTION f: unknown option "layout". Hint: known are beta, alpha.',
    );
    expect(refusal(() => mustKnowKeys('f', { a: 1 }, []))).toContain('Hint: no options are taken here.');
  });

  it('refuses what is no object of options', () => {
    for (const options of [undefined, null, 3, 'seed']) {
      expect(refusal(() => mustKnowKeys('f', options as unknown as object, ['seed', 'bias']))).toMatch(
        /^E_OPTION f: "options" must be an object, got .*\. Hint: known options are seed, bias\.$/,
      );
    }
  });

  it('does not take inherited names for known ones', () => {
    for (const key of ['constructor', '__proto__x', 'toString']) {
      expect(refusal(() => mustKnowKeys('f', { [key]: 1 }, ['alpha']))).toContain(`unknown option "${key}"`);
    }
  });
});

describe('nearest', () => {
  const words = ['temperature', 'mu', 'sigma', 'symmetric'];

  it('is the word with the fewest edits, whatever the case', () => {
    expect(nearest('temperatur', words)).toBe('temperature');
    expect(nearest('SIGMA', words)).toBe('sigma');
    expect(nearest('symetric', words)).toBe('symmetric');
    expect(nearest('nu', words)).toBe('mu');
  });

  it('takes a beginning for the word, and the nearest of those that begin alike', () => {
    expect(nearest('temp', words)).toBe('temperature');
    expect(nearest('sigmas', words)).toBe('sigma');
    expect(nearest('wordnet', ['wordnet-1', 'wordnet'])).toBe('wordnet');
  });

  it('is none where all are far', () => {
    for (const far of ['layout', 'learningRate', 'x', '']) expect(nearest(far, words)).toBeUndefined();
    expect(nearest('mu', [])).toBeUndefined();
  });
});

describe('didYouMean', () => {
  it('hints at what is near and at nothing else', () => {
    expect(didYouMean('sgima', ['mu', 'sigma'])).toBe('did you mean "sigma"');
    expect(didYouMean('layout', ['mu', 'sigma'])).toBeUndefined();
  });
});
