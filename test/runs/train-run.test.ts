/** Whole runs by the library: kept, stopped, moved from storage to storage and gone on with. */
import { beforeAll, describe, expect, it } from 'vitest';
import { TextFeatures } from '../../src/data/index.js';
import { init } from '../../src/engine/index.js';
import {
  digestPairs,
  digestWeights,
  MemoryStorage,
  openRun,
  packRun,
  readEncoder,
  type TrainRunOptions,
  trainRun,
  unpackRun,
} from '../../src/runs/index.js';
import { DiskStorage } from '../../src/runs/node.js';
import { BagEncoder, VectorEncoder } from '../../src/train/index.js';
import { makeEncoder, PAIRS } from '../support/colours.js';
import { rejection, useFolder } from '../support/folder.js';

const at = useFolder();
const OPTIONS = { batchSize: 16, epochs: 3, learningRate: 0.05, seed: 1 };

beforeAll(async () => {
  await init();
});

const task = (changes: Partial<TrainRunOptions> = {}): TrainRunOptions => ({
  encoder: makeEncoder({ hidden: 8, dropout: 0.2 }),
  pairs: PAIRS,
  train: OPTIONS,
  stateEvery: 0,
  ...changes,
});

/** Stops a run after some steps. */
function stopAt(step: number): Pick<TrainRunOptions, 'signal' | 'onStep'> {
  const controller = new AbortController();
  return { signal: controller.signal, onStep: (report) => report.step === step && controller.abort() };
}

