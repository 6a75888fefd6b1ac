/**
 * The training loop: draws batches, runs steps, follows the schedule, evaluates, stops early and hands back the best weights. It
 * writes no files: what is to be kept goes to the callbacks.
 */
import { Batches } from '../data/index.js';
import { type Engine, engine } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import type { Module } from '../nn/index.js';
import { AdamW, clipGradNorm, learningRateAt, type ParameterGroup } from '../optim/index.js';
import { SparseParameter, scale, type Tensor } from '../tensor/index.js';
import { EarlyStop } from './early-stop.js';
import { Objective, type StepParameters } from './objective.js';
import { completeTrainOptions, mustHoldRadius, type TrainOptions } from './options.js';
import type { PairSource } from './source.js';

/** How the run stands after a step. */
export interface StepReport {
  /** Steps done, of how many. */
  step: number;
  steps: number;
  epoch: number;
  /** Mean loss of the step's batches, nats. */
  loss: number;
  learningRate: number;
  /** Global norm of the gradients before clipping. */
  gradNorm: number;
  /** Pairs seen since the run began. */
  pairs: number;
  /** Milliseconds of training, evaluations left out. */
  trainingTime: number;
  /** τ, μ and σ of the step. */
  parameters: Readonly<StepParameters>;
}

export interface TrainCallbacks {
  onStep?(report: StepReport): void;
  /** Scores the current weights, larger is better; called before the first step, some times an epoch and at the end. */
  evaluate?(report: { step: number; epoch: number }): number | Promise<number>;
  /**
   * Called after an evaluation, with whether it was the best so far: the moment to write a checkpoint. Where nothing is evaluated it
   * is called at the same moments, the score is null and the last weights are the best.
   */
  onEvaluated?(report: { step: number; epoch: number; score: number | null; best: boolean }): void | Promise<void>;
  /** Stops the run after the running step, with one more evaluation. */
  signal?: AbortSignal;
}

export interface TrainResult {
  steps: number;
  pairs: number;
  /** Milliseconds of training, evaluations left out. */
  trainingTime: number;
  /** Loss of the last step, nats. */
  loss: number;
  stopped: 'finished' | 'early' | 'interrupted';
  /** Step of the weights the module holds now, and their score if there was an evaluation. */
  bestStep: number;
  bestScore: number | null;
}

/** Milliseconds after which the loop lets the event loop run: signals, timers, a page's clicks. */
const YIELD_AFTER = 50;

/** Share of the learning rate that dense layers take. */
const DENSE_SHARE = 0.1;

/** Tables learn at the full rate, since few pairs move each of their rows; dense layers at a tenth of it. */
function groupsOf(module: Module, lr: number): ParameterGroup[] {
  const parameters = module.parameters();
  const tables = parameters.filter((parameter) => parameter instanceof SparseParameter);
  const dense = parameters.filter((parameter) => !(parameter instanceof SparseParameter));
  return [
    { params: tables, lr },
    { params: dense, lr: lr * DENSE_SHARE },
  ].filter(({ params }) => params.length > 0);
}

export class Trainer {
  readonly options: TrainOptions;
  readonly steps: number;
  readonly #module: Module;
  readonly #source: PairSource;
  readonly #callbacks: TrainCallbacks;
  readonly #batches: Batches;
  readonly #optimizer: AdamW;
  readonly #objective: Objective;
  readonly #early: EarlyStop;
  readonly #engine: Engine;
  #best: Map<string, Float32Array> | null = null;
  #done = 0;
  #pairs = 0;
  #time = 0;
  #loss = Number.NaN;

