/** `adnce train --resume`: a run that was stopped in any way ends as the one that was not, byte for byte. */
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoint/index.js';
import { TextFeatures } from '../../src/data/index.js';
import { init } from '../../src/engine/index.js';
import { type TrainRunOptions, trainRun } from '../../src/runs/index.js';
import { DiskStorage } from '../../src/runs/node.js';
import { BagEncoder } from '../../src/train/index.js';
import { adnce, type Finished, inFolder, start } from '../support/command.js';
import { JSONL, lastJson, QUICK } from '../support/small-run.js';

/** All there is to go wrong: a queue, dropout, parameters that follow, evaluations, an early stop. */
const RICH = [
  ...QUICK,
  ...['--hidden', '16', '--dropout', '0.2', '--queue', '40', '--temperature', 'auto', '--mu', 'auto'],
  ...['--evaluations', '2', '--patience', '90', '--epochs', '60', '--seed', '3'],
];
const EVERY = ['--state-every', '0'];

/** Files that must be the same; a report holds times, and where it ran. */
const SAME = ['config.json', 'tokenizer.json', 'model.safetensors', 'metrics.jsonl'];

async function expectSame(folder: string, run: string, whole: string): Promise<void> {
  expect((await readdir(join(folder, run))).sort()).toEqual((await readdir(join(folder, whole))).sort());
  const read = (name: string, file: string) => readFile(join(folder, name, file));
  for (const file of SAME.slice(1)) {
    expect(Buffer.compare(await read(run, file), await read(whole, file)), file).toBe(0);
  }
  const json = async (name: string, file: string) => JSON.parse((await read(name, file)).toString());
  const untimed = ({ trainingTime: _, ...result }: Record<string, unknown>) => result;
  expect(untimed(await json(run, 'result.json'))).toEqual(untimed(await json(whole, 'result.json')));
  const parts = ({ loss, validation, histograms, robust, retrieval, weights }: Record<string, unknown>) =>
    JSON.stringify({ loss, validation, histograms, robust, retrieval, weights });
  expect(parts(await json(run, 'report.json'))).toBe(parts(await json(whole, 'report.json')));
}

const train = (folder: string, run: string, ...more: string[]) =>
  adnce(folder, 'train', 'pairs.jsonl', '--out', run, ...RICH, ...more);

/** What a command says when it is about to train. */
const READY = /Encoder: |Going on from/;

/** Starts a training, stops it by a signal some milliseconds after it is about to train and has a state, and waits for its end. */
async function stopped(
  folder: string,
  run: string,
  signal: NodeJS.Signals,
  delay: number,
  args: string[],
): Promise<Finished> {
  const [child, finished] = start(folder, args);
  const state = join(folder, run, 'state-b.safetensors');
  let ready = false;
  child.stdout?.on('data', (chunk) => {
    ready ||= READY.test(String(chunk));
  });
  while (!(ready && existsSync(state)) && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill(signal);
  return await finished;
}

async function withWhole(work: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'pairs.jsonl'), JSONL);
    expect(await train(folder, 'whole')).toMatchObject({ code: 0 });
    await work(folder);
  });
}

describe('a run that is gone on with', () => {
  it('after Ctrl-C, several times, on other numbers of threads, is the run that was never stopped', async () => {
    await withWhole(async (folder) => {
      const first = ['train', 'pairs.jsonl', '--out', 'r', ...RICH, ...EVERY];
      let result = await stopped(folder, 'r', 'SIGINT', 20, first);
      expect(result).toMatchObject({ code: 130 });
      expect(result.stderr).toMatch(
        /E_INTERRUPTED train: the run was stopped at step \d+.*Hint: go on with it: adnce train --resume r\./,
      );
      for (const threads of ['1', '2']) {
        const more = ['train', '--resume', 'r', '--threads', threads, ...EVERY];
        result = await stopped(folder, 'r', 'SIGINT', 60, more);
        expect([0, 130]).toContain(result.code);
        expect(result.stdout).toMatch(/Going on from step [1-9]|is complete/);
      }
      expect(await adnce(folder, 'train', '--resume', 'r')).toMatchObject({ code: 0 });
      await expectSame(folder, 'r', 'whole');

      const again = await adnce(folder, 'train', '--resume', 'r', '--json');
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(lastJson(again)).toMatchObject({ run: 'r', result: { stopped: 'early' } });
      const told = await adnce(folder, 'train', '--resume', 'r');
      expect(told.stdout).toMatch(/^r is complete, at step \d+; there is nothing to go on with\.\n$/);
    });
  }, 60_000);

  it('after kills at random moments, too', async () => {
    await withWhole(async (folder) => {
      let args = ['train', 'pairs.jsonl', '--out', 'r', ...RICH, ...EVERY];
      let kills = 0;
      for (; kills < 8; kills++) {
        const { code } = await stopped(folder, 'r', 'SIGKILL', Math.random() * 300, args);
        if (code === 0) break;
        args = ['train', '--resume', 'r', ...EVERY];
      }
      expect(kills).toBeGreaterThan(0);
      expect(await adnce(folder, 'train', '--resume', 'r')).toMatchObject({ code: 0 });
      await expectSame(folder, 'r', 'whole');
    });
  }, 60_000);

  it('begins anew when it was killed before its first state', async () => {
    await withWhole(async (folder) => {
      await cp(join(folder, 'whole'), join(folder, 'r'), { recursive: true });
      for (const file of ['result.json', 'report.json', 'report.html', 'model.safetensors', 'tokenizer.json'])
        await rm(join(folder, 'r', file));
      const result = await adnce(folder, 'train', '--resume', 'r');
      expect(result).toMatchObject({ code: 0 });
      expect(result.stdout).toContain('Going on from step 0');
      await expectSame(folder, 'r', 'whole');
    });
  });
});

