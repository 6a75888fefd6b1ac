/** A training run from its first file to its last, in any storage: what a program, a page or a worker calls. */
import type { PairDataset } from '../data/index.js';
import { mustBeBoolean, mustKnowKeys } from '../options.js';
import {
  BagEncoder,
  completeTrainOptions,
  type StepReport,
  type TrainOptions,
  type TrainResult,
} from '../train/index.js';
import { VERSION } from '../version.js';
import { encoderConfig, type PairEncoder, readWeights, sourceOf, writeWords } from './encoder.js';
import { digestPairs } from './fingerprint.js';
import { identityConfig, type RunIdentity, resumePoint } from './identity.js';
import { createRun, isRun, resumeRun } from './open.js';
import type { Run } from './run.js';
import type { RunStorage } from './storage.js';
import { completeRun, resultOf, trainInRun } from './training.js';

/** What {@link trainRun} takes. */
export interface TrainRunOptions {
  /** A new encoder; it holds the best weights afterwards. */
  encoder: PairEncoder;
  pairs: PairDataset;
  train?: Partial<TrainOptions>;
  /** Whether to go on with the run that is there; where there is none a new one begins. Default false. */
  resume?: boolean;
  /** Whether a new run may take the place of another one. Default false. */
  overwrite?: boolean;
  /** Scores the current weights, larger is better: the best are kept. */
  evaluate?(at: { step: number; epoch: number }): number | Promise<number>;
  onStep?(report: StepReport): void;
  /** Told what was made good: a damaged state that was passed over. Default console.warn. */
  onNotice?(text: string): void;
  /** Seconds between two states; 0 for every step. A crash costs no more than that. Default 30. */
  stateEvery?: number;
  /** Stops the run after the running step; `resume` goes on from there. */
  signal?: AbortSignal;
}

const KEYS = [
  'encoder',
  'pairs',
  'train',
  'resume',
  'overwrite',
  'evaluate',
  'onStep',
  'onNotice',
  'stateEvery',
  'signal',
];

/**
 * Trains an encoder and keeps the run: configuration, metrics, best weights, and states to go on from. A run that is complete gives its
 * result, and the encoder its weights.
 * @throws E_LOCKED, E_IO, E_OPTION, E_DATA, E_CHECKPOINT as {@link createRun} and {@link resumePoint}; E_DIVERGED
 */
export async function trainRun(storage: RunStorage, task: TrainRunOptions): Promise<TrainResult> {
  mustKnowKeys('trainRun', task, KEYS);
  const resume = mustBeBoolean('trainRun', 'resume', task.resume ?? false);
  const goesOn = resume && (await isRun(storage));
  const run = goesOn ? await resumeRun(storage) : await createRun(storage, { overwrite: task.overwrite ?? false });
  try {
    return await trainIn(run, task, goesOn);
  } finally {
    await run.close();
  }
}

async function trainIn(run: Run, task: TrainRunOptions, goesOn: boolean): Promise<TrainResult> {
  const { encoder, pairs, evaluate, onStep, stateEvery, signal, onNotice = (text) => console.warn(text) } = task;
  const source = sourceOf(encoder, pairs);
  const identity = { data: digestPairs(pairs), encoder };
  let options = completeTrainOptions(task.train ?? {});
  const from = goesOn ? await resumePoint(run, identity, task.train ?? {}, onNotice) : null;
  const ended = goesOn ? await resultOf(run) : null;
  if (ended !== null) {
    await run.removeStates();
    await readWeights(run, encoder);
    return ended;
  }
  if (goesOn) options = (await run.readConfig()).train as TrainOptions;
  else await describe(run, task, options, identity);
  if (from === null) await writeWords(run, encoder);
  const result = await trainInRun(run, {
    module: encoder,
    source,
    options,
    from,
    ...(onStep === undefined ? {} : { onStep }),
    ...(stateEvery === undefined ? {} : { stateEvery }),
    ...(signal === undefined ? {} : { signal }),
    ...(evaluate === undefined
      ? {}
      : {
          evaluate: async (at, log) => {
            const score = await evaluate(at);
            log({ type: 'score', step: at.step, score });
            return score;
          },
        }),
  });
  if (result.stopped !== 'interrupted') await completeRun(run, encoder, result);
  return result;
}

async function describe(
  run: Run,
  { encoder, pairs }: TrainRunOptions,
  train: TrainOptions,
  identity: RunIdentity,
): Promise<void> {
  await run.writeConfig({
    name: pairs.name,
    created: new Date().toISOString(),
    adnce: VERSION,
    // No path: the data came from a program. Nothing is held out of them.
    data: { name: pairs.name, holdOut: 0 },
    encoder: { ...encoderConfig(encoder) },
    features:
      encoder instanceof BagEncoder
        ? { vocabulary: encoder.features.vocabularySize, ...encoder.features.options }
        : null,
    train,
    ...identityConfig(identity),
  });
}
