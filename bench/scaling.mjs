/** `npm run bench:scaling`: how do time and memory of the loss grow with the batch, the length of embeddings and the threads? */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  describeMachine,
  growthChart,
  judge,
  machineText,
  markdownTable,
  measureAlone,
  problemOf,
  textTable,
  timeCell,
  usefulFlops,
  verdictText,
} from '../dist/bench.js';
import { readOptions } from './options.mjs';
import { progressLine } from './progress.mjs';

const LOSSES = ['cross', 'nt-xent', 'adnce'];
const SIZES = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const LENGTHS = [32, 64, 128, 256, 512, 768];
const LENGTH = 128;
const BATCH = 1024;

const options = readOptions('npm run bench:scaling --', 'How time and memory of a loss with its gradients grow.', {
  only: { type: 'string', value: 'A,B', help: 'some of', known: LOSSES, many: true, fallback: ['adnce'] },
  most: { type: 'string', value: 'N', help: 'largest number of pairs', number: true, fallback: 65536 },
  repeats: { type: 'string', value: 'N', help: 'least number of measurements', number: true, fallback: 5 },
  seed: { type: 'string', value: 'N', help: 'seed of all inputs', number: true, fallback: 1 },
  json: { type: 'string', value: 'FILE', help: 'writes all raw measurements, and what was promised of memory' },
  markdown: { type: 'string', value: 'FILE', help: 'writes the tables' },
  svg: { type: 'string', value: 'FILE', help: 'writes a chart of time against pairs' },
});

const progress = progressLine();

/** One row; null where this build or machine has not so many threads. */
async function measure(name, n, d, threads) {
  const { repeats, seed } = options;
  progress.show(`${name} ${n} × ${d}, ${threads} threads`);
  try {
    const row = await measureAlone(problemOf(name, n, d), 'adnce', { repeats, seed, threads });
    return { loss: name, n, d, ...row };
  } catch (error) {
    if (error.name === 'Unavailable') return null;
    return { loss: name, n, d, threads, error: error.message };
  } finally {
    progress.clear();
  }
}

const TITLES = ['loss', 'pairs', 'd', 'threads', 'ms', 'GFLOP/s', 'extra MB', 'floats a row and d', 'peak MB'];

function cells({ loss, n, d, threads, time, extraBytes, peakBytes, problem, error }) {
  const name = [loss, n.toLocaleString('en-US'), d, threads];
  if (error) return [...name, error, '–', '–', '–', '–'].map(String);
  const rows = loss === 'cross' ? n : 2 * n;
  const rate = usefulFlops(problem) / time.median / 1e6;
  const floats = extraBytes / 4 / rows / d;
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const memory = [megabytes(extraBytes), floats.toFixed(2), megabytes(peakBytes)];
  return [...name, timeCell(time), rate.toFixed(1), ...memory].map(String);
}

/** Measures and prints one table. */
async function part(title, points) {
  const rows = [];
  for (const point of points) {
    const row = await measure(...point);
    if (row !== null) rows.push(row);
  }
  if (rows.length === 0) return { title, rows };
  const columns = TITLES.map((name, c) => ({ key: String(c), title: name, align: c === 0 ? 'left' : 'right' }));
  console.log(
    `\n${title}\n${textTable(
      rows.map((row) => ({ ...cells(row) })),
      columns,
    )}`,
  );
  return { title, rows };
}

const machine = describeMachine();
console.log(machineText(machine));
const threads = Array.from({ length: availableParallelism() }, (_, k) => k + 1);
const sizes = SIZES.filter((n) => n <= options.most);
const parts = [];
for (const name of options.only) {
  parts.push(
    await part(
      `${name}: pairs`,
      sizes.map((n) => [name, n, LENGTH, 1]),
    ),
    await part(
      `${name}: length`,
      LENGTHS.map((d) => [name, BATCH, d, 1]),
    ),
    await part(
      `${name}: threads`,
      [BATCH, 4 * BATCH]
        .filter((n) => n <= options.most)
        .flatMap((n) => threads.map((count) => [name, n, LENGTH, count])),
    ),
  );
}

const growing = parts
  .filter(({ title }) => title.endsWith('pairs'))
  .flatMap(({ rows }) => rows.filter((row) => row.time));
const targets = judge({ memory: growing.filter(({ loss }) => loss !== 'cross') }).filter(({ value }) => value !== null);
if (targets.length > 0) console.log(`\n${verdictText(targets)}`);

if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, targets, parts }, null, 1)}\n`);
if (options.markdown) {
  const align = TITLES.map((_, c) => (c === 0 ? 'left' : 'right'));
  const tables = parts.map(({ title, rows: own }) => `### ${title}\n\n${markdownTable(TITLES, own.map(cells), align)}`);
  writeFileSync(options.markdown, `${[machineText(machine), ...tables].join('\n\n')}\n`);
}
if (options.svg) {
  const points = growing.map(({ loss, n, time }) => ({ series: loss, x: n, y: time.median }));
  const chart = await growthChart('Time against pairs', points, { x: 'pairs', y: 'milliseconds' });
  writeFileSync(options.svg, chart);
}
if (parts.some((one) => one.rows.some(({ error }) => error))) process.exitCode = 1;
