/** What help says of numbers. */
import { describe, expect, it } from 'vitest';
import { ENCODER_FLAGS, FEATURE_FLAGS, rangeText, TRAIN_FLAGS } from '../../src/cli/flags.js';
import { makeProgram } from '../../src/cli/program.js';

describe('rangeText', () => {
  it.each([
    [{ min: 0.001, max: 1000, word: 'auto' }, '0.001 … 1000 or auto'],
    [{ above: 0 }, 'above 0'],
    [{ above: 0, max: 1 }, 'above 0 … 1'],
    [{ min: 0, below: 1 }, '0 … below 1'],
    [{ min: 1, integer: true }, '1 or more'],
    [{ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }, '0 or more'],
    [{ max: 5 }, 'at most 5'],
    [{ word: 'auto' }, 'or auto'],
    [{}, ''],
  ] as const)('says what is allowed: %j', (rule, text) => {
    expect(rangeText(rule)).toBe(text);
  });
});

describe('help', () => {
  it('gives the range and the default of every number', () => {
    for (const { key, default: value, rule } of [...TRAIN_FLAGS, ...ENCODER_FLAGS, ...FEATURE_FLAGS]) {
      if (typeof value === 'number') expect([key, rangeText(rule ?? {})]).not.toEqual([key, '']);
    }
    const train = makeProgram(new AbortController().signal).commands.find((own) => own.name() === 'train');
    const help = train?.helpInformation().replaceAll(/\s+/g, ' ');
    expect(help).toContain('auto holds a radius (0.001 … 1000 or auto; default 0.07)');
    expect(help).toContain('pairs in a batch; the others are a pair’s negatives (2 or more; default 1024)');
  });
});
