/** A run that is stopped after any step and goes on from its state is the run that was never stopped: the same bits, the same log. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, init } from '../../src/engine/index.js';
import {
  type BagEncoder,
  type EncoderOptions,
  type TrainCallbacks,
  Trainer,
  type TrainOptions,
  type TrainState,
  textSource,
} from '../../src/train/index.js';
import { makeEncoder, PAIRS } from '../support/colours.js';
import { rejection } from '../support/folder.js';

const OPTIONS: Partial<TrainOptions> = { batchSize: 16, epochs: 3, learningRate: 0.05, seed: 1 };

function digestOf(encoder: BagEncoder): string {
  const hash = createHash('sha256');
  for (const [name, values] of encoder.stateDict()) hash.update(name).update(new Uint8Array(values.buffer));
  return hash.digest('hex');
}

interface Outcome {
  digest: string;
  /** Everything that was said, but for times. */
  log: unknown[];
  result: unknown;
  states: TrainState[];
}

/** As a file would give it back. */
const stored = ({ progress, tensors }: TrainState): TrainState => ({
  progress: JSON.parse(JSON.stringify(progress)),
  tensors: new Map([...tensors].map(([name, values]) => [name, values.slice()])),
});

async function run(
  options: Partial<TrainOptions>,
  encoder: Partial<EncoderOptions>,
  callbacks: TrainCallbacks = {},
  state?: TrainState,
): Promise<Outcome> {
  const own = makeEncoder(encoder);
  const log: unknown[] = [];
  const states: TrainState[] = [];
  const trainer = new Trainer(own, textSource(own, PAIRS), options, {
    ...callbacks,
    stateEvery: 0,
    onState: (taken) => void states.push(stored(taken)),
    onStep: ({ trainingTime: _, ...report }) => {
      log.push(report);
      callbacks.onStep?.({ ...report, trainingTime: 0 });
    },
    onEvaluated: (report) => void log.push(report),
  });
  if (state !== undefined) trainer.loadState(state);
  const { trainingTime: _, ...result } = await trainer.run();
  const digest = digestOf(own);
  own.free();
  return { digest, log, result, states };
}

/** A score that rises and falls, and depends on nothing but the weights. */
const evaluated: TrainCallbacks = { evaluate: ({ step }) => Math.sin(step * 1.7) };

let engine: Engine;
beforeEach(async () => {
  engine = await init({ threads: 1 });
});
afterEach(async () => {
  await engine.close();
});

describe('a run that goes on from its state', () => {
  it.each<[string, Partial<TrainOptions>, Partial<EncoderOptions>, TrainCallbacks]>([
    ['plainly', {}, {}, {}],
    ['with an MLP and dropout', {}, { hidden: 24, dropout: 0.3 }, {}],
    ['with adaptive parameters', { temperature: 'auto', mu: 'auto', sigma: 'auto', epochs: 4 }, {}, {}],
    ['with a radius that is held', { temperature: 'auto', radius: 0.9, loss: 'infonce' }, {}, {}],
    ['with a queue', { queue: 40, loss: 'infonce' }, {}, {}],
    ['with accumulated gradients and decay', { accumulate: 3, weightDecay: 0.1, schedule: 'linear' }, {}, {}],
    ['with evaluations', { evaluations: 3, epochs: 4 }, {}, evaluated],
    ['with an early stop', { patience: 3, evaluations: 2, epochs: 8 }, {}, evaluated],
  ])('%s has the same bits from every step', async (_, changes, encoder, callbacks) => {
    const options = { ...OPTIONS, ...changes };
    const whole = await run(options, encoder, callbacks);
    expect(whole.states.length).toBeGreaterThan(5);
    for (const state of whole.states) {
      const { digest, log, result } = await run(options, encoder, callbacks, state);
      expect(digest, `from step ${state.progress.step}`).toBe(whole.digest);
      expect(log).toEqual(log.length === 0 ? [] : whole.log.slice(-log.length));
      expect(result).toEqual(whole.result);
    }
  });

  it('has them after an interruption at any step, though that makes an evaluation of its own', async () => {
    const options = { ...OPTIONS, evaluations: 2 };
    const whole = await run(options, {}, evaluated);
    for (let at = 1; at < 12; at++) {
      const controller = new AbortController();
      const { signal } = controller;
      // Steps 2, 4, 6 … are evaluated anyway; the evaluation of an interruption is better than all others.
      const first = await run(
        options,
        {},
        {
          signal,
          onStep: ({ step }) => step === at && controller.abort(),
          evaluate: ({ step }) => (signal.aborted && step % 2 === 1 ? 1e6 : Math.sin(step * 1.7)),
        },
      );
      expect(first.result).toMatchObject({ stopped: 'interrupted', steps: at });
      if (at % 2 === 1) expect(first.result).toMatchObject({ bestStep: at, bestScore: 1e6 });
      const rest = await run(options, {}, evaluated, first.states.at(-1));
      expect([rest.digest, rest.result]).toEqual([whole.digest, whole.result]);
    }
  });

  it('has them on another number of threads', async () => {
    const { states, digest } = await run(OPTIONS, { hidden: 24 });
    await engine.close();
    for (const threads of [2, 3]) {
      engine = await init({ threads });
      await engine.ready();
      expect((await run(OPTIONS, { hidden: 24 }, {}, states[4])).digest).toBe(digest);
      await engine.close();
    }
  });
});

