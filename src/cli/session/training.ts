/** The training of a run: its steps are shown and measured, and the weights that rank held-out pairs best are kept. */

import { plain, whole } from '../../report/format.js';
import { type StoredState, trainInRun } from '../../runs/index.js';
import type { RunFolder } from '../../runs/node.js';
import type { TrainOptions, TrainResult } from '../../train/index.js';
import { type Output, Progress } from '../terminal.js';
import type { RunData } from './data.js';
import type { RunEncoder } from './encoder.js';
import type { Measurements } from './measurements.js';
import { ask } from './retrieval.js';

/** A run that is about to train. */
export interface ReadyRun {
  /** How it talks, when it keeps a state, and when it is to stop. */
  command: Output & { stateEvery: number | undefined; signal: AbortSignal };
  folder: RunFolder;
  data: RunData;
  encoder: RunEncoder;
  options: TrainOptions;
  /** Where it goes on; null for its beginning. */
  from: StoredState | null;
}

/** Trains, and takes what it measures. @throws as {@link trainInRun} */
export async function trainEncoder(run: ReadyRun, measured: Measurements): Promise<TrainResult> {
  const { command, folder, data, encoder, options, from } = run;
  const { validation } = data;
  if (from !== null) {
    measured.restore(await folder.readMetrics(from.metrics), from.progress.objective.now, from.kept);
  }
  let progress: Progress | null = null;
  try {
    return await trainInRun(folder, {
      module: encoder.module,
      source: encoder.source(data.train),
      options,
      from,
      onStep: (step) => {
        measured.step(step);
        progress ??= new Progress(command, 'training', step.steps, step.step - 1);
        const rate = (1000 * step.pairs) / step.trainingTime;
        progress.update(step.step, `loss ${plain(step.loss)}  ${whole(rate)} pairs/s`);
      },
      onKept: (parameters) => {
        measured.kept = parameters;
      },
      ...(validation === null
        ? {}
        : {
            evaluate: ({ step }, log) => {
              const answers = ask(encoder, validation);
              log(measured.validation(step, answers));
              return answers.result.metrics.MRR as number;
            },
          }),
      ...(command.stateEvery === undefined ? {} : { stateEvery: command.stateEvery }),
      signal: command.signal,
    });
  } finally {
    (progress as Progress | null)?.stop();
  }
}
