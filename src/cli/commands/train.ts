/**
 * `adnce train`: reads pairs (or takes the built-in sample), holds some out, trains an encoder on the rest, and says what it
 * learned: beside the untrained encoder and beside baselines that match words.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type MetricsLog, RunFolder } from '../../checkpoint/node.js';
import { type FeatureOptions, rowCount } from '../../data/index.js';
import { type Engine, type EngineOptions, init } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { duration, plain, whole } from '../../report/format.js';
import { sparkline } from '../../report/terminal.js';
import type { ReportData, ReportRetrieval, ReportSearch } from '../../report/types.js';
import {
  completeTrainOptions,
  type EncoderOptions,
  Trainer,
  type TrainOptions,
  type TrainResult,
  usualEpochs,
} from '../../train/index.js';
import type { ReadOptions } from '../read/index.js';
import { readWordVectors } from '../read/word-vectors.js';
import { fileData, type RunData, sampleData, sampleTexts } from '../session/data.js';
import { RunEncoder } from '../session/encoder.js';
import { environmentOf } from '../session/environment.js';
import { countItems, isTexts } from '../session/items.js';
import { Measurements } from '../session/measurements.js';
import { type Answers, ask, askBaselines, Searcher } from '../session/retrieval.js';
import { keptParameters, suspectsOf } from '../session/robust.js';
import { weightCurves } from '../session/weights.js';
import { retrievalTable, searchText } from '../tables.js';
import { answer, columns, faint, type Output, Progress, say, title } from '../terminal.js';
import { VERSION } from '../version.js';

export interface TrainCommand extends Output {
  /** A file of pairs; the sample if left out. */
  data: string | undefined;
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
  /** The command line, for the report. */
  command: string;
  signal: AbortSignal;
}

const SAMPLE_HOLD_OUT = 2000;
const SEARCH_RESULTS = 3;

/** @throws every code that data, options and files can give; E_DIVERGED, E_INTERRUPTED */
export async function train(command: TrainCommand): Promise<void> {
  const said = completeTrainOptions(command.train);
  const engine = await init(command.engine);
  const folder = await RunFolder.create(command.out ?? (await freeName(command.data, said.loss)), {
    overwrite: command.overwrite,
  });
  try {
    await trainIn(folder, command, said, engine);
  } catch (error) {
    await folder.discard();
    throw error;
  }
}

async function trainIn(folder: RunFolder, command: TrainCommand, said: TrainOptions, engine: Engine): Promise<void> {
  const data = await readData(command, said.seed);
  describeData(command, data);
  const options = { ...said, epochs: command.train.epochs ?? usualEpochs(rowCount(data.train), said.batchSize) };
  const vectors = command.init === undefined ? undefined : await readWordVectors(command.init);
  const encoder = RunEncoder.create(data.train, {
    encoder: command.encoder,
    features: command.features,
    seed: options.seed,
    ...(vectors === undefined ? {} : { init: vectors }),
  });
  const { parameterCount, dimension } = encoder;
  say(command, `Encoder: ${whole(parameterCount)} numbers to learn, embeddings of length ${dimension}`);
  const run = new Run(command, options, folder, data, encoder);
  const report: ReportData = {
    name: basename(folder.path),
    created: new Date().toISOString(),
    version: VERSION,
    settings: {
      data: dataSettings(command, data),
      encoder: encoder.config,
      features: featureSettings(encoder),
      train: { ...options },
    },
    environment: environmentOf(engine),
    command: command.command,
  };
  await run.writeConfig(report);
  if (data.test !== null) say(command, faint('Measuring the untrained encoder …'));
  const before = data.test === null ? null : ask(encoder, data.test);
  const result = await run.fit();
  say(command, faint('Measuring what it learned …'));
  await run.finish(report, before, result);
  if (result.stopped === 'interrupted') {
    throw new AdnceError('E_INTERRUPTED', {
      where: 'train',
      what: `the run was stopped at step ${result.steps}, the best weights so far are in ${folder.path}`,
      hint: 'search or evaluate them, or train anew',
    });
  }
}

