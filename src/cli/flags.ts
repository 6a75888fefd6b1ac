/**
 * Settings as flags: one row each, with its default from the table of its room. What a flag's text becomes follows from the default:
 * a number, a word, or true.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FEATURE_DEFAULTS, FEATURE_RANGES } from '../data/index.js';
import { DRO_DIVERGENCES, LAYOUTS } from '../losses/index.js';
import type { NumberRule, NumberRules } from '../options.js';
import {
  ENCODER_DEFAULTS,
  ENCODER_RANGES,
  LOSSES,
  SCHEDULES,
  TOKEN_WEIGHTS,
  TRAIN_DEFAULTS,
  TRAIN_RANGES,
} from '../train/index.js';

/** What help says of a setting: a line, the words it takes, and what is usual where no single default is. */
interface FlagHelp {
  help: string;
  words?: readonly string[];
  usual?: string;
}

/** A setting that a command line may change. */
interface Flag extends FlagHelp {
  key: string;
  default: number | string | boolean;
  /** What a number may be. */
  rule?: NumberRule;
}

/** Flags for some keys of a table of defaults, with what their numbers may be. */
function flagsOf<Defaults extends object>(
  defaults: Defaults,
  rules: NumberRules<Defaults>,
  rows: { [Key in keyof Defaults]?: string | FlagHelp },
): Flag[] {
  return (Object.entries(rows) as [keyof Defaults & string, string | FlagHelp][]).map(([key, row]) => ({
    key,
    default: defaults[key] as Flag['default'],
    ...(rules[key] === undefined ? {} : { rule: rules[key] as NumberRule }),
    ...(typeof row === 'string' ? { help: row } : row),
  }));
}

/** Settings of the objective and of the loop. */
export const TRAIN_FLAGS = flagsOf(TRAIN_DEFAULTS, TRAIN_RANGES, {
  loss: { help: 'objective', words: LOSSES },
  layout: { help: 'which rows are anchors and which their negatives', words: LAYOUTS },
  temperature: 'τ of the softmax over cosines; auto holds a radius',
  radius: { help: 'radius η that --temperature auto holds, nats', usual: 'from the first scores' },
  mu: 'cosine at which ADNCE weights negatives most; auto follows the scores',
  sigma: 'width of ADNCE’s weights around mu; auto follows the scores',
  tauPlus: 'dcl, hcl: chance that a negative is of the anchor’s own class',
  beta: 'hcl: how much more hard negatives count',
  alpha: 'alpha-cl: power of the distance in its weights',
  divergence: { help: 'cl-dro: divergence of the ball', words: DRO_DIVERGENCES },
  order: 'cl-dro: order of cressie_read, α of alpha',
  level: 'cl-dro: level of cvar',
  bias: 'siglip: added to every logit',
  margin: 'triplet: by how much the positive is to be nearer',
  queue: 'rows of earlier batches that are negatives too; 0: none',
  symmetric: 'use both directions, anchor → positive and back',
  epochs: { help: 'passes over the pairs', usual: '3 to 20, for about 600 steps' },
  batchSize: 'pairs in a batch; the others are a pair’s negatives',
  accumulate: 'batches whose gradients are added up for one step',
  learningRate: 'largest learning rate of tables; dense layers take a tenth',
  warmup: 'share of the steps in which the learning rate rises',
  schedule: { help: 'shape of the learning rate after that', words: SCHEDULES },
  weightDecay: 'decoupled weight decay of AdamW',
  clipNorm: 'largest global norm of the gradients; 0: no clipping',
  patience: 'stop after so many evaluations without improvement; 0: never',
  evaluations: 'evaluations in an epoch',
  seed: 'every random draw of the run depends on it',
});

/** Settings of the encoder. */
export const ENCODER_FLAGS = flagsOf(ENCODER_DEFAULTS, ENCODER_RANGES, {
  dimension: 'length of an embedding',
  hidden: 'width of an MLP behind the mean of the words; 0: none',
  dropout: 'chance that a hidden number of the MLP is dropped in training',
  tokenWeights: { help: 'weights of words in their mean', words: TOKEN_WEIGHTS },
});

/** Settings of words and n-grams. */
export const FEATURE_FLAGS = flagsOf(FEATURE_DEFAULTS, FEATURE_RANGES, {
  minCount: 'words seen less often have no vector of their own',
  maxWords: 'at most so many words',
  buckets: 'vectors shared by hashed character n-grams',
  ngramWords: { help: 'words that are read as n-grams, too', words: ['all', 'rare', 'none'] },
  rareBelow: 'what rare means: seen less often than this',
  maxFeatures: 'words and n-grams of a text beyond this number are dropped',
});

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Reads a number; hexadecimal, blanks and the like are mistakes. */
export function parseNumber(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number.');
}

/** Reads what the rule allows: a number, or its word. */
function parserOf({ word }: NumberRule): (text: string) => number | string {
  return (text) => (text === word ? text : parseNumber(text));
}

/** Beyond this a limit is that of the machine, and not worth saying. */
const ENORMOUS = 2 ** 53 - 1;

/** What a number may be, as help says it: `0.001 … 1000 or auto`, `1 or more`; empty where all is allowed. */
export function rangeText({ above, min, below, max, word }: NumberRule): string {
  const low = above === undefined ? min : `above ${above}`;
  const high = below === undefined ? (max === ENORMOUS ? undefined : max) : `below ${below}`;
  const other = word === undefined ? [] : [`or ${word}`];
  if (low === undefined && high === undefined) return other.join('');
  if (high === undefined) return [above === undefined ? `${low} or more` : `${low}`, ...other].join(' ');
  return [low === undefined ? `at most ${high}` : `${low} … ${high}`, ...other].join(' ');
}

/** Adds flags to a command, under a heading of its help. */
export function addFlags(command: Command, heading: string, flags: readonly Flag[]): void {
  command.optionsGroup(`${heading}:`);
  for (const { key, help, default: value, words, usual, rule = {} } of flags) {
    const noun = typeof value === 'number' ? ' <number>' : typeof value === 'string' ? ' <word>' : '';
    const allowed = words === undefined ? rangeText(rule) : words.join(', ');
    const notes = [...(allowed === '' ? [] : [allowed]), `default ${usual ?? value}`];
    const option = new Option(`--${kebab(key)}${noun}`, `${help} (${notes.join('; ')})`);
    if (typeof value === 'number') option.argParser(parserOf(rule));
    command.addOption(option);
  }
}

/** What a command line says about some settings; what it does not mention is left out. */
export function pickFlags(flags: readonly Flag[], options: Record<string, unknown>): Record<string, unknown> {
  const said = flags.filter(({ key }) => options[key] !== undefined);
  return Object.fromEntries(said.map(({ key }) => [key, options[key]]));
}
