/** The folder of a run: what may be written when, what is refused, and that weights always lie beside their configuration. */
import * as fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NamedTensor } from '../../../src/checkpoint/index.js';
import { RunFolder } from '../../../src/runs/node.js';
import { rejection, useFolder } from '../../support/folder.js';

const at = useFolder();
const weights = (fill: number): NamedTensor[] => [
  { name: 'w', dtype: 'F32', shape: [2], data: Float32Array.of(fill, fill) },
];
const say = async (promise: Promise<unknown>): Promise<string> => (await rejection(promise)).message;
const open = async (...parts: string[]): Promise<string> => await say(RunFolder.open(at(...parts)));

/** A run with all its files, the number in each of them. */
async function makeRun(path: string, number: number, options = {}): Promise<RunFolder> {
  const run = await RunFolder.create(path, options);
  await run.writeConfig({ dimension: number });
  await run.writeTokenizer({ words: ['é', number] });
  const metrics = await run.openMetrics();
  metrics.append({ step: number });
  await metrics.close();
  await run.writeModel(weights(number), { step: String(number) });
  await run.writeReportData({ loss: number });
  await run.writeReport(`<p>é ${number}</p>`);
  await run.close();
  return run;
}

describe('a run', () => {
  it('is read as it was written', async () => {
    await makeRun(at('runs', 'x'), 7);
    const names = ['config.json', 'metrics.jsonl', 'model.safetensors', 'report.html', 'report.json', 'tokenizer.json'];
    expect((await fs.readdir(at('runs', 'x'))).sort()).toEqual(names);
    const run = await RunFolder.open(at('runs', 'x'));
    expect(run.path).toBe(at('runs', 'x'));
    expect(Object.values(run.paths).map((path) => basename(path))).toEqual(expect.arrayContaining(names));
    expect(await run.readConfig()).toEqual({ format: 'adnce-run', version: 1, dimension: 7 });
    expect(await run.readTokenizer()).toEqual({ words: ['é', 7] });
    expect(await run.readMetrics()).toEqual([{ step: 7 }]);
    const { tensors, metadata } = await run.readModel();
    expect([[...tensors.get('w')!.data], metadata.get('step')]).toEqual([[7, 7], '7']);
    expect(await run.readReportData()).toEqual({ loss: 7 });
    expect(await fs.readFile(run.paths.report, 'utf8')).toBe('<p>é 7</p>');
  });

  it('has format and version first, whatever the configuration says', async () => {
    const run = await RunFolder.create(at('x'));
    await run.writeConfig({ seed: 1, version: 9, format: 'other' });
    expect(await fs.readFile(run.paths.config, 'utf8')).toBe(
      '{\n  "format": "adnce-run",\n  "version": 1,\n  "seed": 1\n}\n',
    );
  });

  it('may be copied elsewhere, opened there and given a new report', async () => {
    await makeRun(at('x'), 1);
    await fs.cp(at('x'), at('y'), { recursive: true });
    const run = await RunFolder.open(at('y'));
    await run.writeReport('new');
    await run.writeReportData({ new: true });
    expect(await run.readReportData()).toEqual({ new: true });
    expect(await fs.readFile(at('x', 'report.html'), 'utf8')).not.toBe('new');
  });
});

