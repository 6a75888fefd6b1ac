/**
 * The training loop: draws batches, runs steps, follows the schedule, evaluates, stops early and hands back the best weights. It
 * writes no files: what is to be kept goes to the callbacks.
 */
import { Batches } from '../data/index.js';
import { type Engine, engine } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { Dropout, type Module } from '../nn/index.js';
import { AdamW, clipGradNorm, learningRateAt } from '../optim/index.js';
import { mustBeNumber } from '../options.js';
import { scale, type Tensor } from '../tensor/index.js';
import { EarlyStop } from './early-stop.js';
import { groupsOf } from './groups.js';
import { Objective } from './objective.js';
import { completeTrainOptions, mustHoldRadius, type TrainOptions } from './options.js';
import type { PairSource } from './source.js';
import { mustContinue, putTensors, type TrainProgress, type TrainState, takeTensors } from './state.js';
import type { TrainCallbacks, TrainResult } from './types.js';

/** Milliseconds after which the loop lets the event loop run: signals, timers, a page's clicks. */
const YIELD_AFTER = 50;

/** Seconds between two states, and the pause in times of what the last one took: states take a twentieth of the time at most. */
const STATE_EVERY = 30;
const STATE_PAUSE = 19;

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
  readonly #stateEvery: number;
  #phase: 'new' | 'loaded' | 'running' | 'over' = 'new';
  #best: Map<string, Float32Array> | null = null;
  #epoch = 0;
  /** Steps done in the epoch. */
  #position = 0;
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
    this.#stateEvery = 1000 * mustBeNumber('train', 'stateEvery', callbacks.stateEvery ?? STATE_EVERY, { min: 0 });
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
   * @throws E_DIVERGED when the loss is no longer finite; the module then holds the best weights too; E_STATE when called twice
   */
  async run(): Promise<TrainResult> {
    this.#mustBe(['new', 'loaded'], 'a trainer runs once');
    const isNew = this.#phase === 'new';
    this.#phase = 'running';
    try {
      if (isNew) await this.#evaluate(0);
      const stopped = await this.#epochs();
      return this.#result(stopped);
    } finally {
      this.#phase = 'over';
      this.#restoreBest();
      this.#module.eval();
      this.#optimizer.free();
      this.#objective.free();
    }
  }

  async #epochs(): Promise<TrainResult['stopped']> {
    const { accumulate, evaluations, epochs } = this.options;
    let rested = performance.now();
    let kept = rested;
    let pause = this.#stateEvery;
    for (; this.#epoch < epochs; this.#epoch++, this.#position = 0) {
      const batches = this.#usableBatches(this.#epoch);
      const count = Math.ceil(batches.length / accumulate);
      while (this.#position < count) {
        const k = this.#position++;
        this.#step(batches.slice(k * accumulate, (k + 1) * accumulate));
        if (performance.now() - rested > YIELD_AFTER) {
          await new Promise((resolve) => setTimeout(resolve));
          rested = performance.now();
        }
        // Evaluations stand at even distances, the last at the end of the epoch.
        const due = Math.floor(((k + 1) * evaluations) / count) > Math.floor((k * evaluations) / count);
        if (due) {
          await this.#evaluate(this.#epoch + 1);
          if (this.#early.exhausted) return 'early';
        }
        const interrupted = this.#callbacks.signal?.aborted === true && this.#done < this.steps;
        if (interrupted || performance.now() - kept >= pause) {
          const start = performance.now();
          await this.#callbacks.onState?.(this.state());
          kept = performance.now();
          if (pause > 0) pause = Math.max(this.#stateEvery, STATE_PAUSE * (kept - start));
        }
        if (!interrupted) continue;
        // A run that goes on from its state never made this evaluation.
        if (!due) await this.#evaluate(this.#epoch);
        return 'interrupted';
      }
    }
    return 'finished';
  }

  /** Copies of all that the rest of the run depends on; to be taken between two steps. @throws E_STATE after the run */
  state(): TrainState {
    this.#mustBe(['new', 'loaded', 'running'], 'a state is taken before the end of the run');
    const tensors = new Map<string, Float32Array>();
    putTensors(tensors, 'weights', this.#module.stateDict());
    putTensors(tensors, 'optimizer', this.#optimizer.stateDict());
    if (this.#best !== null) putTensors(tensors, 'best', this.#best);
    const queue = this.#objective.queueRows();
    if (queue !== null) tensors.set('queue', queue);
    const progress: TrainProgress = {
      options: { ...this.options },
      count: this.#source.count,
      epoch: this.#epoch,
      position: this.#position,
      step: this.#done,
      pairs: this.#pairs,
      trainingTime: this.#time,
      loss: Number.isNaN(this.#loss) ? null : this.#loss,
      early: this.#early.state(),
      objective: this.#objective.state(),
      turns: this.#dropouts().map(({ turn }) => turn),
    };
    return { progress, tensors };
  }

  /**
   * Goes on from a state, with the same bits as a run without the break; to be called before {@link run}. Module, data and options
   * must be those of the run it was taken from.
   * @throws E_OPTION, E_DATA, E_CHECKPOINT saying what differs; E_STATE after run()
   */
  loadState({ progress, tensors }: TrainState): void {
    this.#mustBe(['new'], 'a state is loaded once, before the run');
    mustContinue(progress, this.options, this.#source.count, this.steps);
    if (progress.early.best !== null && this.#callbacks.evaluate === undefined) {
      throw new AdnceError('E_OPTION', {
        where: 'train',
        what: 'the run was steered by a score, "evaluate" must give it again',
        hint: 'pass the same function, or go on with the run where it was begun',
      });
    }
    const dropouts = this.#dropouts();
    const best = takeTensors(tensors, 'best');
    if (dropouts.length !== progress.turns.length || (best === null) !== (progress.early.best === null)) {
      throw new AdnceError('E_CHECKPOINT', { where: 'train', what: 'the state must be one of this module' });
    }
    this.#module.loadStateDict(takeTensors(tensors, 'weights') ?? new Map());
    this.#optimizer.loadStateDict(takeTensors(tensors, 'optimizer') ?? new Map());
    this.#objective.load(progress.objective, tensors.get('queue') ?? null);
    this.#early.load(progress.early);
    dropouts.forEach((dropout, i) => {
      dropout.turn = progress.turns[i] as number;
    });
    this.#best = best;
    this.#epoch = progress.epoch;
    this.#position = progress.position;
    this.#done = progress.step;
    this.#pairs = progress.pairs;
    this.#time = progress.trainingTime;
    this.#loss = progress.loss ?? Number.NaN;
    this.#phase = 'loaded';
  }

  #dropouts(): Dropout[] {
    return this.#module.modules().filter((module) => module instanceof Dropout);
  }

  #mustBe(phases: readonly string[], rule: string): void {
    if (phases.includes(this.#phase)) return;
    throw new AdnceError('E_STATE', { where: 'train', what: `${rule}, this one is ${this.#phase}` });
  }

  #step(batches: readonly Int32Array[]): void {
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
      epoch: this.#epoch,
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