describe('a state', () => {
  it('of the last step is the end', async () => {
    const { states, digest } = await run(OPTIONS, {});
    const { log, ...again } = await run(OPTIONS, {}, {}, states.at(-1));
    expect(again).toMatchObject({ digest, result: { stopped: 'finished', steps: 12 } });
    expect(log).toEqual([]);
  });

  it('of other options, other data or another encoder is refused, saying what differs', async () => {
    const [state] = (await run(OPTIONS, { hidden: 8, dropout: 0.1 })).states as [TrainState];
    const say = async (options: Partial<TrainOptions>, encoder: Partial<EncoderOptions>, changed = state) =>
      (await rejection(run(options, encoder, {}, changed))).message;
    expect(await say({ ...OPTIONS, learningRate: 0.1, loss: 'dcl' }, { hidden: 8, dropout: 0.1 })).toBe(
      'E_OPTION train: a run goes on with its own options: "loss" "adnce", got "dcl"; "learningRate" 0.05, got 0.1. Hint: leave them out, or start a new run.',
    );
    expect(await say(OPTIONS, { dimension: 8, hidden: 8, dropout: 0.1 })).toMatch(/^E_CHECKPOINT loadStateDict: /);
    expect(await say(OPTIONS, {})).toMatch(/^E_CHECKPOINT train: the state must be one of this module/);
    const early = { best: 0.5, bestStep: 0, since: 0 };
    expect(
      await say(OPTIONS, { hidden: 8, dropout: 0.1 }, { ...state, progress: { ...state.progress, early } }),
    ).toMatch(/^E_OPTION train: the run was steered by a score, "evaluate" must give it again/);
    const changes = (change: object) => ({ ...state, progress: { ...state.progress, ...change } });
    const encoder = { hidden: 8, dropout: 0.1 };
    expect(await say(OPTIONS, encoder, changes({ count: 7 }))).toBe(
      'E_DATA train: a run goes on with its own data, 7 pairs, got 64. Hint: bring the data back as they were, or start a new run.',
    );
    expect(await say(OPTIONS, encoder, changes({ position: -1 }))).toMatch(
      /^E_CHECKPOINT train: the state does not fit/,
    );
    expect(
      await say({ ...OPTIONS, queue: 32 }, encoder, changes({ options: { ...state.progress.options, queue: 32 } })),
    ).toMatch(/^E_CHECKPOINT train: the state must have what its options follow/);
  });

  it('is loaded before the run, taken before its end, and a run is run once', async () => {
    const encoder = makeEncoder();
    const trainer = new Trainer(encoder, textSource(encoder, PAIRS), OPTIONS);
    const state = trainer.state();
    expect(state.progress).toMatchObject({ step: 0, loss: null });
    await trainer.run();
    expect(() => trainer.loadState(state)).toThrow(
      /^E_STATE train: a state is loaded once, before the run, this one is over/,
    );
    expect(() => trainer.state()).toThrow(/^E_STATE/);
    expect((await rejection(trainer.run())).message).toMatch(/^E_STATE train: a trainer runs once/);
    encoder.free();
  });
});
