/** The commands of the robust view, from their process's start to its exit code. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkReport } from '../../src/report/check.js';
import { adnce, inFolder } from '../support/command.js';
import { JSONL, lastJson, QUICK, withRun } from '../support/small-run.js';

interface Suspect {
  anchor: string;
  candidate: string;
  ownPositive: string;
  weight: number;
}

interface DroAnswer {
  anchors: number;
  divergence: string;
  temperature: number | null;
  order?: number;
  level?: number;
  batchSize: number;
  radius: { mean: number; limit: number | null };
  effectiveSampleSize: { mean: number };
  tightness: { temperature: number }[];
  suspects: { total: number; negatives: number; margin: number; floor: number; pairs: Suspect[] };
}

async function droJson(folder: string, ...args: string[]): Promise<DroAnswer> {
  const finished = await adnce(folder, 'dro', 'runs/x', 'pairs.jsonl', '--json', ...args);
  expect(finished).toMatchObject({ code: 0, stderr: '' });
  return lastJson(finished) as unknown as DroAnswer;
}

describe('dro', () => {
  it('shows the robust view of a run, in text that fits a page and in full as JSON', async () => {
    await withRun(async (folder) => {
      const text = await adnce(folder, 'dro', 'runs/x', 'pairs.jsonl', '-k', '2');
      expect(text).toMatchObject({ code: 0, stderr: '' });
      for (const part of [
        '80 anchors, weights of ADNCE, τ = 0.07',
        'radius of InfoNCE',
        'radius η',
        'effective negatives',
        'suspect ',
      ]) {
        expect(text.stdout).toContain(part);
      }
      expect(text.stdout.match(/^ {2}anchor/gm)).toHaveLength(2);
      expect(text.stdout).not.toContain('…');
      expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);

      const all = await droJson(folder);
      expect(all).toMatchObject({ anchors: 80, weights: 'ADNCE', temperature: 0.07, batchSize: 16 });
      expect(all.radius.limit).toBeCloseTo(Math.log(79), 6);
      expect(all.effectiveSampleSize.mean).toBeLessThan(79);
      expect(all.tightness.map(({ temperature }) => temperature)).toContain(0.07);
      const { pairs, total, negatives } = all.suspects;
      expect(negatives).toBe(80 * 79);
      expect(pairs).toHaveLength(Math.min(10, total));
      for (const { anchor, candidate, ownPositive, weight } of pairs) {
        const [, colour, thing] = anchor.split(' ');
        expect(ownPositive).toBe(`the ${thing} is ${colour}`);
        expect(candidate).not.toBe(ownPositive);
        expect(weight).toBeGreaterThan(1);
      }
    });
  });

  it('takes the adversary and the temperature that are asked for', async () => {
    await withRun(async (folder) => {
      const kl = await droJson(folder, '--divergence', 'kl');
      expect(kl).toMatchObject({ divergence: 'kl', weights: null, temperature: 0.07 });
      const own = await droJson(folder);
      expect(own.radius.mean).not.toBe(kl.radius.mean);
      expect(Math.abs(own.radius.mean / kl.radius.mean - 1)).toBeLessThan(0.2);
      const tail = await droJson(folder, '--divergence', 'cvar', '--level', '0.5', '--anchors', '20');
      expect(tail).toMatchObject({ anchors: 20, divergence: 'cvar', level: 0.5, temperature: null, tightness: [] });
      const order = await droJson(folder, '--divergence', 'cressie_read', '--order', '2', '--temperature', '0.3');
      const chi2 = await droJson(folder, '--divergence', 'chi2', '--temperature', '0.3');
      expect(order).toMatchObject({ order: 2, temperature: 0.3 });
      expect(order.radius).toEqual(chi2.radius);
      const alpha = await droJson(folder, '--divergence', 'alpha', '--order', '2', '--temperature', '0.3');
      expect(alpha).toMatchObject({ divergence: 'alpha', alpha: 2, radius: chi2.radius });
      expect((await droJson(folder, '--temperature', '0.2')).radius.mean).toBeLessThan(
        (await droJson(folder)).radius.mean,
      );
    });
  });

  it('takes the divergence a run was trained with where none is named', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const options = ['--loss', 'cl-dro', '--divergence', 'chi2', '--temperature', '0.2'];
      const trained = await adnce(folder, 'train', 'pairs.jsonl', '--out', 'runs/x', ...QUICK, ...options);
      expect(trained).toMatchObject({ code: 0 });
      expect(await droJson(folder)).toMatchObject({ divergence: 'chi2', temperature: 0.2 });
      const report: unknown = JSON.parse(await readFile(join(folder, 'runs/x/report.json'), 'utf8'));
      checkReport(report);
      expect(report.weights?.curves.find(({ role }) => role === 'own')?.name).toBe('χ², mean and variance');
      expect(report.weights?.bell).toBeUndefined();
    });
  });

  it('refuses what it can’t do, with what would be right', async () => {
    await withRun(async (folder) => {
      await writeFile(join(folder, 'one.jsonl'), '{"anchor":"a","positive":"b"}\n{"anchor":"c","positive":"b"}\n');
      const cases: [args: string[], code: number, message: RegExp][] = [
        [
          ['pairs.jsonl', '--divergence', 'tv'],
          2,
          /Allowed choices are kl, chi2, reverse_kl, cressie_read, alpha, cvar/,
        ],
        [['pairs.jsonl', '--divergence', 'cvar'], 2, /E_OPTION dro: --divergence cvar needs --level, got none/],
        [['pairs.jsonl', '--divergence', 'cressie_read'], 2, /E_OPTION dro: --divergence cressie_read needs --order/],
        [['pairs.jsonl', '--divergence', 'cvar', '--level', '2'], 2, /"level" must be a finite number > 0 and <= 1/],
        [['pairs.jsonl', '--order', '2'], 2, /"order" does not go with .*"kl".*cressie_read/],
        [['pairs.jsonl', '--temperature', '0'], 2, /"temperature" must be a finite number >= 0\.001/],
        [['pairs.jsonl', '--anchors', '1.5'], 2, /"anchors" must be an integer >= 1, got 1\.5/],
        [['one.jsonl'], 1, /E_DATA one\.jsonl: every anchor needs a positive of another anchor/],
        [['missing.jsonl'], 1, /E_IO missing\.jsonl/],
      ];
      for (const [args, code, message] of cases) {
        const finished = await adnce(folder, 'dro', 'runs/x', ...args);
        expect(finished, args.join(' ')).toMatchObject({ code, stdout: '' });
        expect(finished.stderr).toMatch(message);
      }
    });
  });

  it('names vectors by their rows, and refuses texts for a run that encodes vectors', async () => {
    await inFolder(async (folder) => {
      const vector = (i: number, shift: number) => Array.from({ length: 8 }, (_, k) => Math.sin(i * (k + 1) + shift));
      const rows = Array.from({ length: 60 }, (_, i) => ({ anchor: vector(i, 0), positive: vector(i, 0.2) }));
      await writeFile(join(folder, 'v.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const options = ['--out', 'r', '--dimension', '8', '--batch-size', '16', '--temperature', '0.5'];
      expect(await adnce(folder, 'train', 'v.jsonl', ...options)).toMatchObject({ code: 0 });
      const view = await adnce(folder, 'dro', 'r', 'v.jsonl', '--json');
      const { suspects } = lastJson(view) as unknown as DroAnswer;
      expect(suspects.pairs.length).toBeGreaterThan(0);
      for (const { anchor, candidate } of suspects.pairs) expect(`${anchor} ${candidate}`).toMatch(/^row \d+ row \d+$/);
      const texts = await adnce(folder, 'dro', 'r', 'pairs.jsonl');
      expect(texts).toMatchObject({ code: 1, stdout: '' });
      expect(texts.stderr).toMatch(/^E_DATA pairs\.jsonl: this run encodes vectors, got data of kind "text"/);
      for (const command of [
        ['eval', 'r', 'pairs.jsonl'],
        ['suggest', 'pairs.jsonl', '--run', 'r'],
      ]) {
        expect((await adnce(folder, ...command)).stderr).toMatch(/^E_DATA pairs\.jsonl: this run encodes vectors/m);
      }
    });
  });
});

describe('suggest', () => {
  it('answers four parameters with a reason each, from scratch and from a run', async () => {
    await withRun(async (folder) => {
      const keys = ['temperature', 'mu', 'sigma', 'batchSize'] as const;
      type Answer = Record<(typeof keys)[number], { value: number; reason: string }>;
      const fresh = await adnce(folder, 'suggest', 'pairs.jsonl', '--json');
      expect(fresh).toMatchObject({ code: 0, stderr: '' });
      const answer = lastJson(fresh) as unknown as Answer;
      for (const key of keys) {
        expect(Number.isFinite(answer[key].value)).toBe(true);
        expect(answer[key].reason).toMatch(/\w+ \w+/);
      }
      const text = await adnce(folder, 'suggest', 'pairs.jsonl', '--run', 'runs/x', '--radius', '1');
      expect(text).toMatchObject({ code: 0 });
      expect(text.stdout).toMatch(/radius 1 nats[\s\S]*Use them: {2}--temperature [\d.]+ --mu [-\d.]+ --sigma [\d.]+/);
    });
  });

  it('refuses a radius that no temperature reaches, with the nearest that one does', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const far = await adnce(folder, 'suggest', 'pairs.jsonl', '--radius', '50');
      expect(far.code).toBe(2);
      expect(far.stderr).toMatch(
        /^E_OPTION suggest: "radius" must be > 0 and < [\d.]+ .*nearest valid value is [\d.]+/m,
      );
      const trained = await adnce(folder, 'train', 'pairs.jsonl', ...QUICK, '--temperature', 'auto', '--radius', '50');
      expect(trained.code).toBe(2);
      expect(trained.stderr).toMatch(/^E_OPTION train: "radius" must be > 0 and < [\d.]+ .*valid value is [\d.]+\./m);
      expect(await readdir(folder)).toEqual(['pairs.jsonl']);
      await writeFile(join(folder, 'few.jsonl'), '{"anchor":"a","positive":"b"}\n');
      const few = await adnce(folder, 'suggest', 'few.jsonl');
      expect(few).toMatchObject({ code: 1, stdout: '' });
      expect(few.stderr).toMatch(/^E_DATA few\.jsonl: at least 8 pairs are needed, got 1/);
    });
  });
});

describe('report', () => {
  it('shows parameters that follow the scores, also of a run that was cut off', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'pairs.jsonl'), JSONL);
      const auto = ['--temperature', 'auto', '--mu', 'auto', '--sigma', 'auto'];
      expect(await adnce(folder, 'train', 'pairs.jsonl', '--out', 'r', ...QUICK, ...auto)).toMatchObject({ code: 0 });
      const page = join(folder, 'r/report.html');
      const hasPanels = async () => {
        const text = await readFile(page, 'utf8');
        for (const name of ['temperature τ', 'centre μ', 'width σ', 'radius η']) {
          expect(text).toContain(`${name} by step, on held-out pairs`);
        }
      };
      await hasPanels();
      await rm(page);
      await rm(join(folder, 'r/report.json'));
      expect(await adnce(folder, 'report', 'r')).toMatchObject({ code: 0 });
      await hasPanels();
    });
  });

  it('refuses the data of an older version', async () => {
    await withRun(async (folder) => {
      const path = join(folder, 'runs/x/report.json');
      const data = JSON.parse(await readFile(path, 'utf8'));
      const { score } = data.weights;
      data.weights = { objective: 'adnce', layout: 'sentence', temperature: 1, mu: 0, sigma: 1, score, adnce: score };
      await writeFile(path, JSON.stringify(data));
      const { code, stderr } = await adnce(folder, 'report', 'runs/x');
      expect(code).toBe(1);
      expect(stderr).toMatch(/E_DATA .*"weights\.curves" must be an array, got undefined.*from another version/);
    });
  });
});
