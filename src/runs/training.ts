/**
 * Training that is kept: every step in metrics.jsonl, the best weights in model.safetensors, and now and then a state from which the
 * run goes on with the bits it would have had without the break.
 *
 *     metrics flushed → state written, in the place of the older of two → …
 *     resume: newest whole state → metrics cut to it → best weights of the state written again → next step
 */
import type { JsonRecord } from '../data/jsonl.js';
import { engine } from '../engine/index.js';
import type { Module } from '../nn/index.js';
import {
  type PairSource,
  type StepParameters,
  type StepReport,
  startOf,
  type TrainCallbacks,
  Trainer,
  type TrainOptions,
  type TrainResult,
} from '../train/index.js';
import { weightTensors } from './encoder.js';
import { digestWeights } from './fingerprint.js';
import type { MetricsLog } from './metrics.js';
import type { Run } from './run.js';
import type { StoredState } from './state.js';

/** Where the metadata of model.safetensors have τ, μ and σ of the weights. */
export const KEPT_PARAMETERS = { temperature: 'adnce.temperature', mu: 'adnce.mu', sigma: 'adnce.sigma' } as const;

/** τ, μ and σ of weights as the metadata of their file. */
export function keptParameters({ temperature, mu, sigma }: StepParameters): Record<string, string> {
  const key = KEPT_PARAMETERS;
  return { [key.temperature]: String(temperature), [key.mu]: String(mu), [key.sigma]: String(sigma) };
}

/** What is trained, and who is told. */
export interface KeptTraining extends Pick<TrainCallbacks, 'signal' | 'stateEvery'> {
  module: Module;
  source: PairSource;
  options: TrainOptions;
  /** Where to go on, from `resumePoint`; null for the beginning. */
  from: StoredState | null;
  onStep?(report: StepReport): void;
  /** Scores the current weights, larger is better. @param log takes more lines of metrics.jsonl */
  evaluate?(at: { step: number; epoch: number }, log: (entry: JsonRecord) => void): number | Promise<number>;
  /** Told when weights are kept as the best so far. */
  onKept?(parameters: StepParameters): void;
}

/** Trains and keeps; the run is not marked as complete yet. @throws as {@link Trainer}; E_IO */
export async function trainInRun(run: Run, training: KeptTraining): Promise<TrainResult> {
  const { module, source, options, from, signal, stateEvery, evaluate } = training;
  const { build } = engine();
  let log: MetricsLog | null = null;
  let now = from?.progress.objective.now ?? startOf(options);
  let kept = from?.kept ?? now;
  const append = (entry: JsonRecord) => log?.append(entry);
  const saveBest = async (step: number, score: number | null, values?: ReadonlyMap<string, Float32Array>) => {
    await run.writeModel(weightTensors(module, values), {
      'adnce.build': build,
      'adnce.step': String(step),
      ...keptParameters(kept),
      ...(score === null ? {} : { 'adnce.score': String(score) }),
    });
  };
  const trainer = new Trainer(module, source, options, {
    onStep: (report) => {
      now = report.parameters;
      append(stepEntry(report));
      training.onStep?.(report);
    },
    ...(evaluate === undefined ? {} : { evaluate: (at) => evaluate(at, append) }),
    onEvaluated: async ({ step, score, best }) => {
      await log?.flush();
      if (!best) return;
      kept = now;
      training.onKept?.(kept);
      await saveBest(step, score);
    },
    onState: async (state) => {
      await log?.flush();
      await run.writeState({ ...state, build, metrics: log?.length ?? 0, kept });
    },
    ...(signal === undefined ? {} : { signal }),
    ...(stateEvery === undefined ? {} : { stateEvery }),
  });
  if (from !== null) trainer.loadState(from);
  log = await run.openMetrics(from?.metrics ?? 0);
  try {
    // An interrupted run may have kept weights of an evaluation that the run without the break never makes.
    const best = from === null ? null : bestOf(from);
    if (best !== null) await saveBest(best.step, best.score, best.values);
    return await trainer.run();
  } finally {
    await log.close();
  }
}

/** A line of metrics.jsonl. */
export function stepEntry({ step, loss, learningRate, gradNorm, epoch, pairs, parameters }: StepReport): JsonRecord {
  return { type: 'step', epoch, pairs, step, loss, learningRate, gradNorm, ...parameters };
}

/** The best weights a state holds; null where nothing was evaluated. */
function bestOf({ progress, tensors }: StoredState) {
  const { best: score, bestStep: step } = progress.early;
  if (score === null) return null;
  const own = [...tensors].filter(([name]) => name.startsWith('best.'));
  return { score, step, values: new Map(own.map(([name, values]) => [name.slice('best.'.length), values])) };
}

/** Marks a run as complete: its result, with the digest of its weights; then the states go. @throws E_IO */
export async function completeRun(run: Run, module: Module, result: TrainResult): Promise<void> {
  await run.writeResult({
    ...result,
    loss: Number.isFinite(result.loss) ? result.loss : null,
    digest: digestWeights(module),
  });
  await run.removeStates();
}

/** How a run ended; null while it has not. @throws E_IO, E_CHECKPOINT */
export async function resultOf(run: Run): Promise<(TrainResult & { digest: string }) | null> {
  const result = await run.readResult();
  return result === null ? null : (result as unknown as TrainResult & { digest: string });
}