describe('a run of a program', () => {
  const rows = JSONL.split('\n').map((line) => JSON.parse(line) as { anchor: string; positive: string });
  const PAIRS = {
    kind: 'text' as const,
    name: 'pairs',
    anchors: rows.map(({ anchor }) => anchor),
    positives: rows.map(({ positive }) => positive),
  };
  const SETTINGS = { batchSize: 16, epochs: 200, seed: 3 };
  const FLAGS = [...QUICK, '--seed', '3', '--hold-out', '0', '--epochs', '200', '--hidden', '8', '--dropout', '0.2'];

  /** A task as the command would have it; stopped after some steps, or not. */
  function task(stopAt?: number): TrainRunOptions {
    const features = TextFeatures.fit([...PAIRS.anchors, ...PAIRS.positives], { minCount: 1, buckets: 64 });
    const encoder = new BagEncoder(features, { dimension: 16, hidden: 8, dropout: 0.2 }, 3);
    const controller = new AbortController();
    const onStep = ({ step }: { step: number }) => step === stopAt && controller.abort();
    return { encoder, pairs: PAIRS, train: SETTINGS, resume: true, onStep, signal: controller.signal };
  }

  it('is ended by the command, and one of the command by a program', async () => {
    await inFolder(async (folder) => {
      await init();
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      expect(await adnce(folder, 'train', 'pairs.jsonl', '--out', 'whole', ...FLAGS)).toMatchObject({ code: 0 });
      const weights = (run: string) => readFile(join(folder, run, 'model.safetensors'));

      expect(await trainRun(new DiskStorage(join(folder, 'ours')), task(7))).toMatchObject({ stopped: 'interrupted' });
      const nameless = await adnce(folder, 'train', '--resume', 'ours');
      expect(nameless).toMatchObject({ code: 2 });
      expect(nameless.stderr).toMatch(
        /^E_OPTION train: the data of ours came from a program.*adnce train DATA --resume ours/,
      );
      const ended = await adnce(folder, 'train', 'pairs.jsonl', '--resume', 'ours');
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Going on from step 7') });

      const args = ['train', 'pairs.jsonl', '--out', 'theirs', ...FLAGS, ...EVERY];
      expect(await stopped(folder, 'theirs', 'SIGINT', 0, args)).toMatchObject({ code: 130 });
      expect(await trainRun(new DiskStorage(join(folder, 'theirs')), task())).toMatchObject({ stopped: 'finished' });
      // Builds with threads and without name themselves in the metadata; the numbers are the same.
      const numbers = async (run: string) => readSafetensors(await weights(run)).tensors;
      expect(await numbers('ours')).toEqual(await numbers('whole'));
      expect(await numbers('theirs')).toEqual(await numbers('whole'));
      for (const run of ['ours', 'theirs']) {
        const log = await readFile(join(folder, run, 'metrics.jsonl'), 'utf8');
        expect(log).toBe(await readFile(join(folder, 'whole', 'metrics.jsonl'), 'utf8'));
      }
    });
  }, 60_000);
});

