/**
 * The folder of a run:
 *
 *     config.json, tokenizer.json   what the encoder is; written once, before any weights
 *     model.safetensors             its best weights so far; written after each best evaluation
 *     metrics.jsonl                 what was measured on the way
 *     report.json, report.html      what there is to say in the end
 *
 * Each file is replaced as a whole, and the order keeps them of one mind: configuration and tokenizer can't change once there are
 * weights, and a run that takes another's place removes the old weights first. So a kill at any moment leaves the last good
 * checkpoint with the configuration it belongs to, or, before the first evaluation of a run, none. A run in the place of another
 * leaves that one alone until its first write, so that a wrong option costs nothing.
 */
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JsonRecord } from '../../data/jsonl.js';
import { AdnceError } from '../../errors.js';
import { mustBeBoolean, mustBeString, mustKnowKeys, nearest } from '../../options.js';
import { damaged } from '../header.js';
import type { NamedTensor, Safetensors } from '../safetensors.js';
import { codeOf, readError, writeError } from './io-error.js';
import { MetricsLog, readMetrics } from './metrics.js';
import { readCheckpoint, readJson } from './read.js';
import { makeFolder, removeStaleTemps, syncFolder, writeCheckpoint, writeFileAtomic } from './write.js';

/** Names of the files of a run. */
const FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  model: 'model.safetensors',
  metrics: 'metrics.jsonl',
  reportData: 'report.json',
  report: 'report.html',
} as const;

/** A file of a run. */
export type RunFile = keyof typeof FILES;

/** What config.json begins with. */
const HEAD = { format: 'adnce-run', version: 1 } as const;
/** What a run that takes another's place removes, in this order; its config.json is replaced. */
const REPLACED = ['model', 'report', 'reportData', 'metrics', 'tokenizer'] as const satisfies RunFile[];
const TRAIN_FIRST = 'train first: adnce train';

/** Options of {@link RunFolder.create}. */
export interface CreateRunOptions {
  /** Whether the run may take the place of another one in the same folder. Default false. */
  overwrite?: boolean;
}

/** How far the writing is: nothing yet, the old run gone, config.json there, weights there; or a run that was opened. */
type Phase = 'untouched' | 'cleared' | 'described' | 'trained' | 'opened';

/** The folder of a run, to be written by {@link RunFolder.create} or to be read by {@link RunFolder.open}. */
export class RunFolder {
  readonly path: string;
  /** Where each file of the run is, or would be. */
  readonly paths: Readonly<Record<RunFile, string>>;
  #phase: Phase;
  /** The removal of what another run left, once it has begun. */
  #clearing: Promise<void> | undefined;

  private constructor(path: string, phase: Phase) {
    this.path = path;
    this.#phase = phase;
    const pairs = Object.entries(FILES).map(([file, name]) => [file, join(path, name)]);
    this.paths = Object.fromEntries(pairs) as Record<RunFile, string>;
  }

  /**
   * Makes the folder of a new run.
   * @throws E_IO when it can't be made, has files of another kind, or has a run and `overwrite` is not set; E_OPTION
   */
  static async create(path: string, options: CreateRunOptions = {}): Promise<RunFolder> {
    mustBeString('RunFolder.create', 'path', path);
    mustKnowKeys('RunFolder.create', options, ['overwrite']);
    const overwrite = mustBeBoolean('RunFolder.create', 'overwrite', options.overwrite ?? false);
    const run = new RunFolder(path, 'untouched');
    await makeFolder(path);
    await removeStaleTemps(path);
    const names = await namesIn(path);
    if (names.length === 0) return run;
    if (!(await isRun(path))) {
      const what = `a new or empty folder is expected, got one with other files, such as "${names[0]}"`;
      throw new AdnceError('E_IO', { where: path, what, hint: 'choose another name; nothing was changed' });
    }
    if (!overwrite) {
      const hint = 'choose another name, or set overwrite (--overwrite) to replace that run';
      throw new AdnceError('E_IO', { where: path, what: 'a new or empty folder is expected, got a run', hint });
    }
    return run;
  }

  /**
   * The folder of a run that is there.
   * @throws E_IO when there is no such folder; E_CHECKPOINT when it is not a run, or one of another version
   */
  static async open(path: string): Promise<RunFolder> {
    mustBeString('RunFolder.open', 'path', path);
    await mustBeFolder(path);
    const run = new RunFolder(path, 'opened');
    await run.readConfig();
    return run;
  }

