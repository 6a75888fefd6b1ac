/**
 * How fast losses are on one thread and on several, against the register tile's own rate in the same run:
 *
 *     node scripts/measure.mjs [pairs] [threads] [--fast]
 *
 * A line for each loss: milliseconds of loss and gradients (medians of runs that take turns), 6·n²·d over that time in GFLOP/s and over the
 * tile's rate, n being the anchors, and how many times faster the threads are. --fast measures relaxed SIMD against plain, one thread each.
 */
import { init, losses, parameter } from '../dist/index.js';

const DEPTH = 128;
const TURNS = 15;
const [pairs = 1024, threads = 2] = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'))
  .map(Number);
const fast = process.argv.includes('--fast');

const LOSSES = {
  ADNCE: (a, b) => losses.adnce(a, b, { temperature: 0.5, mu: 0.7, sigma: 1, layout: 'image' }),
  'NT-Xent': (a, b) => losses.ntXent(a, b, { temperature: 0.5 }),
  'InfoNCE, one direction': (a, b) => losses.infoNCE(a, b, { temperature: 0.5, layout: 'sentence' }),
};

const median = (values) => [...values].sort((x, y) => x - y)[values.length >> 1];

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** GFLOP/s of the tile on operands that stay in the second-level cache. */
function tileRate({ core, arena }) {
  const [m, n, k, times] = [120, DEPTH, DEPTH, 50];
  const at = (floats) => arena.allocate(floats * 4, 'tile');
  const [a, b, c, work] = [at(m * k), at(k * n), at(m * n), arena.allocate(core.gemmWorkBytes(m, n, k), 'tile')];
  core.gemm(0, 0, m, n, k, a, k, b, n, c, n, 0, work);
  const compute = () => {
    for (let i = 0; i < times; i++) core.gemmCompute(m, n, k, 0, c, n, 0, work, 0, core.gemmBlocks(m, n));
  };
  for (let i = 0; i < 20; i++) compute();
  return () => (2 * m * n * k * times) / timed(compute) / 1e6;
}

/** An engine, its batch and one step of a loss on it. */
async function contender(options, loss) {
  const engine = await init(options);
  await engine.ready();
  const [a, b] = [parameter([pairs, DEPTH], 'a'), parameter([pairs, DEPTH], 'b')];
  for (const [k, x] of [a, b].entries())
    x.data.set(Float32Array.from(x.data, (_, i) => ((i * 7919 + k * 31) % 2003) / 1001 - 1));
  const step = () => engine.step(() => loss(a, b).backward());
  for (let i = 0; i < 3; i++) step();
  return { engine, step, times: [] };
}

for (const [name, loss] of Object.entries(LOSSES)) {
  const one = await contender({ threads: 1 }, loss);
  const other = await contender(fast ? { threads: 1, fast } : { threads }, loss);
  const rate = tileRate(one.engine);
  const rates = [];
  for (let turn = 0; turn < TURNS; turn++) {
    rates.push(rate());
    for (const { step, times } of [one, other]) times.push(timed(step));
  }
  const [first, second] = [median(one.times), median(other.times)];
  const anchors = name === 'InfoNCE, one direction' ? pairs : 2 * pairs;
  const useful = (6 * anchors ** 2 * DEPTH) / first / 1e6;
  console.log(
    `${name}: ${first.toFixed(1)} ms, ${useful.toFixed(1)} GFLOP/s = ${(useful / median(rates)).toFixed(2)} of the tile's ${median(rates).toFixed(1)}; ` +
      `${other.engine.build}, threads: ${other.engine.threads}: ${second.toFixed(1)} ms, ${(first / second).toFixed(2)} times faster`,
  );
  await other.engine.close();
}