describe('going on is refused', () => {
  /** A run that was interrupted after some steps. */
  async function withHalf(work: (folder: string, resume: (...args: string[]) => Promise<Finished>) => Promise<void>) {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const args = ['train', 'pairs.jsonl', '--out', 'r', ...QUICK, '--epochs', '20000', ...EVERY];
      expect(await stopped(folder, 'r', 'SIGINT', 100, args)).toMatchObject({ code: 130 });
      expect((await readdir(join(folder, 'r'))).filter((name) => name.startsWith('state-'))).toHaveLength(2);
      await work(folder, (...more) => adnce(folder, 'train', '--resume', 'r', ...more));
    });
  }

  it('when something differs, saying what', async () => {
    await withHalf(async (folder, resume) => {
      const before = await readFile(join(folder, 'r/metrics.jsonl'));
      const cases: [string[], RegExp, number][] = [
        [
          ['--learning-rate', '0.5'],
          /^E_OPTION train: a run goes on with its own options: "learningRate" 0\.02, got 0\.5\./,
          2,
        ],
        [['--dimension', '8', '--hidden', '0'], /^E_OPTION train: .*"dimension" 16, got 8\. Hint: leave them out/, 2],
        [['--buckets', '65'], /^E_OPTION train: .*"buckets" 64, got 65/, 2],
        [['--hold-out', '4'], /^E_(DATA|CHECKPOINT) r: /, 1],
        [['--out', 'x'], /^E_OPTION adnce: option '--resume <folder>' cannot be used with option '--out <folder>'/, 2],
        [['none.jsonl'], /^E_IO none\.jsonl/, 1],
      ];
      for (const [args, message, code] of cases) {
        const result = await resume(...args);
        expect(result.stderr).toMatch(message);
        expect(result.code, args.join(' ')).toBe(code);
      }
      await writeFile(join(folder, 'pairs.jsonl'), JSONL.replace('the hat is grey', 'a hat is grey'));
      const changed = await resume();
      expect(changed).toMatchObject({ code: 1 });
      expect(changed.stderr).toMatch(
        /^E_DATA r: a run goes on with its own data \(digest \w+\), but they have changed \(\w+\)/,
      );

      await writeFile(join(folder, 'elsewhere.jsonl'), JSONL);
      const config = join(folder, 'r/config.json');
      const text = await readFile(config, 'utf8');
      await writeFile(config, text.replace(/"adnce": "[^"]*"/, '"adnce": "0.0.9"'));
      const other = await resume('elsewhere.jsonl');
      expect(other).toMatchObject({ code: 1 });
      expect(other.stderr).toMatch(
        /^E_CHECKPOINT r: a run goes on with the version that began it, adnce 0\.0\.9, this is .*npx adnce@0\.0\.9/,
      );
      expect(Buffer.compare(await readFile(join(folder, 'r/metrics.jsonl')), before)).toBe(0);

      // No runtime of this test has relaxed SIMD without a flag.
      await writeFile(config, text.replace('"relaxed": false', '"relaxed": true'));
      expect((await resume('elsewhere.jsonl')).stderr).toMatch(
        /E_OPTION r: a run goes on with the arithmetic it began with, fast, got the build simd.*Hint: set fast/,
      );

      await writeFile(config, text);
      const args = ['train', '--resume', 'r', 'elsewhere.jsonl', ...EVERY];
      const gone = await stopped(folder, 'r', 'SIGINT', 50, args);
      expect(gone).toMatchObject({ code: 130, stdout: expect.stringMatching(/Going on from step [1-9]/) });
    });
  }, 60_000);

  it('with a damaged state only when both are; with one it goes on from the other and says so', async () => {
    await withHalf(async (folder, resume) => {
      const paths = ['a', 'b'].map((slot) => join(folder, `r/state-${slot}.safetensors`)) as [string, string];
      const sizes = await Promise.all(paths.map(async (path) => (await readFile(path)).length));
      await truncate(paths[0], Math.floor((sizes[0] as number) * 0.7));
      const one = await stopped(folder, 'r', 'SIGINT', 50, ['train', '--resume', 'r']);
      expect(one.stderr).toMatch(/E_CHECKPOINT r\/state-a\.safetensors: .*The run goes on from the state before it\./);
      expect(one).toMatchObject({ code: 130, stdout: expect.stringMatching(/Going on from step [1-9]/) });
      for (const path of paths) {
        const bytes = await readFile(path);
        bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
        await writeFile(path, bytes);
      }
      const none = await resume();
      expect(none).toMatchObject({ code: 1 });
      expect(none.stderr).toMatch(/^E_CHECKPOINT r\/state-[ab]\.safetensors: /);
    });
  }, 60_000);

  it('while another process writes the run; a killed one does not count', async () => {
    await withHalf(async (folder, resume) => {
      const [child, finished] = start(folder, ['train', '--resume', 'r']);
      await new Promise<void>((resolve) =>
        child.stdout?.on('data', (chunk) => String(chunk).includes('Going on') && resolve()),
      );
      for (const result of [await resume(), await train(folder, 'r', '--overwrite')]) {
        expect(result).toMatchObject({ code: 1 });
        expect(result.stderr).toMatch(new RegExp(`^E_LOCKED r: process ${child.pid} is writing this run`));
      }
      child.kill('SIGKILL');
      await finished;
      const names = () => readdir(join(folder, 'r'));
      expect((await names()).filter((name) => name.includes('lock'))).toHaveLength(1);
      expect(await train(folder, 'r', '--overwrite')).toMatchObject({ code: 0 });
      expect((await names()).filter((name) => name.startsWith('.'))).toEqual([]);
      expect((await resume('--epochs', '61')).stderr).toMatch(/^E_OPTION train: .*"epochs" 60, got 61/);
    });
  }, 60_000);

  it('where there is no run', async () => {
    await inFolder(async (folder) => {
      const result = await adnce(folder, 'train', '--resume', 'none');
      expect(result).toMatchObject({ code: 1 });
      expect(result.stderr).toMatch(/^E_IO none: the folder of a run is expected, got nothing at this path/);
      expect(await readdir(folder)).toEqual([]);
    });
  });
});
