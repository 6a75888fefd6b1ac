/**
 * `adnce train`: reads pairs (or takes the built-in sample), holds some out, trains an encoder on the rest, and says what it
 * learned: beside the untrained encoder and beside baselines that match words. With `--resume` it goes on with a run that was stopped.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FeatureOptions, rowCount } from '../../data/index.js';
import { type Engine, type EngineOptions, init } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { whole } from '../../report/format.js';
import type { ReportData } from '../../report/types.js';
import { completeRun, encoderConfig, identityConfig, resultOf, resumePoint, writeWords } from '../../runs/index.js';
import { RunFolder } from '../../runs/node.js';
import {
  completeTrainOptions,
  type EncoderOptions,
  mustHaveOptions,
  type TrainOptions,
  usualEpochs,
} from '../../train/index.js';
import { VERSION } from '../../version.js';
import type { ReadOptions } from '../read/index.js';
import { readWordVectors } from '../read/word-vectors.js';
import { digestData, fileData, type RunData, sampleData } from '../session/data.js';
import { RunEncoder } from '../session/encoder.js';
import { environmentOf } from '../session/environment.js';
import { countItems } from '../session/items.js';
import { Measurements } from '../session/measurements.js';
import { finish } from '../session/outcome.js';
import { ask } from '../session/retrieval.js';
import { type ReadyRun, trainEncoder } from '../session/training.js';
import { answer, faint, type Output, say, title } from '../terminal.js';

export interface TrainCommand extends Output {
  /** A file of pairs; null for the sample. */
  data: string | null;
  read: ReadOptions;
  /** Folder of the run; `runs/<data>-<loss>` if left out. */
  out: string | undefined;
  overwrite: boolean;
  /** See {@link fileData}; the sample holds out 2,000 synsets if left out. */
  holdOut: number | undefined;
  /** Word vectors to start from. */
  init: string | undefined;
  /** Threads and build. */
  engine: EngineOptions;
  train: Partial<TrainOptions>;
  encoder: Partial<EncoderOptions>;
  features: Partial<FeatureOptions>;
  /** Seconds between two states. */
  stateEvery: number | undefined;
  /** The command line, for the report. */
  command: string;
  signal: AbortSignal;
}

const SAMPLE_HOLD_OUT = 2000;

/** @throws every code that data, options and files can give; E_DIVERGED, E_INTERRUPTED */
export async function train(command: TrainCommand): Promise<void> {
  const said = completeTrainOptions(command.train);
  const engine = await init(command.engine);
  const folder = await RunFolder.create(command.out ?? (await freeName(command.data, said.loss)), {
    overwrite: command.overwrite,
  });
  try {
    const { data, encoder } = await prepare(command, said.seed);
    const options = { ...said, epochs: command.train.epochs ?? usualEpochs(rowCount(data.train), said.batchSize) };
    const report = describe(command, folder, data, encoder, options, engine);
    const { name, created, settings, environment, command: line } = report;
    await folder.writeConfig({
      ...{ name, created, adnce: VERSION, ...settings, environment, command: line },
      ...identityConfig({ data: digestData(data), encoder: encoder.module }),
    });
    await writeWords(folder, encoder.module);
    await trainAndTell({ command, folder, data, encoder, options, from: null, report });
  } finally {
    await folder.close();
  }
}

/** What config.json keeps of a command. */
interface RunConfig extends Pick<ReportData, 'name' | 'created' | 'environment' | 'command'> {
  adnce: string;
  data: { name: string; path?: string | null; holdOut: number | null; init?: string | null } & ReadOptions;
  encoder: EncoderOptions;
  features: FeatureOptions | null;
  train: TrainOptions;
  relaxed: boolean;
}

/**
 * Goes on with the run of a folder. What the command says must be what the run was begun with; data and word vectors may lie elsewhere.
 * @param data where they are now; undefined: where they were
 * @throws as {@link train}; E_LOCKED; E_OPTION, E_DATA, E_CHECKPOINT when something differs
 */
export async function resume(
  path: string,
  command: Omit<TrainCommand, 'data'> & { data: string | undefined },
): Promise<void> {
  const folder = await RunFolder.resume(path);
  try {
    const config = (await folder.readConfig()) as unknown as RunConfig;
    mustHaveOptions(config.train ?? {}, command.train);
    mustHaveOptions(config.encoder ?? {}, command.encoder);
    mustHaveOptions(config.features ?? {}, command.features);
    const result = await resultOf(folder);
    if (result !== null) {
      await folder.removeStates();
      say(command, `${path} is complete, at step ${whole(result.steps)}; there is nothing to go on with.`);
      return answer(command, { run: path, result });
    }
    const engine = await init({ ...command.engine, fast: command.engine.fast === true || config.relaxed === true });
    const own = ownCommand(path, command, config);
    const { data, encoder } = await prepare(own, config.train?.seed ?? 0);
    const identity = { data: digestData(data), encoder: encoder.module };
    const from = await resumePoint(folder, identity, command.train, (text) => {
      process.stderr.write(`${text}\n`);
    });
    if (from === null) await writeWords(folder, encoder.module);
    say(command, `Going on from step ${whole(from?.progress.step ?? 0)}`);
    const now = describe(own, folder, data, encoder, config.train, engine);
    const { name, created, environment = now.environment as object, command: line = own.command } = config;
    const report = { ...now, name, created, environment, command: line } as ReportData;
    await trainAndTell({ command: own, folder, data, encoder, options: config.train, from, report });
  } finally {
    await folder.close();
  }
}

