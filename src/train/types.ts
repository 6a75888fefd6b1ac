/** What a run tells while it goes, what it is told, and what it says in the end. */
import type { StepParameters } from './objective.js';
import type { TrainState } from './state.js';

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
  /**
   * Takes the state of the run, from which `Trainer.loadState` goes on: some time after the one before, and when the run is
   * interrupted, before its last evaluation. The run waits for it.
   */
  onState?(state: TrainState): void | Promise<void>;
  /** Seconds from one {@link onState} to the next, more where it takes long; 0 for every step. Default 30. */
  stateEvery?: number;
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
