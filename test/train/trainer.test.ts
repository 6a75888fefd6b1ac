/** The loop: it learns, keeps the best, stops when told, and does the same twice. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TextPairs } from '../../src/data/index.js';
import { init } from '../../src/engine/index.js';
import {
  type BagEncoder,
  completeTrainOptions,
  EarlyStop,
  embedTexts,
  type StepReport,
  type TrainCallbacks,
  Trainer,
  type TrainOptions,
  textSource,
  usualEpochs,
  VectorEncoder,
  vectorSource,
} from '../../src/train/index.js';
import { makeEncoder, PAIRS } from '../support/colours.js';

const OPTIONS: Partial<TrainOptions> = { batchSize: 32, epochs: 30, learningRate: 0.05, seed: 1 };

/** Share of anchors whose own positive is the nearest. */
function accuracy(encoder: BagEncoder): number {
  const a = embedTexts(encoder, PAIRS.anchors);
  const b = embedTexts(encoder, PAIRS.positives);
  const n = PAIRS.anchors.length;
  const score = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < 16; k++) sum += (a[i * 16 + k] as number) * (b[j * 16 + k] as number);
    return sum;
  };
  let right = 0;
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let j = 1; j < n; j++) if (score(i, j) > score(i, best)) best = j;
    if (best === i) right++;
  }
  return right / n;
}

async function teach(options: Partial<TrainOptions> = {}, callbacks: TrainCallbacks = {}) {
  const encoder = makeEncoder();
  const trainer = new Trainer(encoder, textSource(encoder, PAIRS), { ...OPTIONS, ...options }, callbacks);
  const result = await trainer.run();
  return { encoder, result, steps: trainer.steps };
}

beforeAll(async () => {
  await init();
});

