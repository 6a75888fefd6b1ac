#!/usr/bin/env node
/**
 * Settings side by side on a data set, several seeds each:
 *
 *     node scripts/compare-settings.mjs DATA [--seeds=3] [--common="--epochs 10 …"] [--settings="--loss dcl" …]
 *
 * Every setting is one run of the command in a process of its own; the first one is the defaults. Prints mean and range over seeds of
 * MRR and recall@10 on held-out pairs, as Markdown. `suggest` stands for what `adnce suggest` says of the data.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const SETTINGS = [
  '',
  'suggest',
  '--temperature auto',
  '--temperature auto --mu auto --sigma auto',
  '--mu auto --sigma auto',
  '--loss infonce',
  '--loss infonce --temperature auto',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    common: { type: 'string', default: '' },
    settings: { type: 'string', multiple: true, default: SETTINGS },
  },
});
const data = positionals[0] === undefined ? [] : [positionals[0]];
const words = (text) => text.split(' ').filter((word) => word !== '');

function run(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`adnce ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function suggested() {
  const init = /--init \S+/.exec(values.common)?.[0] ?? '';
  const { temperature, mu, sigma, batchSize } = run(['suggest', ...data, ...words(init), '--json']);
  return `--temperature ${temperature.value} --mu ${mu.value} --sigma ${sigma.value} --batch-size ${batchSize.value}`;
}

function measure(setting, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'adnce-compare-'));
  try {
    const own = [...words(values.common), ...words(setting), '--seed', String(seed)];
    const { retrieval } = run(['train', ...data, '--json', '--out', join(folder, 'run'), ...own]);
    return retrieval.rows.find(({ name }) => name === 'trained').metrics;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function summary(numbers) {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return `${mean.toFixed(3)} (${Math.min(...numbers).toFixed(3)} … ${Math.max(...numbers).toFixed(3)})`;
}

console.log('| setting | MRR | recall@10 |\n| --- | --- | --- |');
for (const named of values.settings) {
  const setting = named === 'suggest' ? suggested() : named;
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => measure(setting, seed));
  const name = named === '' ? 'defaults' : named === 'suggest' ? `suggested: \`${setting}\`` : `\`${setting}\``;
  const of = (key) => summary(seeds.map((metrics) => metrics[key]));
  console.log(`| ${name} | ${of('MRR')} | ${of('recall@10')} |`);
}
