/**
 * Training that is kept: every step in metrics.jsonl, the best weights in model.safetensors, and now and then a state from which the
 * run goes on with the bits it would have had without the break.
 *
 *     metrics flushed → state written, in the place of the older of two → …
 *     resume: newest whole state → metrics cut to it → best weights of the state written again → next step
 */
import type { JsonRecord } from '../data/jsonl.js';
import { engine } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import type { Module } from '../nn/index.js';
import {
  mustHaveOptions,
  type PairSource,
  type StepParameters,
  type StepReport,
  startOf,
  type TrainCallbacks,
  Trainer,
  type TrainOptions,
  type TrainResult,
} from '../train/index.js';
import { VERSION } from '../version.js';
import { weightTensors } from './encoder.js';
import { digestWeights } from './fingerprint.js';
import type { MetricsLog } from './metrics.js';
import type { Run } from './run.js';
import type { StoredState } from './state.js';

/** What is trained, and who is told. */
export interface KeptTraining extends Pick<TrainCallbacks, 'signal' | 'stateEvery'> {
  module: Module;
  source: PairSource;
  options: TrainOptions;
  /** Where to go on, from {@link resumePoint}; null for the beginning. */
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
      'adnce.temperature': String(kept.temperature),
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

/** What must be as it was for a run to go on with the same bits. */
export interface RunIdentity {
  /** Of the data, from `digestPairs`. */
  data: string;
  /** Of the encoder before its first step, from `digestWeights`. */
  start: string;
  /** Options that are said anew; what is left out is the run's. */
  options: Partial<TrainOptions>;
}

/** What config.json keeps of a {@link RunIdentity}. */
export function identityConfig({ data, start }: Pick<RunIdentity, 'data' | 'start'>): JsonRecord {
  return { digests: { data, start }, relaxed: isRelaxed(engine().build) };
}

/**
 * Where a run can be gone on from; null at its beginning, where it was stopped before its first state.
 * @param notice told of a damaged state where the one before it is whole
 * @throws E_DATA the data are others; E_OPTION an option or the build is another one; E_CHECKPOINT another version wrote the run, its
 * encoder began with other weights, or both states are damaged; E_IO
 */
export async function resumePoint(
  run: Run,
  { data, start, options }: RunIdentity,
  notice: (text: string) => void,
): Promise<StoredState | null> {
  const { place } = run.storage;
  const { adnce, train, digests, relaxed } = (await run.readConfig()) as {
    adnce?: string;
    train?: TrainOptions;
    digests?: { data: string; start: string };
    relaxed?: boolean;
  };
  const refuse = (code: 'E_CHECKPOINT' | 'E_DATA' | 'E_OPTION', what: string, hint: string) => {
    throw new AdnceError(code, { where: place, what, hint });
  };
  if (digests === undefined || train === undefined || adnce !== VERSION) {
    const hint = `go on with that version (npx adnce@${adnce}), or start a new run`;
    return refuse(
      'E_CHECKPOINT',
      `a run goes on with the version that began it, adnce ${adnce}, this is ${VERSION}`,
      hint,
    );
  }
  mustHaveOptions(train, options);
  if (digests.data !== data) {
    const what = `a run goes on with its own data (digest ${digests.data}), but they have changed (${data})`;
    return refuse('E_DATA', what, 'bring the data back as they were, in the same order, or start a new run');
  }
  if (digests.start !== start) {
    const what = `the encoder must begin as it did (digest ${digests.start}), got other weights or words (${start})`;
    return refuse('E_CHECKPOINT', what, 'make it with the same options, seed and word vectors');
  }
  if (relaxed !== isRelaxed(engine().build)) {
    const what = `a run goes on with the arithmetic it began with, ${relaxed ? '' : 'not '}fast, got the build ${engine().build}`;
    return refuse('E_OPTION', what, relaxed ? 'set fast (--fast), on a runtime with relaxed SIMD' : 'leave fast out');
  }
  return await run.readState((error) => notice(`${error.message} The run goes on from the state before it.`));
}

function isRelaxed(build: string): boolean {
  return build.endsWith('relaxed');
}
