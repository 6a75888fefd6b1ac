/** Every command from its process's start to its exit code, on small data of the test's own. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { readNpy, readVectors, writeNpy, writeVectors } from '../../src/data/index.js';
import { checkReport } from '../../src/report/check.js';
import { parseMetrics } from '../../src/runs/index.js';
import { adnce, inFolder, start } from '../support/command.js';
import { COLOURS, JSONL, lastJson, QUICK, THINGS, withRun } from '../support/small-run.js';

describe('train', () => {
  it('leaves a run with all of its files, and says what it learned', async () => {
    await withRun(async (folder, trained) => {
      expect(trained).toMatchObject({ code: 0 });
      for (const text of ['What it learned', 'BM25', 'untrained', 'trained', 'Search more: npx adnce search runs/x']) {
        expect(trained.stdout).toContain(text);
      }
      expect(trained.stderr).toMatch(/training: \d+ of \d+ {2}loss/);
      const run = join(folder, 'runs/x');
      expect((await readdir(run)).sort()).toEqual([
        'config.json',
        'metrics.jsonl',
        'model.safetensors',
        'report.html',
        'report.json',
        'result.json',
        'tokenizer.json',
      ]);
      const config = JSON.parse(await readFile(join(run, 'config.json'), 'utf8'));
      expect(config).toMatchObject({
        format: 'adnce-run',
        encoder: { kind: 'text', dimension: 16 },
        train: { loss: 'adnce', batchSize: 16, epochs: 8 },
        environment: { build: expect.stringMatching(/^simd(-threads)?$/) },
      });
      const metrics = parseMetrics(await readFile(join(run, 'metrics.jsonl')), 'metrics.jsonl');
      const steps = metrics.filter(({ type }) => type === 'step');
      expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
      const validations = metrics.filter(({ type }) => type === 'validation');
      expect(validations).toHaveLength(9);
      const report: unknown = JSON.parse(await readFile(join(run, 'report.json'), 'utf8'));
      checkReport(report);
      expect(report.weights?.score.length).toBeGreaterThan(10);
      expect(report.weights?.curves.find(({ role }) => role === 'own')?.name).toBe('ADNCE, μ = 0.4, σ = 1');
      expect(report.robust).toEqual(validations.map(({ robust }) => robust));
      expect(report.robust?.at(-1)).toMatchObject({ temperature: 0.07, mu: 0.4, sigma: 1 });
      expect(report.robust?.every(({ radius }) => (radius as number) > 0)).toBe(true);
      expect(report.suspects).toMatchObject({ anchors: 8, negatives: 56 });
      expect(report.retrieval?.rows.map(({ name }) => name)).toEqual(['BM25', 'TF-IDF', 'untrained', 'trained']);
      expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('<!doctype html>');
    });
  });

  it('gives the same weights twice, prints JSON, and takes no folder that is taken', async () => {
    await withRun(async (folder) => {
      const again = await adnce(folder, 'train', 'pairs.jsonl', '--out', 'runs/y', '--json', ...QUICK);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(lastJson(again)).toMatchObject({ run: 'runs/y', result: { stopped: 'finished' } });
      const model = (name: string) => readFile(join(folder, 'runs', name, 'model.safetensors'));
      expect(Buffer.compare(await model('x'), await model('y'))).toBe(0);
      const taken = await adnce(folder, 'train', 'pairs.jsonl', '--out', 'runs/x', ...QUICK);
      expect(taken.code).toBe(1);
      expect(taken.stderr).toMatch(/^E_IO runs\/x: a new or empty folder is expected, got a run.*--overwrite/);
      const free = await adnce(folder, 'train', 'pairs.jsonl', ...QUICK, '--hold-out', '0');
      expect(free.code).toBe(0);
      expect(existsSync(join(folder, 'runs/pairs-adnce/model.safetensors'))).toBe(true);
    });
  });

  it('trains a head on ready vectors', async () => {
    await inFolder(async (folder) => {
      const rows = Array.from({ length: 60 }, (_, i) => ({
        anchor: Array.from({ length: 8 }, (__, k) => Math.sin(i * (k + 1))),
        positive: Array.from({ length: 8 }, (__, k) => Math.sin(i * (k + 1) + 0.2)),
      }));
      await writeFile(join(folder, 'v.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
      const trained = await adnce(folder, 'train', 'v.jsonl', '--out', 'r', '--dimension', '8', '--batch-size', '16');
      expect(trained).toMatchObject({ code: 0 });
      expect(trained.stdout).not.toContain('BM25');
      expect(await adnce(folder, 'eval', 'r', 'v.jsonl')).toMatchObject({ code: 0 });
      const vectors = Float32Array.from(rows.flatMap(({ anchor }) => anchor));
      await writeFile(join(folder, 'v.npy'), writeNpy(vectors, [60, 8]));
      await writeFile(join(folder, 'v.fvecs'), writeVectors(vectors, 8, 'fvecs'));
      for (const input of ['v.npy', 'v.fvecs']) {
        const embedded = await adnce(folder, 'embed', 'r', input, '--out', `${input}.fbin`);
        expect(embedded).toMatchObject({ code: 0 });
      }
      const [fromNpy, fromVecs] = [
        await readFile(join(folder, 'v.npy.fbin')),
        await readFile(join(folder, 'v.fvecs.fbin')),
      ];
      expect(Buffer.compare(fromNpy, fromVecs)).toBe(0);
      expect(readVectors(fromNpy, 'fbin')).toMatchObject({ rows: 60, dimension: 8 });
      const exported = await adnce(folder, 'export', 'r', '--onnx', 'm.onnx');
      expect(exported.stdout).toMatch(/^vectors → embeddings of length 8, [\d,]+ bytes → m\.onnx/);
      const search = await adnce(folder, 'search', 'r', 'words');
      expect(search.code).toBe(1);
      expect(search.stderr).toContain('E_DATA');
    });
  });

  it('starts from word vectors', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const words = [...COLOURS, ...THINGS, 'zebra'];
      const line = (word: string, i: number) => `${word} ${[1, 2, 3, 4].map((k) => Math.sin(i * k + 1)).join(' ')}`;
      await writeFile(join(folder, 'glove.txt'), words.map(line).join('\n'));
      const options = ['--init', 'glove.txt', '--out', 'r', '--batch-size', '16', '--epochs', '2'];
      expect(await adnce(folder, 'train', 'pairs.jsonl', ...options)).toMatchObject({ code: 0 });
      const config = JSON.parse(await readFile(join(folder, 'r/config.json'), 'utf8'));
      expect(config.encoder.dimension).toBe(4);
      const wrong = await adnce(folder, 'train', 'pairs.jsonl', ...options, '--overwrite', '--dimension', '8');
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain('"dimension" must be that of the word vectors, 4, got 8');
    });
  });

  it('ends cleanly on Ctrl-C, with its last checkpoint and a report', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const long = [...QUICK, '--epochs', '20000', '--evaluations', '1'];
      const [child, finished] = start(folder, ['train', 'pairs.jsonl', '--out', 'r', ...long]);
      const model = join(folder, 'r/model.safetensors');
      while (!existsSync(model)) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGINT');
      const result = await finished;
      expect(result.code).toBe(130);
      expect(result.stderr).toContain('Stopping after this step');
      expect(result.stderr).toMatch(/E_INTERRUPTED train: the run was stopped at step \d+/);
      expect(await readdir(join(folder, 'r'))).not.toContainEqual(expect.stringMatching(/tmp/));
      expect(await readFile(join(folder, 'r/report.html'), 'utf8')).toContain('it was interrupted');
      expect(await adnce(folder, 'search', 'r', 'a red car')).toMatchObject({ code: 0 });
    });
  });

  it('leaves a readable checkpoint when it is killed', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const [child, finished] = start(folder, ['train', 'pairs.jsonl', '--out', 'r', ...QUICK, '--epochs', '20000']);
      while (!existsSync(join(folder, 'r/model.safetensors'))) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGKILL');
      await finished;
      expect(await adnce(folder, 'search', 'r', 'a red car')).toMatchObject({ code: 0 });
      const report = await adnce(folder, 'report', 'r');
      expect(report).toMatchObject({ code: 0 });
      expect(await readFile(join(folder, 'r/report.html'), 'utf8')).toContain('the run was cut off before its end');
    });
  });
});

describe('a run', () => {
  it('is searched, embedded, evaluated and reported', async () => {
    await withRun(async (folder) => {
      const search = await adnce(folder, 'search', 'runs/x', 'red bird', '-k', '2', '--json');
      const { results } = lastJson(search) as { results: { text: string; score: number }[] };
      expect(results).toHaveLength(2);
      expect(results[0]?.score).toBeGreaterThanOrEqual(results[1]?.score as number);

      const [, asked] = start(folder, ['search', 'runs/x'], 'red bird\ngreen hat\n\nnot read\n');
      const { stdout } = await asked;
      expect(stdout).toContain('“green hat”');
      expect(stdout).not.toContain('not read');

      await writeFile(join(folder, 'texts.txt'), 'a red car\n\na green hat\nqqqqqq\n');
      const embed = await adnce(folder, 'embed', 'runs/x', 'texts.txt', '--out', 'e.npy', '--json');
      expect(lastJson(embed)).toMatchObject({ count: 3, dimension: 16 });
      const array = readNpy(await readFile(join(folder, 'e.npy')), 'e.npy');
      expect(array).toMatchObject({ descr: '<f4', shape: [3, 16] });
      expect(Math.hypot(...array.data.subarray(0, 16))).toBeCloseTo(1, 5);
      for (const [ending, scale, error] of [
        ['fbin', 1, 0],
        ['fvecs', 1, 0],
        ['i8bin', 127, 0.5],
      ] as const) {
        const out = join(folder, `e.${ending}`);
        expect(await adnce(folder, 'embed', 'runs/x', 'texts.txt', '--out', out)).toMatchObject({ code: 0 });
        const { rows, dimension, data } = readVectors(await readFile(out), ending);
        expect([rows, dimension]).toEqual([3, 16]);
        data.forEach((value, i) => {
          expect(Math.abs(value - scale * (array.data[i] as number))).toBeLessThanOrEqual(error);
        });
      }
      const unknown = await adnce(folder, 'embed', 'runs/x', 'texts.txt', '--out', 'e.csv');
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toMatch(/^E_OPTION embed: "out" must end in one of \.npy, \.fbin/);

      const exported = await adnce(folder, 'export', 'runs/x', '--onnx', 'm.onnx', '--json');
      expect(lastJson(exported)).toMatchObject({ inputs: ['input_ids', 'attention_mask'], output: 'embeddings' });
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(await readFile(join(folder, 'm.onnx')));
      expect(session.outputNames).toEqual(['embeddings']);
      await session.release();

      await mkdir(join(folder, 'sts'));
      await writeFile(
        join(folder, 'sts/STS.input.x.txt'),
        'a red car\tthe car is red\na red car\ta pink hat\nblue cup\tcup\n',
      );
      await writeFile(join(folder, 'sts/STS.gs.x.txt'), '5\n1\n\n');
      const evaluated = await adnce(folder, 'eval', 'runs/x', 'pairs.jsonl', '--sts', 'sts');
      expect(evaluated).toMatchObject({ code: 0 });
      expect(evaluated.stdout).toContain('this run');
      expect(evaluated.stdout).toMatch(/sts · x +2 +100\.00/);

      const report = await adnce(folder, 'report', 'runs/x', '--out', 'r.html');
      expect(report).toMatchObject({ code: 0 });
      expect(await readFile(join(folder, 'r.html'), 'utf8')).toContain('adnce report');
    });
  });

  it('that is none gets a coded error with a hint', async () => {
    await withRun(async (folder) => {
      const close = await adnce(folder, 'search', 'runs/xx', 'q');
      expect(close.code).toBe(1);
      expect(close.stderr).toMatch(/^E_IO runs\/xx: the folder of a run is expected.*did you mean "runs\/x"/);
      const damaged = join(folder, 'runs/x/model.safetensors');
      const bytes = await readFile(damaged);
      bytes[bytes.length - 1]! ^= 1;
      await writeFile(damaged, bytes);
      const search = await adnce(folder, 'search', 'runs/x', 'q');
      expect(search.code).toBe(1);
      expect(search.stderr).toMatch(/^E_CHECKPOINT .*digest/);
    });
  });
});

describe('bad input', () => {
  const cases: [name: string, content: string | Buffer, code: string, place: RegExp][] = [
    ['empty.jsonl', '', 'E_DATA', /empty\.jsonl/],
    ['missing.jsonl', '{"anchor":"a","positive":"b"}\n{"anchor":"c"}\n', 'E_DATA', /missing\.jsonl:2/],
    ['broken.jsonl', '{"anchor":"a","positive":"b"}\n{"anchor":\n', 'E_FORMAT', /broken\.jsonl:2/],
    ['nan.json', '[{"anchor":[1,2],"positive":[1,null]}]', 'E_(VALUE|DATA)', /nan\.json:1/],
    ['latin.csv', Buffer.from('anchor,positive\nx,y\ncaf\xe9,z\n', 'latin1'), 'E_ENCODING', /latin\.csv:3/],
    ['columns.tsv', 'left\tright\na\tb\n', 'E_DATA', /columns\.tsv/],
    ['what.docx', 'x', 'E_FORMAT', /what\.docx/],
  ];

  it.each(cases)('%s', async (name, content, code, place) => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, name), content);
      const { code: exit, stderr, stdout } = await adnce(folder, 'train', name, '--out', 'r');
      expect(exit).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`^${code} `));
      expect(stderr).toMatch(place);
      expect(existsSync(join(folder, 'r'))).toBe(false);
    });
  });

  it('in options names the nearest one', async () => {
    await inFolder(async (folder) => {
      const unknown = await adnce(folder, 'train', '--temprature', '0.1');
      expect(unknown).toMatchObject({ code: 2, stdout: '' });
      expect(unknown.stderr).toContain('--temperature');
      const range = await adnce(folder, 'train', '--temperature', '0');
      expect(range.code).toBe(2);
      expect(range.stderr).toMatch(/^E_OPTION train: "temperature" must be a finite number >= 0.001/);
      const noun = await adnce(folder, 'train', '--epochs', 'many');
      expect(noun.code).toBe(2);
      expect(noun.stderr).toContain('It must be a number');
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it('of a search: no results, or no words', async () => {
    await withRun(async (folder) => {
      const none = await adnce(folder, 'search', 'runs/x', 'red', '-k', '0');
      expect(none.code).toBe(2);
      expect(none.stderr).toMatch(/^E_OPTION search: "count" must be an integer >= 1, got 0/);
      const blank = await adnce(folder, 'search', 'runs/x', ' ');
      expect(blank.code).toBe(2);
      expect(blank.stderr).toMatch(/^E_OPTION search: "query" must be a non-empty string/);
    });
  });

  it("a folder that can't be made", async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const { code, stderr } = await adnce(folder, 'train', 'pairs.jsonl', '--out', '/proc/adnce/x');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^E_IO \/proc/);
    });
  });

  it('a file that is not there, with the nearest name', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const { code, stderr } = await adnce(folder, 'train', 'pair.jsonl', '--out', 'r');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^E_IO pair\.jsonl: .*did you mean "pairs\.jsonl"/);
    });
  });
});

describe('verify and doctor', () => {
  it('pass on this machine', async () => {
    const vectors = new URL('../golden/vectors.json', import.meta.url).pathname;
    const verified = await adnce('.', 'verify', vectors);
    expect(verified.code).toBe(0);
    expect(verified.stdout.trim().split('\n').at(-1)).toMatch(/^\d{3,} passed, 0 failed$/);
    const doctor = await adnce('.', 'doctor', '--json');
    expect(doctor.code).toBe(0);
    expect((lastJson(doctor).findings as { fine: boolean }[]).every(({ fine }) => fine)).toBe(true);
  });

  it('a wrong golden value fails, with exit code 1', async () => {
    await inFolder(async (folder) => {
      const { cases } = JSON.parse(await readFile(new URL('../golden/vectors.json', import.meta.url), 'utf8'));
      const one = cases.find(({ objective }: { objective: string }) => objective === 'infonce');
      one.loss += 0.001;
      await writeFile(join(folder, 'v.json'), JSON.stringify({ cases: [one] }));
      const { code, stdout } = await adnce(folder, 'verify', 'v.json');
      expect(code).toBe(1);
      expect(stdout.trim().split('\n').at(-1)).toBe('0 passed, 1 failed');
    });
  });
});