describe('create', () => {
  it('takes a folder that is new, empty, or has only what a killed process left', async () => {
    await RunFolder.create(at('a', 'b', 'c'));
    expect(await say(RunFolder.create(at('a', 'b', 'c')))).toBe(
      `E_LOCKED ${at('a', 'b', 'c')}: this process is writing this run. Hint: wait for its end or stop it, or choose another name.`,
    );
    await fs.rm(at('a'), { recursive: true });
    await (await RunFolder.create(at('a', 'b', 'c'))).close();
    expect(await fs.readdir(at('a', 'b'))).toEqual([]);
    await fs.mkdir(at('a', 'b', 'c'));
    const gone = `.adnce-${process.pid}-0123456789ab.tmp`;
    await fs.writeFile(at('a', 'b', 'c', gone), 'half');
    const run = await RunFolder.create(at('a', 'b', 'c'));
    expect(await run.storage.list()).toEqual([]);
    expect(await fs.readdir(at('a', 'b', 'c'))).toEqual([expect.stringMatching(/^\.adnce-lock-/)]);
  });

  it('refuses a folder with other files, and a file', async () => {
    await fs.mkdir(at('photos'));
    await fs.writeFile(at('photos', 'a.jpg'), '');
    for (const options of [{}, { overwrite: true }]) {
      expect(await say(RunFolder.create(at('photos'), options))).toBe(
        `E_IO ${at('photos')}: a new or empty folder is expected, got one with other files, such as "a.jpg". Hint: choose another name; nothing was changed.`,
      );
    }
    await fs.writeFile(at('photos', 'config.json'), '{"format":"other"}');
    expect(await say(RunFolder.create(at('photos'), { overwrite: true }))).toMatch(/^E_IO .*got one with other files/);
    expect(await say(RunFolder.create(at('photos', 'a.jpg')))).toMatch(/^E_IO .*a folder is expected, got a file/);
    expect(await say(RunFolder.create(at('photos', 'a.jpg', 'x')))).toMatch(/^E_IO .*leads through a file/);
    expect((await fs.readdir(at('photos'))).sort()).toEqual(['a.jpg', 'config.json']);
  });

  it('refuses a run, unless it may be replaced', async () => {
    await makeRun(at('x'), 1);
    expect(await say(RunFolder.create(at('x')))).toBe(
      `E_IO ${at('x')}: a new or empty folder is expected, got a run. Hint: choose another name, set overwrite (--overwrite) to replace that run, or go on with it (--resume).`,
    );
    await fs.writeFile(at('x', 'notes.txt'), 'mine');
    await makeRun(at('x'), 2, { overwrite: true });
    const run = await RunFolder.open(at('x'));
    expect((await run.readModel()).tensors.get('w')!.data[0]).toBe(2);
    expect(await run.readMetrics()).toEqual([{ step: 2 }]);
    expect(await fs.readFile(at('x', 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('leaves a run that is replaced alone until the first write, which removes its weights', async () => {
    for (const first of ['config', 'tokenizer'] as const) {
      await makeRun(at('x'), 1, { overwrite: true });
      const next = await RunFolder.create(at('x'), { overwrite: true });
      expect((await (await RunFolder.open(at('x'))).readModel()).tensors.get('w')!.data[0]).toBe(1);
      await (first === 'config' ? next.writeConfig({}) : next.writeTokenizer({}));
      await next.close();
      const left = (await fs.readdir(at('x'))).sort();
      expect(left).toEqual(first === 'config' ? ['config.json'] : ['config.json', 'tokenizer.json']);
      expect(await say((await RunFolder.open(at('x'))).readModel())).toBe(
        `E_CHECKPOINT ${at('x')}: a run must have model.safetensors, got none. Hint: the run may have been stopped before it was written; train first: adnce train.`,
      );
    }
  });

  it('may get its configuration and its tokenizer at once', async () => {
    for (let number = 0; number < 20; number++) {
      await makeRun(at('x'), number, { overwrite: true });
      const run = await RunFolder.create(at('x'), { overwrite: true });
      await Promise.all([run.writeConfig({ again: number }), run.writeTokenizer({ again: number })]);
      await run.close();
      expect((await fs.readdir(at('x'))).sort()).toEqual(['config.json', 'tokenizer.json']);
    }
  });

  it('refuses other options', async () => {
    expect(await say(RunFolder.create(at('x'), { overwite: true } as never))).toMatch(
      /^E_OPTION .*did you mean "overwrite"/,
    );
    expect(await say(RunFolder.create(at('x'), { overwrite: 1 } as never))).toMatch(/^E_OPTION .*true or false, got 1/);
    expect(await say(RunFolder.create(''))).toMatch(/^E_OPTION .*"path" must be a non-empty string/);
    expect(await say(RunFolder.open(7 as never))).toMatch(/^E_OPTION .*"path" must be a non-empty string, got 7/);
    expect(await fs.readdir(at())).toEqual([]);
  });

  it('keeps the order: what describes the weights, then the weights', async () => {
    const run = await RunFolder.create(at('x'));
    const early = [run.writeModel(weights(1)), run.openMetrics(), run.writeReport(''), run.writeReportData({})];
    for (const promise of early) expect(await say(promise)).toMatch(/^E_STATE .*writeConfig\(\)/);
    await run.writeTokenizer({});
    expect(await say(run.writeModel(weights(1)))).toMatch(/^E_STATE .*writeConfig\(\)/);
    await run.writeConfig({ a: 1 });
    await run.writeConfig({ a: 2 });
    await run.writeModel(weights(1));
    await run.writeModel(weights(2));
    expect(await say(run.writeConfig({}))).toMatch(/^E_STATE .*config\.json is written once, before the weights/);
    expect(await say(run.writeTokenizer({}))).toMatch(/^E_STATE .*tokenizer\.json is written once/);
    const opened = await RunFolder.open(at('x'));
    expect(await opened.readConfig()).toMatchObject({ a: 2 });
    for (const promise of [opened.writeModel(weights(3)), opened.writeConfig({}), opened.openMetrics()]) {
      expect(await say(promise)).toMatch(/^E_STATE .*the run was opened to be read/);
    }
  });
});

describe('open', () => {
  it('says what is there instead of a run, and where one is', async () => {
    expect(await open('wordnet')).toBe(
      `E_IO ${at('wordnet')}: the folder of a run is expected, got nothing at this path. Hint: train first: adnce train.`,
    );
    await makeRun(at('wordnet-1'), 1);
    await makeRun(at('snli'), 1);
    await fs.mkdir(at('wordnets'));
    expect(await open('wordnet')).toMatch(/^E_IO .*Hint: did you mean ".*wordnet-1"\.$/);
    expect(await open('wordnets')).toMatch(
      /^E_CHECKPOINT .*must have config\.json, got none\. Hint: did you mean ".*-1"/,
    );
    expect(await say(RunFolder.open(at()))).toMatch(/^E_CHECKPOINT .*Hint: name a run in it, such as ".*snli"/);
    expect(await open('snli', 'model.safetensors')).toBe(
      `E_IO ${at('snli', 'model.safetensors')}: the folder of a run is expected, got a file. Hint: name the folder "${at('snli')}".`,
    );
    expect(await open('snli', 'config.json', 'x')).toMatch(/^E_IO .*leads through a file/);
    expect(await open('none', 'x')).toMatch(/^E_IO .*Hint: train first: adnce train\.$/);
  });

  it.each([
    ['', /a JSON object is expected, got something damaged/],
    ['{"format":"adnce-run","vers', /a JSON object is expected, got something damaged/],
    [Buffer.from('{"a":"\xff"}', 'latin1'), /a JSON object is expected, got something damaged/],
    ['['.repeat(100_000), /a JSON object is expected, got something damaged/],
    ['[]', /a JSON object is expected, got another value/],
    ['null', /a JSON object is expected, got another value/],
    [
      '{}',
      /"format" must be "adnce-run", got undefined\. Hint: it is the configuration of something else; train first/,
    ],
    ['{"format":"bert"}', /"format" must be "adnce-run", got "bert"/],
    ['{"format":"adnce-run"}', /"version" must be 1, got undefined/],
    ['{"format":"adnce-run","version":2}', /"version" must be 1, got 2\. Hint: another version of adnce wrote the run/],
    ['{"format":"adnce-run","version":"1"}', /"version" must be 1, got "1"/],
  ])('refuses a config.json that is %j', async (text, message) => {
    await makeRun(at('x'), 1);
    await fs.writeFile(at('x', 'config.json'), text);
    const said = await open('x');
    expect(said.startsWith(`E_CHECKPOINT ${join(at('x'), 'config.json')}: `)).toBe(true);
    expect(said).toMatch(message);
  });

  it('says which other file is damaged or missing', async () => {
    const run = await makeRun(at('x'), 1);
    const readers = {
      tokenizer: () => run.readTokenizer(),
      model: () => run.readModel(),
      metrics: () => run.readMetrics(),
      reportData: () => run.readReportData(),
    };
    for (const [file, read] of Object.entries(readers)) {
      const path = run.paths[file as keyof typeof readers];
      await fs.writeFile(path, '{"cut\n');
      expect(await say(read())).toContain(`E_CHECKPOINT ${path}`);
      await fs.rm(path);
      expect(await say(read())).toContain(
        `E_CHECKPOINT ${at('x')}: a run must have ${basename(path)}, got none. Hint: the`,
      );
    }
  });
});
