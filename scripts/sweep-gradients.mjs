#!/usr/bin/env node
/**
 * Every objective, layout and kind of candidates on random configurations, against the float64 reference and, at the ends of all ranges, for
 * being finite; writes docs/gradients.md:
 *
 *     node scripts/sweep-gradients.mjs [configurations] [--no-write]
 *
 * Half of the configurations (default 100,000) are held against the reference, half are wild. Exits with 1 where a bound is broken.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT = 100_000;
const TARGET = `${root}docs/gradients.md`;

function options(args) {
  const [count = String(DEFAULT), ...more] = args.filter((arg) => arg !== '--no-write');
  if (!/^\d+$/.test(count) || Number(count) < 2 || more.length > 0) {
    console.error('Usage: node scripts/sweep-gradients.mjs [configurations >= 2] [--no-write]');
    process.exit(2);
  }
  return { each: Math.floor(Number(count) / 2), write: !args.includes('--no-write') };
}

/** Compiles the sources together with the reference of the tests. */
function compile() {
  const { status } = spawnSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.sweep.json'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function number(x) {
  return x === 0 ? '0' : x.toExponential(1);
}

function table(lines) {
  const head = [
    '| objective | layout | candidates | n | loss | gradients | of the bound | n finite |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  const row = (line) =>
    [
      line.objective,
      line.layout,
      line.candidates,
      line.compared,
      number(line.lossError),
      number(line.gradientError),
      line.overBound.toFixed(2),
      line.finite,
    ].join(' | ');
  return [...head, ...lines.map((line) => `| ${row(line)} |`)].join('\n');
}

function worstOf(sweep) {
  const lines = [...sweep.lines.values()];
  return (key) => lines.reduce((most, line) => Math.max(most, line[key]), 0);
}

function page(sweep, exact, each, seconds) {
  const lines = [...sweep.lines.values()];
  const worst = worstOf(sweep);
  const worstExact = worstOf(exact);
  return `# Gradients against float64

Written by \`npm run sweep:gradients\`; Node ${process.versions.node}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}.

Every objective, layout and kind of candidates ran on ${each.toLocaleString('en')} random configurations that were compared with a float64
reference (test/support/reference.ts), itself held against central differences, and on ${each.toLocaleString('en')} wild ones: temperature
0.001 … 1000, σ from 0.001, all orders, levels and margins, zero rows, duplicate rows, rows of length 1e-20 … 1e20. All of them were
${sweep.failures.length + exact.failures.length === 0 ? 'within their bounds, and finite' : `but for ${sweep.failures.length + exact.failures.length} within their bounds, and finite`}. It took ${seconds.toFixed(0)} s.

- **n** configurations compared; **loss** largest error over max(1, |ℓ|); **gradients** largest error of any gradient, those by a, b, hard
  negatives, negatives, temperature, μ, σ and bias, over its yardstick: the largest element of the tensor, or a hundredth of the size of
  the terms that cancel in it (two hundredths for SupCon), whichever is larger; **of the bound** the largest error over what it may be; **n finite** wild configurations.
- A float32 score is wrong by about 1e-7, which an objective multiplies by its condition c: 1/τ, for HCL (1 + β)/τ, for ADNCE
  (1 + |μ|)/σ² more, for α-CL α·2^(α−1)/τ, for mean-variance 1/(τφ″(1)); above order 2 times the slope of the steepest weight.
  The bounds are 1e-6·max(1, |ℓ|) + 1.5e-7·c for losses and 1e-5 + 5e-7·c for gradients.
- ${sweep.redrawn} configurations within 2e-6 of a kink (triplet, CVaR, the clamp of DCL and HCL) are not counted: float32 may
  stand on its other side.
- Largest of all: loss ${number(worst('lossError'))}, gradients ${number(worst('gradientError'))}, ${worst('overBound').toFixed(2)} of a bound.
- The table is of float32 scores (\`init({ exactBudget: 0 })\`). With the sums of small batches in float64, as is the default where a scalar is
  learnt, the same configurations give: loss ${number(worstExact('lossError'))}, gradients ${number(worstExact('gradientError'))}, ${worstExact('overBound').toFixed(2)} of a bound.

${table(lines)}
`;
}

const { each, write } = options(process.argv.slice(2));
compile();
const base = new URL('../build/sweep/', import.meta.url);
const { init } = await import(new URL('src/engine/index.js', base));
const { Sweep } = await import(new URL('test/support/sweep.js', base));
const start = performance.now();

async function run(options) {
  await init({ core: readFileSync(`${root}dist/simd.wasm`), ...options });
  const sweep = new Sweep();
  for (let seed = 0; seed < each; seed++) {
    sweep.compare(seed);
    sweep.finite(seed);
    if (process.stderr.isTTY && seed % 500 === 0) process.stderr.write(`\r${Math.floor((100 * seed) / each)} %`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r');
  return sweep;
}

const sweep = await run({ exactBudget: 0 });
const exact = await run({});
const failures = [...sweep.failures, ...exact.failures];
const seconds = (performance.now() - start) / 1000;
console.log(`${2 * each} configurations, twice, in ${seconds.toFixed(0)} s, ${failures.length} failures`);
for (const { seed, line, what } of failures.slice(0, 20)) console.log(`  seed ${seed}: ${line}: ${what}`);
if (write) {
  writeFileSync(TARGET, page(sweep, exact, each, seconds));
  console.log(`Wrote ${TARGET}`);
}
process.exit(failures.length === 0 ? 0 : 1);