  /** Removes the folder again if nothing was written into it: a run that failed before its start leaves nothing. */
  async discard(): Promise<void> {
    if (this.#phase === 'untouched') await rmdir(this.path).catch(() => {});
  }

  /** config.json, its `format` and `version` included. @throws E_IO, E_CHECKPOINT */
  async readConfig(): Promise<JsonRecord> {
    const config = await this.#read('config', readJson);
    const { format, version } = config;
    if (format !== HEAD.format) {
      const what = `"format" must be "${HEAD.format}", got ${JSON.stringify(format)}`;
      throw damaged(this.paths.config, what, `it is the configuration of something else; ${TRAIN_FIRST}`);
    }
    if (version !== HEAD.version) {
      const what = `"version" must be ${HEAD.version}, got ${JSON.stringify(version)}`;
      throw damaged(this.paths.config, what, 'another version of adnce wrote the run; read it with that one');
    }
    return config;
  }

  /**
   * Writes config.json, after `format` and `version`.
   * @throws E_IO; E_STATE when the run has weights already
   */
  async writeConfig(config: JsonRecord): Promise<void> {
    await this.#describe('config', { ...HEAD, ...config, ...HEAD });
  }

  /** tokenizer.json. @throws E_IO, E_CHECKPOINT */
  async readTokenizer(): Promise<JsonRecord> {
    return await this.#read('tokenizer', readJson);
  }

  /** Writes tokenizer.json. @throws E_IO; E_STATE when the run has weights already */
  async writeTokenizer(tokenizer: JsonRecord): Promise<void> {
    await this.#describe('tokenizer', tokenizer);
  }

  /** model.safetensors, its digest verified. @throws E_IO, E_CHECKPOINT, E_MEMORY */
  async readModel(): Promise<Safetensors> {
    return await this.#read('model', readCheckpoint);
  }

  /**
   * Writes model.safetensors; the numbers must not change before the promise is settled.
   * @throws E_IO; E_STATE before config.json is written; as {@link safetensorsChunks}
   */
  async writeModel(tensors: Iterable<NamedTensor>, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#mustBe(['described', 'trained'], 'weights are written after writeConfig() of a new run');
    this.#phase = 'trained';
    await writeCheckpoint(this.paths.model, tensors, metadata);
  }

  /** Starts metrics.jsonl. @throws E_IO; E_STATE before config.json is written */
  async createMetrics(): Promise<MetricsLog> {
    this.#mustBe(['described', 'trained'], 'metrics are started after writeConfig() of a new run');
    return await MetricsLog.create(this.paths.metrics);
  }

  /** The entries of metrics.jsonl. @throws E_IO, E_CHECKPOINT */
  async readMetrics(): Promise<JsonRecord[]> {
    return await this.#read('metrics', readMetrics);
  }

  /** What the report is made from. @throws E_IO, E_CHECKPOINT */
  async readReportData(): Promise<JsonRecord> {
    return await this.#read('reportData', readJson);
  }

  /** Writes report.json. @throws E_IO; E_STATE before config.json is written */
  async writeReportData(data: JsonRecord): Promise<void> {
    await this.#report('reportData', JSON.stringify(data));
  }

  /** Writes report.html. @throws E_IO; E_STATE before config.json is written */
  async writeReport(html: string): Promise<void> {
    await this.#report('report', html);
  }

  async #report(file: RunFile, text: string): Promise<void> {
    this.#mustBe(['described', 'trained', 'opened'], 'a report is written after writeConfig()');
    await writeText(this.paths[file], text);
  }

  async #describe(file: 'config' | 'tokenizer', value: JsonRecord): Promise<void> {
    this.#mustBe(
      ['untouched', 'cleared', 'described'],
      `${FILES[file]} is written once, before the weights of a new run`,
    );
    this.#clearing ??= this.#clear();
    await this.#clearing;
    await writeText(this.paths[file], `${JSON.stringify(value, null, 2)}\n`);
    if (file === 'config') this.#phase = 'described';
  }

  /** Removes what another run left, its weights before all else. */
  async #clear(): Promise<void> {
    try {
      for (const file of REPLACED) await rm(this.paths[file], { force: true });
      await syncFolder(this.path);
    } catch (error) {
      throw await writeError(this.path, error);
    }
    this.#phase = 'cleared';
  }

  #mustBe(phases: readonly Phase[], rule: string): void {
    if (phases.includes(this.#phase)) return;
    const reality = this.#phase === 'opened' ? 'the run was opened to be read' : `the run is ${this.#phase}`;
    throw new AdnceError('E_STATE', {
      where: this.path,
      what: `${rule}, ${reality}`,
      hint: 'the order is create, writeConfig and writeTokenizer, writeModel',
    });
  }

  /** Reads a file; that it is not there at all is said in words of the run. */
  async #read<T>(file: RunFile, read: (path: string) => Promise<T>): Promise<T> {
    try {
      return await read(this.paths[file]);
    } catch (error) {
      if (codeOf((error as Error).cause) !== 'ENOENT') throw error;
      const what = `a run must have ${FILES[file]}, got none`;
      throw damaged(this.path, what, await hintForMissing(this.path, file), error);
    }
  }
}

async function hintForMissing(path: string, file: RunFile): Promise<string> {
  if (file !== 'config') return `the run may have been stopped before it was written; ${TRAIN_FIRST}`;
  const inside = await runsIn(path);
  return inside.length > 0 ? `name a run in it, such as "${join(path, inside[0] as string)}"` : await nearestRun(path);
}

async function mustBeFolder(path: string): Promise<void> {
  let reality = 'a file';
  let hint = `name the folder "${dirname(path)}"`;
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw await readError(path, error);
    reality = 'nothing at this path';
    hint = await nearestRun(path);
  }
  throw new AdnceError('E_IO', { where: path, what: `the folder of a run is expected, got ${reality}`, hint });
}

/** A hint at the run beside a path whose name is the most like it. */
async function nearestRun(path: string): Promise<string> {
  const others = (await runsIn(dirname(path))).filter((name) => name !== basename(path));
  const [first] = others;
  if (first === undefined) return TRAIN_FIRST;
  const near = nearest(basename(path), others);
  const told = near === undefined ? 'name a run that is there, such as' : 'did you mean';
  return `${told} "${join(dirname(path), near ?? first)}"`;
}

/** Names of the runs in a folder; none if it can't be read. */
async function runsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const marks = await Promise.all(names.slice(0, 1000).map((name) => isRun(join(folder, name))));
  return names.filter((_, i) => marks[i] === true).sort();
}

async function isRun(path: string): Promise<boolean> {
  try {
    return (await readJson(join(path, FILES.config))).format === HEAD.format;
  } catch {
    return false;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw await readError(folder, error);
  }
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFileAtomic(path, [new TextEncoder().encode(text)]);
}