async function readData(command: TrainCommand, seed: number): Promise<RunData> {
  const { data, read, holdOut } = command;
  if (data !== undefined) return await fileData(data, read, { holdOut, seed });
  say(command, faint('No data given: training on the built-in sample, WordNet (a dictionary of English).'));
  return await sampleData({ holdOut: holdOut ?? SAMPLE_HOLD_OUT, seed });
}

/** `runs/wordnet-adnce`, or the first free of `runs/wordnet-adnce-2`, … */
async function freeName(data: string | undefined, loss: string): Promise<string> {
  const source = data === undefined ? 'wordnet' : basename(data.split(',')[0] as string).replace(/\.[^/]*$/, '');
  const taken = new Set(await readdir('runs').catch(() => []));
  const name = `${source}-${loss}`;
  let free = name;
  for (let k = 2; taken.has(free); k++) free = `${name}-${k}`;
  return join('runs', free);
}

function dataSettings({ data, read, holdOut, init: start }: TrainCommand, { name }: RunData): Record<string, unknown> {
  return { name, path: data ?? null, ...read, holdOut: holdOut ?? null, init: start ?? null };
}

function featureSettings({ module }: RunEncoder): Record<string, unknown> | null {
  return 'features' in module ? { vocabulary: module.features.vocabularySize, ...module.features.options } : null;
}

function describeData(output: Output, { name, train: pairs, test, validation }: RunData): void {
  const held = test === null ? 'nothing held out' : `${whole(countItems(test.queries))} held out for the test`;
  const steer = validation === null ? '' : `, ${whole(countItems(validation.queries))} to steer by`;
  say(output, `${title(name)}: ${whole(rowCount(pairs))} pairs to train on, ${held}${steer}`);
}

/** A run between its first and its last file. */
class Run {
  readonly #command: TrainCommand;
  readonly #options: TrainOptions;
  readonly #folder: RunFolder;
  readonly #data: RunData;
  readonly #encoder: RunEncoder;
  readonly #measured: Measurements;

  constructor(command: TrainCommand, options: TrainOptions, folder: RunFolder, data: RunData, encoder: RunEncoder) {
    this.#command = command;
    this.#options = options;
    this.#folder = folder;
    this.#data = data;
    this.#encoder = encoder;
    this.#measured = new Measurements(options);
  }

  /** Configuration and tokenizer, before any weights. */
  async writeConfig({ name, created, version, settings, environment, command }: ReportData): Promise<void> {
    await this.#folder.writeConfig({ name, created, adnce: version, ...settings, environment, command });
    const { module } = this.#encoder;
    if ('features' in module) await this.#folder.writeTokenizer({ ...module.features.toJSON() });
  }

