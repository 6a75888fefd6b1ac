/**
 * A run as files of a storage:
 *
 *     config.json, tokenizer.json   what the encoder is; written once, before any weights
 *     model.safetensors             its best weights so far; written after each best evaluation
 *     metrics.jsonl                 what was measured on the way
 *     state-a, state-b.safetensors  where the run can be gone on from, the newest and the one before; gone at its end
 *     result.json                   how it ended
 *     report.json, report.html      what there is to say in the end
 *
 * Each file is replaced as a whole, and the order keeps them of one mind: configuration and tokenizer can't change once there are
 * weights, and a run that takes another's place removes the old weights first. So a kill at any moment leaves the last good
 * checkpoint with the configuration it belongs to, or, before the first evaluation of a run, none. A run in the place of another
 * leaves that one alone until its first write, so that a wrong option costs nothing.
 */

import { damaged } from '../checkpoint/header.js';
import { type NamedTensor, type Safetensors, safetensorsChunks } from '../checkpoint/safetensors.js';
import type { JsonRecord } from '../data/jsonl.js';
import { AdnceError } from '../errors.js';
import { MetricsLog, parseMetrics } from './metrics.js';
import { newestState, type StoredState, stateChunks, statesIn } from './state.js';
import type { RunLock, RunStorage } from './storage.js';
import { readStoredJson, readStoredTensors } from './stored.js';

/** Names of the files of a run. */
export const RUN_FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  model: 'model.safetensors',
  metrics: 'metrics.jsonl',
  stateA: 'state-a.safetensors',
  stateB: 'state-b.safetensors',
  result: 'result.json',
  reportData: 'report.json',
  report: 'report.html',
} as const;

/** A file of a run. */
export type RunFile = keyof typeof RUN_FILES;

/** What config.json begins with. */
export const HEAD = { format: 'adnce-run', version: 1 } as const;
const STATES = [RUN_FILES.stateA, RUN_FILES.stateB] as const;
/** What a run that takes another's place removes, in this order; its config.json is replaced. */
const REPLACED = ['stateA', 'stateB', 'result', 'model', 'report', 'reportData', 'metrics', 'tokenizer'] as const;
export const TRAIN_FIRST = 'train first: adnce train';

/**
 * How far the writing is: nothing yet, the old run gone, config.json there, weights there; or a run that was opened to be read, or
 * is gone on with.
 */
type Phase = 'untouched' | 'cleared' | 'described' | 'trained' | 'opened' | 'resumed';
/** Phases in which weights, states and metrics may be written. */
const TRAINING: readonly Phase[] = ['described', 'trained', 'resumed'];

/** How a run was found, and the lock of one that is written. */
export interface Opening {
  phase: Phase;
  lock: RunLock | null;
}

/** A run, to be written by {@link createRun} and {@link resumeRun} or to be read by {@link openRun}. */
export class Run {
  readonly storage: RunStorage;
  #phase: Phase;
  #lock: RunLock | null;
  /** The removal of what another run left, once it has begun. */
  #clearing: Promise<void> | undefined;
  /** Where the next state goes: the place of the older one. */
  #slot: 0 | 1 = 0;

  constructor(storage: RunStorage, { phase, lock }: Opening) {
    this.storage = storage;
    this.#phase = phase;
    this.#lock = lock;
  }