  /** @throws E_OPTION, E_DATA when the data set holds less than one batch of two pairs */
  constructor(module: Module, source: PairSource, options: Partial<TrainOptions> = {}, callbacks: TrainCallbacks = {}) {
    this.options = completeTrainOptions(options);
    this.#engine = engine();
    this.#module = module;
    this.#source = source;
    this.#callbacks = callbacks;
    if (source.count < 2) {
      throw new AdnceError('E_DATA', { where: 'train', what: `at least 2 pairs are needed, got ${source.count}` });
    }
    const { seed, epochs, accumulate, learningRate, weightDecay } = this.options;
    const batchSize = Math.min(this.options.batchSize, source.count);
    mustHoldRadius(this.options, batchSize);
    this.#batches = new Batches(source.count, {
      batchSize,
      seed,
      ...(source.keys === undefined ? {} : { keys: source.keys }),
    });
    let steps = 0;
    for (let k = 0; k < epochs; k++) steps += Math.ceil(this.#usableBatches(k).length / accumulate);
    this.steps = steps;
    this.#optimizer = new AdamW(groupsOf(module, learningRate), { lr: learningRate, weightDecay });
    this.#objective = new Objective(this.options, source.dimension);
    this.#early = new EarlyStop(this.options.patience);
  }

  /**
   * Batches of an epoch worth a step. Where a text is in very many pairs, what is left of an epoch is a tail of small
   * batches, which have few negatives and would take as many steps as all the rest: batches under half of the full size
   * are left out, and other rows end there in the next epoch.
   */
  #usableBatches(epoch: number): Int32Array[] {
    const least = Math.max(2, this.#batches.batchSize / 2);
    const batches = [...this.#batches.epoch(epoch)];
    const usable = batches.filter((rows) => rows.length >= least);
    return usable.length > 0 ? usable : batches.filter((rows) => rows.length >= 2);
  }

  /**
   * Trains. The module holds the best weights afterwards (the last ones where nothing was evaluated or the run was
   * interrupted before its first evaluation).
   * @throws E_DIVERGED when the loss is no longer finite; the module then holds the best weights too
   */
  async run(): Promise<TrainResult> {
    try {
      const stopped = await this.#epochs();
      return this.#result(stopped);
    } finally {
      this.#restoreBest();
      this.#module.eval();
      this.#optimizer.free();
      this.#objective.free();
    }
  }

  async #epochs(): Promise<TrainResult['stopped']> {
    await this.#evaluate(0);
    for (let epoch = 0; epoch < this.options.epochs; epoch++) {
      const batches = this.#usableBatches(epoch);
      const { accumulate, evaluations } = this.options;
      const count = Math.ceil(batches.length / accumulate);
      let rested = performance.now();
      for (let k = 0; k < count; k++) {
        this.#step(batches.slice(k * accumulate, (k + 1) * accumulate), epoch);
        if (performance.now() - rested > YIELD_AFTER) {
          await new Promise((resolve) => setTimeout(resolve));
          rested = performance.now();
        }
        if (this.#callbacks.signal?.aborted === true) {
          await this.#evaluate(epoch);
          return 'interrupted';
        }
        // Evaluations stand at even distances, the last at the end of the epoch.
        const due = Math.floor(((k + 1) * evaluations) / count) > Math.floor((k * evaluations) / count);
        if (due) {
          await this.#evaluate(epoch + 1);
          if (this.#early.exhausted) return 'early';
        }
      }
    }
    return 'finished';
  }

  #step(batches: readonly Int32Array[], epoch: number): void {
    const start = performance.now();
    const { clipNorm, schedule, warmup, learningRate } = this.options;
    const lr = learningRate * learningRateAt(this.#done, this.steps, { schedule, warmup });
    this.#module.train();
    this.#optimizer.lr = lr;
    let gradNorm = 0;
    this.#loss = this.#engine.step(() => {
      let total = 0;
      for (const rows of batches) {
        const loss = this.#lossOf(rows);
        total += loss.item();
        (batches.length === 1 ? loss : scale(loss, 1 / batches.length)).backward();
      }
      gradNorm = clipGradNorm(this.#module.parameters(), clipNorm === 0 ? Number.POSITIVE_INFINITY : clipNorm);
      this.#mustBeFinite(total, gradNorm);
      this.#optimizer.step();
      this.#optimizer.zeroGrad();
      return total / batches.length;
    });
    this.#done++;
    for (const rows of batches) this.#pairs += rows.length;
    this.#time += performance.now() - start;
    this.#callbacks.onStep?.({
      step: this.#done,
      steps: this.steps,
      epoch,
      loss: this.#loss,
      learningRate: lr,
      gradNorm,
      pairs: this.#pairs,
      trainingTime: this.#time,
      parameters: { ...this.#objective.parameters },
    });
  }

  #lossOf(rows: Int32Array): Tensor {
    const a = this.#source.anchors(rows);
    const b = this.#source.positives(rows);
    return this.#objective.loss(a, b, this.#source.negatives?.(rows));
  }

  #mustBeFinite(loss: number, gradNorm: number): void {
    if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
    throw new AdnceError('E_DIVERGED', {
      where: `step ${this.#done + 1}`,
      what: `loss and gradient must be finite, got a loss of ${loss} and a gradient norm of ${gradNorm}`,
      hint: 'lower the learning rate, raise the temperature or set clipNorm; the best weights so far are kept',
    });
  }

  async #evaluate(epoch: number): Promise<void> {
    this.#module.eval();
    const step = this.#done;
    const score = (await this.#callbacks.evaluate?.({ step, epoch })) ?? null;
    const best = score === null || this.#early.observe(step, score);
    if (best && score !== null) this.#best = this.#module.stateDict();
    await this.#callbacks.onEvaluated?.({ step, epoch, score, best });
  }

  #restoreBest(): void {
    if (this.#best !== null && this.#early.bestStep !== this.#done) this.#module.loadStateDict(this.#best);
    this.#best = null;
  }

  #result(stopped: TrainResult['stopped']): TrainResult {
    const evaluated = this.#early.bestStep >= 0;
    return {
      steps: this.#done,
      pairs: this.#pairs,
      trainingTime: this.#time,
      loss: this.#loss,
      stopped,
      bestStep: evaluated ? this.#early.bestStep : this.#done,
      bestScore: evaluated ? this.#early.best : null,
    };
  }
}
