/**
 * The state of a run between two steps: all that its later steps depend on, as numbers by name and a plain object for JSON. What is
 * a function of the seed (first weights, batches, masks of dropout) is not kept but counted: a run that goes on from a state takes
 * the very steps it would have taken without the break.
 *
 *     tensors     weights.<name>    optimizer.<name>    best.<name>    queue
 */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber } from '../options.js';
import type { EarlyStopState } from './early-stop.js';
import type { ObjectiveState } from './objective.js';
import type { TrainOptions } from './options.js';

/** Where a run stands. */
export interface TrainProgress {
  options: TrainOptions;
  /** Pairs of the data set. */
  count: number;
  /** The epoch that is running, from 0, and the steps done in it. */
  epoch: number;
  position: number;
  /** Steps done, and pairs seen. */
  step: number;
  pairs: number;
  /** Milliseconds. */
  trainingTime: number;
  /** Of the latest step, nats; null before the first. */
  loss: number | null;
  early: EarlyStopState;
  objective: ObjectiveState;
  /** The next mask of each dropout layer, in the order of the modules. */
  turns: number[];
}

/** Everything a run needs to go on with the same bits. */
export interface TrainState {
  /** Plain JSON. */
  progress: TrainProgress;
  /** Copies, by name. */
  tensors: Map<string, Float32Array>;
}

/** Puts tensors into a state, under a prefix. */
export function putTensors(
  tensors: Map<string, Float32Array>,
  prefix: string,
  own: ReadonlyMap<string, Float32Array>,
): void {
  for (const [name, values] of own) tensors.set(`${prefix}.${name}`, values);
}

/** The tensors of a state under a prefix, without it; null where there are none. */
export function takeTensors(
  tensors: ReadonlyMap<string, Float32Array>,
  prefix: string,
): Map<string, Float32Array> | null {
  const own = [...tensors].filter(([name]) => name.startsWith(`${prefix}.`));
  return own.length === 0 ? null : new Map(own.map(([name, values]) => [name.slice(prefix.length + 1), values]));
}

/**
 * Refuses the state of another run.
 * @throws E_OPTION when an option differs, with both values; E_DATA for another number of pairs; E_CHECKPOINT when it can't be
 */
export function mustContinue(progress: TrainProgress, options: TrainOptions, count: number, steps: number): void {
  mustHaveOptions(progress.options, options);
  if (progress.count !== count) {
    throw new AdnceError('E_DATA', {
      where: 'train',
      what: `a run goes on with its own data, ${progress.count} pairs, got ${count}`,
      hint: 'bring the data back as they were, or start a new run',
    });
  }
  try {
    mustBeInteger('train', 'step', progress.step, { min: 0, max: steps });
    mustBeInteger('train', 'position', progress.position, { min: 0, max: progress.step });
    mustBeInteger('train', 'epoch', progress.epoch, { min: 0, max: options.epochs });
    mustBeInteger('train', 'pairs', progress.pairs, { min: 0 });
    mustBeNumber('train', 'trainingTime', progress.trainingTime, { min: 0 });
    for (const turn of progress.turns) mustBeInteger('train', 'turns', turn, { min: 0, max: 2 ** 32 - 1 });
  } catch (cause) {
    throw new AdnceError('E_CHECKPOINT', { where: 'train', what: `the state does not fit: ${String(cause)}`, cause });
  }
}

/**
 * Refuses options other than those of a run.
 * @param wanted those that are said; what is left out is the run's
 * @throws E_OPTION with every option that differs and both values
 */
export function mustHaveOptions<Options extends object>(own: Options, wanted: Partial<Options>): void {
  const keys = Object.keys(wanted) as (keyof Options & string)[];
  const text = (value: unknown) => JSON.stringify(value);
  const others = keys.filter((key) => text(own[key]) !== text(wanted[key]));
  if (others.length === 0) return;
  const list = others.map((key) => `"${key}" ${text(own[key])}, got ${text(wanted[key])}`);
  throw new AdnceError('E_OPTION', {
    where: 'train',
    what: `a run goes on with its own options: ${list.join('; ')}`,
    hint: 'leave them out, or start a new run',
  });
}