describe('Trainer', () => {
  it.each(['adnce', 'infonce'] as const)('learns pairs without a common word with %s', async (loss) => {
    const before = makeEncoder();
    expect(accuracy(before)).toBeLessThan(0.2);
    const { encoder, result, steps } = await teach({ loss });
    expect(accuracy(encoder)).toBeGreaterThan(0.95);
    expect(result).toMatchObject({ steps, pairs: 30 * 64, stopped: 'finished', bestStep: steps, bestScore: null });
    before.free();
    encoder.free();
  });

  it('gives the same bits twice, and others for another seed', async () => {
    const weights = async (seed: number) => {
      const { encoder } = await teach({ seed, epochs: 3 });
      const rows = [...embedTexts(encoder, PAIRS.anchors)];
      encoder.free();
      return rows;
    };
    const first = await weights(1);
    expect(await weights(1)).toEqual(first);
    expect(await weights(2)).not.toEqual(first);
  });

  it('reports every step, with a learning rate that rises and falls', async () => {
    const reports: StepReport[] = [];
    const { encoder, steps } = await teach({ warmup: 0.5 }, { onStep: (report) => reports.push({ ...report }) });
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    const rates = reports.map(({ learningRate }) => learningRate);
    const top = rates.indexOf(Math.max(...rates));
    expect(rates[top]).toBeCloseTo(0.05, 6);
    expect(rates[0]).toBeLessThan(0.01);
    expect(rates.at(-1)).toBeLessThan(0.01);
    expect(reports.every(({ loss, gradNorm }) => Number.isFinite(loss) && gradNorm > 0)).toBe(true);
    expect(reports.at(-1)?.loss).toBeLessThan(reports[0]?.loss as number);
    encoder.free();
  });

  it('keeps the best weights when later ones are worse, and stops when patience ends', async () => {
    const scores = [0.1, 0.5, 0.4, 0.3, 0.9];
    const seen: boolean[] = [];
    let rows: Float32Array | null = null;
    const own = makeEncoder();
    const trainer = new Trainer(
      own,
      textSource(own, PAIRS),
      { ...OPTIONS, patience: 2 },
      {
        evaluate: () => scores[seen.length] as number,
        onEvaluated: ({ best }) => {
          seen.push(best);
          if (best) rows = embedTexts(own, PAIRS.anchors);
        },
      },
    );
    const result = await trainer.run();
    expect(seen).toEqual([true, true, false, false]);
    expect(result).toMatchObject({ stopped: 'early', bestScore: 0.5, bestStep: 2, steps: 6 });
    expect([...embedTexts(own, PAIRS.anchors)]).toEqual([...(rows as unknown as Float32Array)]);
    own.free();
  });

  it('ends after the running step when it is told to, and evaluates once more', async () => {
    const controller = new AbortController();
    const evaluated: number[] = [];
    const { encoder, result } = await teach(
      {},
      {
        signal: controller.signal,
        onStep: ({ step }) => step === 5 && controller.abort(),
        evaluate: ({ step }) => step,
        onEvaluated: ({ step }) => void evaluated.push(step),
      },
    );
    expect(result).toMatchObject({ stopped: 'interrupted', steps: 5, bestStep: 5 });
    expect(evaluated.at(-1)).toBe(5);
    encoder.free();
  });

  it('calls onEvaluated at the same moments where nothing is evaluated', async () => {
    const moments: [number, number | null, boolean][] = [];
    const { encoder } = await teach(
      { epochs: 2 },
      { onEvaluated: ({ step, score, best }) => void moments.push([step, score, best]) },
    );
    expect(moments).toEqual([
      [0, null, true],
      [2, null, true],
      [4, null, true],
    ]);
    encoder.free();
  });

  it('adds the gradients of several batches up for one step', async () => {
    const reports: StepReport[] = [];
    const { encoder, steps } = await teach({ accumulate: 2, epochs: 4 }, { onStep: (report) => reports.push(report) });
    expect(steps).toBe(4);
    expect(reports.at(-1)?.pairs).toBe(4 * 64);
    encoder.free();
  });

  it('says E_DIVERGED with the step, and hands the best weights back', async () => {
    const own = makeEncoder();
    let best: Float32Array | null = null;
    const trainer = new Trainer(
      own,
      textSource(own, PAIRS),
      { ...OPTIONS, clipNorm: 0 },
      {
        evaluate: () => 1,
        onEvaluated: ({ best: isBest }) => {
          if (isBest) best = embedTexts(own, PAIRS.anchors);
        },
        onStep: ({ step }) => {
          if (step === 3) own.bag.weight.data[0] = Number.POSITIVE_INFINITY;
        },
      },
    );
    await expect(trainer.run()).rejects.toThrow(/E_(DIVERGED|VALUE)/);
    expect([...embedTexts(own, PAIRS.anchors)]).toEqual([...(best as unknown as Float32Array)]);
    own.free();
  });

  it('leaves small tails of an epoch out, but not all of a data set that has nothing else', () => {
    const encoder = makeEncoder();
    const hub: TextPairs = {
      kind: 'text',
      name: 'hub',
      anchors: PAIRS.anchors,
      positives: PAIRS.positives.map((text, i) => (i < 40 ? text : 'everything')),
    };
    // 24 rows share a positive, so there are 24 batches at least; only those of 16 rows and more are worth a step.
    const trainer = new Trainer(encoder, textSource(encoder, hub), { ...OPTIONS, epochs: 1 });
    expect(trainer.steps).toBeLessThan(4);
    const pairs: TextPairs = { ...hub, positives: hub.anchors.map((_, i) => (i % 2 === 0 ? 'even' : 'odd')) };
    expect(new Trainer(encoder, textSource(encoder, pairs), { ...OPTIONS, epochs: 1 }).steps).toBeGreaterThan(8);
    encoder.free();
  });

  it('refuses a single pair', () => {
    const encoder = makeEncoder();
    const one = { ...PAIRS, anchors: ['red car'], positives: ['REDISH carlike'] };
    expect(() => new Trainer(encoder, textSource(encoder, one))).toThrow(/E_DATA train: at least 2 pairs/);
    encoder.free();
  });

  it('trains a head on vectors, with hard negatives', async () => {
    const n = 64;
    const wave = (phase: number) =>
      Float32Array.from({ length: n * 6 }, (_, i) => Math.sin(Math.floor(i / 6) * (1 + (i % 6)) + phase));
    const encoder = new VectorEncoder(6, { dimension: 8, hidden: 16 });
    const source = vectorSource(encoder, {
      kind: 'vector',
      name: 'waves',
      dimension: 6,
      anchors: wave(0),
      positives: wave(0.3),
      negatives: wave(2),
    });
    const losses: number[] = [];
    await new Trainer(encoder, source, { ...OPTIONS, epochs: 20 }, { onStep: ({ loss }) => losses.push(loss) }).run();
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    expect(() =>
      vectorSource(encoder, { kind: 'vector', name: 'x', dimension: 5, anchors: wave(0), positives: wave(0) }),
    ).toThrow(/E_SHAPE x: vectors must have the encoder's input length 6, got 5/);
    encoder.free();
  });
});

describe('options', () => {
  it.each([
    [{ loss: 'adnc' }, /"loss" must be one of.*did you mean "adnce"/],
    [{ temperature: 0 }, /"temperature" must be a finite number >= 0.001/],
    [{ batchSize: 1 }, /"batchSize" must be an integer >= 2/],
    [{ layout: 'image', symmetric: true }, /"symmetric" can't be true with layout "image"/],
    [{ bathSize: 8 }, /unknown option "bathSize".*"batchSize"/],
  ])('refuse %j', (options, message) => {
    expect(() => completeTrainOptions(options as never)).toThrow(message);
  });

  it('choose passes for about 600 steps', () => {
    expect(usualEpochs(207_000, 1024)).toBe(3);
    expect(usualEpochs(5_000, 1024)).toBe(20);
    expect(usualEpochs(60_000, 1000)).toBe(10);
  });
});

describe('EarlyStop', () => {
  it('takes NaN for no improvement, and waits for ever with patience 0', () => {
    const early = new EarlyStop(0);
    expect(early.observe(1, Number.NaN)).toBe(false);
    expect(early.observe(2, -5)).toBe(true);
    for (let step = 3; step < 100; step++) expect(early.observe(step, -6)).toBe(false);
    expect(early.exhausted).toBe(false);
    expect(early.best).toBe(-5);
    expect(early.bestStep).toBe(2);
  });
});