  /** Gives the lock up, and removes a place in which nothing was written: a run that failed before its start leaves nothing. */
  async close(): Promise<void> {
    await this.#lock?.release();
    this.#lock = null;
    if (this.#phase === 'untouched') await this.storage.discard();
  }

  /** config.json, its `format` and `version` included. @throws E_IO, E_CHECKPOINT */
  async readConfig(): Promise<JsonRecord> {
    const config = await this.#must('config', readStoredJson(this.storage, RUN_FILES.config));
    const place = this.storage.placeOf(RUN_FILES.config);
    const { format, version } = config;
    if (format !== HEAD.format) {
      const what = `"format" must be "${HEAD.format}", got ${JSON.stringify(format)}`;
      throw damaged(place, what, `it is the configuration of something else; ${TRAIN_FIRST}`);
    }
    if (version !== HEAD.version) {
      const what = `"version" must be ${HEAD.version}, got ${JSON.stringify(version)}`;
      throw damaged(place, what, 'another version of adnce wrote the run; read it with that one');
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
    return await this.#must('tokenizer', readStoredJson(this.storage, RUN_FILES.tokenizer));
  }

  /** Writes tokenizer.json. @throws E_IO; E_STATE when the run has weights already */
  async writeTokenizer(tokenizer: JsonRecord): Promise<void> {
    await this.#describe('tokenizer', tokenizer);
  }

  /** model.safetensors, its digest verified. @throws E_IO, E_CHECKPOINT, E_MEMORY */
  async readModel(): Promise<Safetensors> {
    return await this.#must('model', readStoredTensors(this.storage, RUN_FILES.model));
  }

  /**
   * Writes model.safetensors; the numbers must not change before the promise is settled.
   * @throws E_IO; E_STATE before config.json is written; as {@link safetensorsChunks}
   */
  async writeModel(tensors: Iterable<NamedTensor>, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#mustBe(TRAINING, 'weights are written after writeConfig() of a new run');
    if (this.#phase === 'described') this.#phase = 'trained';
    await this.storage.write(RUN_FILES.model, safetensorsChunks(tensors, metadata));
  }

  /**
   * Opens metrics.jsonl for more.
   * @param length bytes to keep, 0 for a new one
   * @throws E_IO; E_STATE before config.json is written
   */
  async openMetrics(length = 0): Promise<MetricsLog> {
    this.#mustBe(TRAINING, 'metrics are started after writeConfig() of a new run');
    return await MetricsLog.open(this.storage, RUN_FILES.metrics, length);
  }

  /**
   * The entries of metrics.jsonl.
   * @param length bytes to look at
   * @throws E_IO, E_CHECKPOINT
   */
  async readMetrics(length?: number): Promise<JsonRecord[]> {
    const bytes = await this.#must('metrics', this.storage.read(RUN_FILES.metrics, 0, length));
    return parseMetrics(bytes, this.storage.placeOf(RUN_FILES.metrics));
  }

  /**
   * The newest state that is whole; null where none was written.
   * @param onDamage told of a state that can't be used, where the one before it can
   * @throws E_CHECKPOINT when none of those that are there can be used, or another version of adnce wrote it; E_IO, E_MEMORY
   */
  async readState(onDamage: (error: AdnceError) => void = () => {}): Promise<StoredState | null> {
    const states = await statesIn(this.storage, STATES, RUN_FILES.metrics);
    const newest = newestState(states, onDamage);
    this.#slot = newest?.slot === 0 ? 1 : 0;
    return newest?.state ?? null;
  }

  /** Writes a state in the place of the older of the two. @throws E_IO; E_STATE before config.json is written */
  async writeState(state: StoredState): Promise<void> {
    this.#mustBe(TRAINING, 'states are written after writeConfig() of a new run');
    const slot = this.#slot;
    await this.storage.write(STATES[slot], stateChunks(state));
    this.#slot = slot === 0 ? 1 : 0;
  }

  /** Removes both states: the run is over. */
  async removeStates(): Promise<void> {
    await this.storage.remove(STATES);
  }

  /** How the run ended; null while it has not. @throws E_IO, E_CHECKPOINT */
  async readResult(): Promise<JsonRecord | null> {
    return await readStoredJson(this.storage, RUN_FILES.result);
  }

  /** Writes result.json: the run is complete. @throws E_IO; E_STATE before config.json is written */
  async writeResult(result: JsonRecord): Promise<void> {
    this.#mustBe(TRAINING, 'a result is written after writeConfig() of a new run');
    await this.#text('result', `${JSON.stringify(result, null, 2)}\n`);
  }

  /** Whether a file is there. @throws E_IO */
  async has(file: RunFile): Promise<boolean> {
    return (await this.storage.size(RUN_FILES[file])) !== null;
  }

  /** What the report is made from. @throws E_IO, E_CHECKPOINT */
  async readReportData(): Promise<JsonRecord> {
    return await this.#must('reportData', readStoredJson(this.storage, RUN_FILES.reportData));
  }

  /** Writes report.json. @throws E_IO; E_STATE before config.json is written */
  async writeReportData(data: JsonRecord): Promise<void> {
    this.#mustBe([...TRAINING, 'opened'], 'a report is written after writeConfig()');
    await this.#text('reportData', JSON.stringify(data));
  }

  /** Writes report.html. @throws E_IO; E_STATE before config.json is written */
  async writeReport(html: string): Promise<void> {
    this.#mustBe([...TRAINING, 'opened'], 'a report is written after writeConfig()');
    await this.#text('report', html);
  }

  /** A hint for a run that lacks its config.json. */
  protected async hintWithoutConfig(): Promise<string> {
    return TRAIN_FIRST;
  }

  async #describe(file: 'config' | 'tokenizer', value: JsonRecord): Promise<void> {
    const phases: readonly Phase[] = ['untouched', 'cleared', 'described'];
    // A run that was killed before its first state begins anew, and may lack its words.
    const allowed = file === 'tokenizer' ? [...phases, 'resumed' as const] : phases;
    this.#mustBe(allowed, `${RUN_FILES[file]} is written once, before the weights of a new run`);
    this.#clearing ??= this.storage.remove(REPLACED.map((name) => RUN_FILES[name]));
    await this.#clearing;
    if (this.#phase === 'untouched') this.#phase = 'cleared';
    await this.#text(file, `${JSON.stringify(value, null, 2)}\n`);
    if (file === 'config') this.#phase = 'described';
  }

  #mustBe(phases: readonly Phase[], rule: string): void {
    if (phases.includes(this.#phase)) return;
    const reality = this.#phase === 'opened' ? 'the run was opened to be read' : `the run is ${this.#phase}`;
    throw new AdnceError('E_STATE', {
      where: this.storage.place,
      what: `${rule}, ${reality}`,
      hint: 'the order is create, writeConfig and writeTokenizer, writeModel',
    });
  }

  /** What was read; that it is not there at all is said in words of the run. */
  async #must<T>(file: RunFile, reading: Promise<T | null>): Promise<T> {
    const value = await reading;
    if (value !== null) return value;
    const stopped = `the run may have been stopped before it was written; ${TRAIN_FIRST}`;
    const hint = file === 'config' ? await this.hintWithoutConfig() : stopped;
    throw damaged(this.storage.place, `a run must have ${RUN_FILES[file]}, got none`, hint);
  }

  async #text(file: RunFile, text: string): Promise<void> {
    await this.storage.write(RUN_FILES[file], [new TextEncoder().encode(text)]);
  }
}