  async fit(): Promise<TrainResult> {
    const log = await this.#folder.createMetrics();
    const source = this.#encoder.source(this.#data.train);
    let progress: Progress | null = null;
    try {
      const trainer = new Trainer(this.#encoder.module, source, this.#options, {
        onStep: (step) => {
          log.append(this.#measured.step(step));
          const rate = (1000 * step.pairs) / step.trainingTime;
          progress?.update(step.step, `loss ${plain(step.loss)}  ${whole(rate)} pairs/s`);
        },
        ...(this.#data.validation === null ? {} : { evaluate: (at) => this.#validate(log, at.step) }),
        onEvaluated: async ({ step, score, best }) => {
          await log.flush();
          if (best) await this.#save(step, score);
        },
        signal: this.#command.signal,
      });
      progress = new Progress(this.#command, 'training', trainer.steps);
      return await trainer.run();
    } finally {
      progress?.stop();
      await log.close();
    }
  }

  #validate(log: MetricsLog, step: number): number {
    const answers = ask(this.#encoder, this.#data.validation as NonNullable<RunData['validation']>);
    log.append(this.#measured.validation(step, answers));
    return answers.result.metrics.MRR as number;
  }

  async #save(step: number, score: number | null): Promise<void> {
    const build = this.#encoder.engine.build;
    this.#measured.keep();
    await this.#encoder.save(this.#folder, {
      'adnce.build': build,
      'adnce.step': String(step),
      ...keptParameters(this.#measured.kept),
      ...(score === null ? {} : { 'adnce.score': String(score) }),
    });
  }

  /** Looks at the trained encoder, writes the report and prints the short of it. */
  async finish(report: ReportData, before: Answers | null, result: TrainResult): Promise<void> {
    const { test, train: pairs } = this.#data;
    const trained = test === null ? null : ask(this.#encoder, test);
    const answers = trained ?? this.#measured.latest;
    const { kept, report: measured } = this.#measured;
    const weights = answers === null ? null : weightCurves(this.#options, kept, answers);
    const suspects = test === null ? null : suspectsOf(this.#encoder, test, this.#options, kept);
    const retrieval = test === null || trained === null || before === null ? null : this.#retrieval(before, trained);
    const searches = await this.#searches();
    const seconds = result.trainingTime / 1000;
    const full: ReportData = {
      ...report,
      ...measured,
      summary: {
        pairs: rowCount(pairs),
        steps: result.steps,
        seconds,
        examplesPerSecond: seconds > 0 ? result.pairs / seconds : 0,
        parameters: this.#encoder.parameterCount,
      },
      ...(weights === null ? {} : { weights }),
      ...(suspects === null ? {} : { suspects }),
      ...(retrieval === null ? {} : { retrieval }),
      ...(searches.length === 0 ? {} : { searches }),
      ...(result.stopped === 'finished' ? {} : { stopped: stopReason(result) }),
    };
    await this.#folder.writeReportData({ ...full });
    // Plots take a while to load, so they come when all else is safe.
    const { renderReport } = await import('../../report/index.js');
    await this.#folder.writeReport(renderReport(full));
    this.#print(full, result);
  }

  #retrieval(before: Answers, trained: Answers): ReportRetrieval {
    const test = this.#data.test as NonNullable<RunData['test']>;
    return {
      queries: trained.result.queries,
      candidates: trained.result.candidates,
      note: `Held-out pairs, which training never saw; candidates are ${test.note}.`,
      rows: [
        ...askBaselines(test),
        { name: 'untrained', metrics: before.result.metrics },
        { name: 'trained', metrics: trained.result.metrics },
      ],
    };
  }

  async #searches(): Promise<ReportSearch[]> {
    const { searches, train: pairs } = this.#data;
    if (searches.length === 0 || pairs.kind !== 'text') return [];
    const { candidates } = this.#data.test ?? { candidates: [] };
    const texts = isTexts(candidates) ? candidates : await sampleTexts();
    const searcher = new Searcher(this.#encoder, texts);
    return searches.map((query) => searcher.search(query, SEARCH_RESULTS));
  }

  #print({ retrieval, searches, loss = [], summary }: ReportData, result: TrainResult): void {
    const output = this.#command;
    const { path, paths } = this.#folder;
    answer(output, { run: path, result, summary, retrieval: retrieval ?? null, searches: searches ?? [] });
    const curve = sparkline(
      loss.map((entry) => entry.loss ?? Number.NaN),
      Math.min(48, columns() - 40),
    );
    say(
      output,
      `\n${whole(result.steps)} steps in ${duration(result.trainingTime / 1000)}, ${whole(summary?.examplesPerSecond ?? 0)} pairs a second  ${faint('loss')} ${curve} ${plain(result.loss)}`,
    );
    if (retrieval !== undefined) {
      say(
        output,
        `\n${title('What it learned')}: ${whole(retrieval.queries)} held-out texts look for their partner among ${whole(retrieval.candidates)}`,
      );
      say(output, retrievalTable(retrieval.rows));
    }
    for (const search of searches ?? []) say(output, `\n${searchText(search)}`);
    say(output, `\nReport:      ${paths.report}`);
    if (this.#data.train.kind === 'text') say(output, `Search more: npx adnce search ${path} "your words"`);
  }
}

function stopReason({ stopped, steps, bestStep }: TrainResult): string {
  const reason = stopped === 'early' ? 'no evaluation was better for a while' : 'it was interrupted';
  return `${reason}, at step ${whole(steps)}; the weights are those of step ${whole(bestStep)}`;
}
