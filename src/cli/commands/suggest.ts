/**
 * `adnce suggest`: τ, μ, σ and batch size for the user's data, with the reason of each. What a good temperature is depends on the
 * scores, so an encoder is trained on a sample of the pairs for a moment, and the scores of pairs it has not seen are looked at; or those
 * of a run that is there.
 */
import { type PairDataset, rowCount, splitByAnchor, takeRows } from '../../data/index.js';
import { type ScoreSample, type Suggestions, sampleScores, suggest as suggestFrom } from '../../dro/index.js';
import { init } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { mustBeNumber } from '../../options.js';
import { plain, whole } from '../../report/format.js';
import { noGrad, tensor } from '../../tensor/index.js';
import { TRAIN_DEFAULTS, Trainer } from '../../train/index.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import { readWordVectors } from '../read/word-vectors.js';
import { sampleData } from '../session/data.js';
import { RunEncoder } from '../session/encoder.js';
import type { Items } from '../session/items.js';
import { openRun } from '../session/open.js';
import { answer, faint, type Output, say, title } from '../terminal.js';

export interface SuggestCommand extends Output {
  /** A file of pairs; the sample if left out. */
  data: string | undefined;
  read: ReadOptions;
  /** A run whose encoder is taken; else one is trained for a moment. */
  run: string | undefined;
  /** Word vectors to start from, as in training. */
  init: string | undefined;
  /** η to aim at, nats. */
  radius: number | undefined;
  seed: number;
}

/** Pairs that are looked at, pairs that are learned from, and steps for it. */
const LOOKED_AT = 512;
const LEARNED_FROM = 20_000;
const STEPS = 60;
const BATCH = 512;

/** @throws E_DATA too few pairs; E_OPTION a radius no temperature reaches; what data can give */
export async function suggest(command: SuggestCommand): Promise<void> {
  if (command.radius !== undefined) mustBeNumber('suggest', 'radius', command.radius, { above: 0 });
  await init();
  const pairs =
    command.data === undefined
      ? (await sampleData({ holdOut: 0, seed: 0 })).train
      : await readPairs(command.data, command.read);
  const rows = rowCount(pairs);
  if (rows < 8) {
    throw new AdnceError('E_DATA', { where: pairs.name, what: `at least 8 pairs are needed, got ${rows}` });
  }
  const { train, heldOut } = splitByAnchor(pairs, {
    count: Math.min(LOOKED_AT, Math.ceil(rows / 4)),
    seed: command.seed,
  });
  const encoder = command.run === undefined ? await learnBriefly(command, train) : (await openRun(command.run)).encoder;
  const sample = scoresOf(encoder, heldOut);
  const suggestions = suggestFrom(sample, {
    pairs: rows,
    ...(command.radius === undefined ? {} : { radius: command.radius }),
  });
  answer(command, { data: pairs.name, ...suggestions });
  print(command, suggestions, sample);
}

/** An encoder that has seen a sample of the pairs for some steps: enough to tell easy negatives from hard ones. */
async function learnBriefly(command: SuggestCommand, train: PairDataset): Promise<RunEncoder> {
  const rows = rowCount(train);
  const step = Math.max(1, rows / LEARNED_FROM);
  const taken = takeRows(
    train,
    Array.from({ length: Math.min(rows, LEARNED_FROM) }, (_, i) => Math.floor(i * step)),
  );
  const { seed, init: path } = command;
  const vectors = path === undefined ? {} : { init: await readWordVectors(path) };
  const encoder = RunEncoder.create(taken, { encoder: {}, features: {}, seed, ...vectors });
  const batches = Math.max(1, Math.ceil(rowCount(taken) / BATCH));
  say(command, faint(`Training on ${whole(rowCount(taken))} pairs for a moment …`));
  const epochs = Math.max(1, Math.round(STEPS / batches));
  await new Trainer(encoder.module, encoder.source(taken), { batchSize: BATCH, epochs, seed }).run();
  return encoder;
}

/** Scores of pairs the encoder has not seen, as in one large batch. */
function scoresOf(encoder: RunEncoder, pairs: PairDataset): ScoreSample {
  const items = (column: 'anchors' | 'positives'): Items =>
    pairs.kind === 'text' ? pairs[column] : { values: pairs[column], dimension: pairs.dimension };
  const n = rowCount(pairs);
  encoder.mustTake(pairs.name, items('anchors'));
  const [a, b] = [encoder.embed(items('anchors')), encoder.embed(items('positives'))];
  return encoder.engine.step(() =>
    noGrad(() => sampleScores(tensor(a, [n, encoder.dimension]), tensor(b, [n, encoder.dimension]), { anchors: n })),
  );
}

function print(output: Output, suggestions: Suggestions, { positives }: ScoreSample): void {
  const usual: Record<keyof Suggestions, number> = {
    temperature: TRAIN_DEFAULTS.temperature as number,
    mu: TRAIN_DEFAULTS.mu as number,
    sigma: TRAIN_DEFAULTS.sigma as number,
    batchSize: TRAIN_DEFAULTS.batchSize,
  };
  const names: Record<keyof Suggestions, string> = {
    temperature: 'temperature τ',
    mu: 'mu μ',
    sigma: 'sigma σ',
    batchSize: 'batch size',
  };
  say(output, `${title('Suggested')}, from the scores of ${whole(positives.length)} held-out pairs`);
  const keys = Object.keys(names) as (keyof Suggestions)[];
  for (const key of keys) {
    const { value, reason } = suggestions[key];
    say(
      output,
      `\n  ${names[key].padEnd(14)} ${title(plain(value).padStart(7))}  ${faint(`default ${plain(usual[key])}`)}`,
    );
    say(output, `  ${reason}`);
  }
  const { temperature, mu, sigma, batchSize } = suggestions;
  say(
    output,
    `\nUse them:  --temperature ${temperature.value} --mu ${mu.value} --sigma ${sigma.value} --batch-size ${batchSize.value}`,
  );
}