/** The command that began a run, with data and vectors where this one says they are. */
function ownCommand(
  path: string,
  command: Omit<TrainCommand, 'data'> & { data: string | undefined },
  { data: own, encoder, features, train: options }: RunConfig,
): TrainCommand {
  const { name: _, path: place, holdOut, init: vectors, ...read } = own;
  const data = command.data ?? place;
  if (data === undefined) {
    throw new AdnceError('E_OPTION', {
      where: 'train',
      what: `the data of ${path} came from a program; a file with the same pairs is expected, got none`,
      hint: `name it: adnce train DATA --resume ${path}`,
    });
  }
  // The header is true unless the command says otherwise, so only its absence is said.
  const { header, ...columns } = command.read;
  return {
    ...command,
    data,
    read: { ...read, ...columns, ...(header === false ? { header } : {}) },
    holdOut: command.holdOut ?? holdOut ?? undefined,
    init: command.init ?? vectors ?? undefined,
    train: options,
    encoder: without(encoder, ['kind', 'inputDimension']),
    features: without(features ?? {}, ['vocabulary']),
  };
}

function without<T extends object>(record: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key))) as T;
}

/** Data and a new encoder for them: the same whenever it is done. */
async function prepare(command: TrainCommand, seed: number): Promise<{ data: RunData; encoder: RunEncoder }> {
  const data = await readData(command, seed);
  const { name, train: pairs, test, validation } = data;
  const held = test === null ? 'nothing held out' : `${whole(countItems(test.queries))} held out for the test`;
  const steer = validation === null ? '' : `, ${whole(countItems(validation.queries))} to steer by`;
  say(command, `${title(name)}: ${whole(rowCount(pairs))} pairs to train on, ${held}${steer}`);
  const vectors = command.init === undefined ? undefined : await readWordVectors(command.init);
  const encoder = RunEncoder.create(pairs, {
    encoder: command.encoder,
    features: command.features,
    seed,
    ...(vectors === undefined ? {} : { init: vectors }),
  });
  const { parameterCount, dimension } = encoder;
  say(command, `Encoder: ${whole(parameterCount)} numbers to learn, embeddings of length ${dimension}`);
  return { data, encoder };
}

async function readData({ data, read, holdOut, ...output }: TrainCommand, seed: number): Promise<RunData> {
  if (data !== null) return await fileData(data, read, { holdOut, seed });
  say(output, faint('No data given: training on the built-in sample, WordNet (a dictionary of English).'));
  return await sampleData({ holdOut: holdOut ?? SAMPLE_HOLD_OUT, seed });
}

/** `runs/wordnet-adnce`, or the first free of `runs/wordnet-adnce-2`, … */
async function freeName(data: string | null, loss: string): Promise<string> {
  const source = data === null ? 'wordnet' : basename(data.split(',')[0] as string).replace(/\.[^/]*$/, '');
  const taken = new Set(await readdir('runs').catch(() => []));
  const name = `${source}-${loss}`;
  let free = name;
  for (let k = 2; taken.has(free); k++) free = `${name}-${k}`;
  return join('runs', free);
}

/** What there is to say of a run before it runs. */
function describe(
  { data: path, read, holdOut, init: start, command }: TrainCommand,
  folder: RunFolder,
  { name }: RunData,
  encoder: RunEncoder,
  options: TrainOptions,
  engine: Engine,
): ReportData {
  const { module } = encoder;
  const features =
    'features' in module ? { vocabulary: module.features.vocabularySize, ...module.features.options } : null;
  return {
    name: basename(folder.path),
    created: new Date().toISOString(),
    version: VERSION,
    settings: {
      data: { name, path, ...read, holdOut: holdOut ?? null, init: start ?? null },
      encoder: encoderConfig(module),
      features,
      train: { ...options },
    },
    environment: environmentOf(engine),
    command,
  };
}

async function trainAndTell(run: ReadyRun & { report: ReportData }): Promise<void> {
  const { command, folder, data, encoder, options, report } = run;
  if (data.test !== null) say(command, faint('Measuring the untrained encoder …'));
  const before = data.test === null ? null : ask(encoder, data.test);
  const measured = new Measurements(options);
  const result = await trainEncoder(run, measured);
  say(command, faint('Measuring what it learned …'));
  await finish({ output: command, folder, options, data, encoder, measured, before, result }, report);
  if (result.stopped !== 'interrupted') return await completeRun(folder, encoder.module, result);
  throw new AdnceError('E_INTERRUPTED', {
    where: 'train',
    what: `the run was stopped at step ${result.steps}, the best weights so far are in ${folder.path}`,
    hint: `go on with it: adnce train --resume ${folder.path}`,
  });
}
