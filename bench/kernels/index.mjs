/** How fast is each kernel by itself? Benchmark.js repeats them; their work turns time into a rate. */
import Benchmark from 'benchmark';
import { init } from '../../dist/index.js';
import { adamwKernel } from './adamw.mjs';
import { bagKernel } from './bag.mjs';
import { expKernel } from './exp.mjs';
import { gemmKernel } from './gemm.mjs';
import { normalizeKernel } from './normalize.mjs';

const KERNELS = [gemmKernel, expKernel, normalizeKernel, bagKernel, adamwKernel];

/**
 * @returns for each kernel `{ name, milliseconds, spread, rate, unit, bytes }`: median, relative margin of error of the mean, work
 *   a second (in units of 1e9) and bytes moved a second
 */
export async function measureKernels({ seconds = 0.5, progress = () => {} } = {}) {
  const engine = await init();
  return KERNELS.map((make) => {
    const { name, run, work, unit } = make(engine);
    progress(`kernel ${name}`);
    const { stats } = new Benchmark(name, run, { maxTime: seconds, minSamples: 20 }).run();
    const sorted = [...stats.sample].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return { name, milliseconds: median * 1000, spread: stats.rme / 100, rate: work / median / 1e9, unit };
  });
}