describe('trainRun', () => {
  it('gives a run the same files wherever it is kept, and however it is broken and moved', async () => {
    const whole = new DiskStorage(at('whole'));
    const result = await trainRun(whole, task());
    expect(result).toMatchObject({ stopped: 'finished', steps: 12 });
    expect((await whole.list()).sort()).toEqual([
      'config.json',
      'metrics.jsonl',
      'model.safetensors',
      'result.json',
      'tokenizer.json',
    ]);
    const first = new MemoryStorage();
    expect(await trainRun(first, task(stopAt(5)))).toMatchObject({ stopped: 'interrupted', steps: 5 });
    const second = new DiskStorage(at('second'));
    await unpackRun(await packRun(first), second);
    expect(await trainRun(second, task({ resume: true, ...stopAt(9) }))).toMatchObject({ steps: 9 });
    const third = new MemoryStorage();
    await unpackRun(await packRun(second), third);
    const end = await trainRun(third, task({ resume: true, train: {} }));
    expect(end).toMatchObject({ stopped: 'finished', steps: 12, loss: result.loss });
    for (const name of ['model.safetensors', 'metrics.jsonl', 'tokenizer.json']) {
      expect(await third.read(name), name).toEqual(new Uint8Array((await whole.read(name)) as Uint8Array));
    }
  });

  it('gives the result and the weights of a run that is complete', async () => {
    const storage = new MemoryStorage();
    const own = task();
    await trainRun(storage, own);
    const again = task({ resume: true });
    expect(await trainRun(storage, again)).toMatchObject({
      stopped: 'finished',
      steps: 12,
      digest: digestWeights(own.encoder),
    });
    expect(digestWeights(again.encoder)).toBe(digestWeights(own.encoder));
    const { encoder, metadata } = await readEncoder(await openRun(storage));
    expect([digestWeights(encoder), metadata.get('adnce.step')]).toEqual([digestWeights(own.encoder), '12']);
  });

  it('begins a run where there is none to go on with', async () => {
    const storage = new MemoryStorage();
    expect(await trainRun(storage, task({ resume: true }))).toMatchObject({ stopped: 'finished' });
    expect((await rejection(trainRun(storage, task()))).message).toMatch(/^E_IO memory: .*got a run/);
  });

  it('keeps the best by a score of the caller, and goes on with it', async () => {
    const evaluate = ({ step }: { step: number }) => -Math.abs(step - 4);
    const [whole, half] = [new MemoryStorage(), new MemoryStorage()];
    const result = await trainRun(whole, task({ evaluate }));
    expect(result).toMatchObject({ bestStep: 4, bestScore: -0 });
    await trainRun(half, task({ evaluate, ...stopAt(6) }));
    await trainRun(half, task({ evaluate, resume: true }));
    expect(await half.read('model.safetensors')).toEqual(await whole.read('model.safetensors'));
    expect(await half.read('metrics.jsonl')).toEqual(await whole.read('metrics.jsonl'));
  });

  it('refuses other data, options and first weights, a run that is written, and unknown names', async () => {
    const storage = new MemoryStorage();
    await trainRun(storage, task(stopAt(3)));
    const say = async (changes: Partial<TrainRunOptions>) =>
      (await rejection(trainRun(storage, task({ resume: true, ...changes })))).message;
    const anchors = ['a red car', ...PAIRS.anchors.slice(1)];
    expect(await say({ pairs: { ...PAIRS, anchors } })).toMatch(/^E_DATA memory: a run goes on with its own data/);
    expect(await say({ train: { ...OPTIONS, epochs: 4 } })).toMatch(/^E_OPTION train: .*"epochs" 3, got 4/);
    expect(await say({ encoder: makeEncoder({ hidden: 8, dropout: 0.3 }) })).toMatch(
      /^E_OPTION train: .*"dropout" 0\.2, got 0\.3/,
    );
    // Its first weights would not count any more, but its masks of dropout would be others.
    expect(await say({ encoder: makeEncoder({ hidden: 8, dropout: 0.2 }, 6) })).toMatch(
      /^E_CHECKPOINT memory: the encoder must begin with the weights the run began with, got others/,
    );
    const more = TextFeatures.fit([...PAIRS.anchors, ...PAIRS.positives], {
      minCount: 1,
      ngramWords: 'none',
      maxFeatures: 9,
    });
    expect(await say({ encoder: new BagEncoder(more, { dimension: 16, hidden: 8, dropout: 0.2 }) })).toMatch(
      /^E_CHECKPOINT memory: the encoder must have the words of the run/,
    );
    expect(await say({ encoder: new VectorEncoder(3) })).toMatch(/^E_DATA colours: this run encodes vectors/);
    expect(await say({ rezume: true } as never)).toMatch(/^E_OPTION trainRun: unknown option "rezume"/);
    const lock = await storage.lock();
    expect(await say({})).toMatch(/^E_LOCKED memory: another caller is writing this run/);
    await lock.release();
    expect(await trainRun(storage, task({ resume: true }))).toMatchObject({ stopped: 'finished' });
  });

  it('falls back to the state before a damaged one, whatever is wrong with it, and says so', async () => {
    const whole = new MemoryStorage();
    await trainRun(whole, task());
    const half = new MemoryStorage();
    await trainRun(half, task(stopAt(6)));
    const bytes = (await half.read('state-b.safetensors')) as Uint8Array;
    for (let k = 0; k < 12; k++) {
      const storage = new MemoryStorage();
      await unpackRun(await packRun(half), storage);
      const changed = k % 2 === 0 ? bytes.slice(0, Math.floor((k / 12) * bytes.length)) : bytes.slice();
      if (k % 2 === 1) {
        const place = Math.floor((k / 12) * bytes.length);
        changed[place] = (changed[place] as number) ^ 1;
      }
      await storage.write('state-b.safetensors', [changed]);
      const notices: string[] = [];
      const steps: number[] = [];
      await trainRun(
        storage,
        task({ resume: true, onNotice: (text) => notices.push(text), onStep: ({ step }) => steps.push(step) }),
      );
      expect(notices).toEqual([
        expect.stringMatching(
          /^E_CHECKPOINT memory\/state-b\.safetensors: .* The run goes on from the state before it\.$/,
        ),
      ]);
      expect(steps[0]).toBe(6);
      expect(await storage.read('model.safetensors')).toEqual(await whole.read('model.safetensors'));
      expect(await storage.read('metrics.jsonl')).toEqual(await whole.read('metrics.jsonl'));
    }
    await half.write('metrics.jsonl', [new Uint8Array(10)]);
    const error = await rejection(trainRun(half, task({ resume: true })));
    expect(error.message).toMatch(
      /^E_CHECKPOINT memory\/state-a\.safetensors: metrics\.jsonl must have \d+ bytes for this state, got 10/,
    );
  });
});

describe('digests of data', () => {
  it('tell texts, their order and their borders apart, but not their names', () => {
    const digest = (anchors: string[], positives: string[] = ['x']) =>
      digestPairs({ kind: 'text', name: 'a', anchors, positives });
    const all = [
      digest(['a', 'b']),
      digest(['b', 'a']),
      digest(['a\nb']),
      digest(['ab']),
      digest(['a"', '"b']),
      digest(['a', 'b'], ['y']),
      digest(['\ud800']),
      digest(['\ufffd']),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(digestPairs({ ...PAIRS, name: 'other' })).toBe(digestPairs(PAIRS));
  });
});
