/** Times of a server's first and later requests, and the memory of a process. */
import { readFile } from 'node:fs/promises';

const LATER = 30;

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function timed(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/**
 * @param open starts what is measured
 * @param call sends it a request
 * @returns `{ start, first, later }`, milliseconds: of the start, of the first request, and the median of those after it
 */
export async function laps(open, call) {
  const start = await timed(open);
  const first = await timed(call);
  const times = [];
  for (let i = 0; i < LATER; i++) times.push(await timed(call));
  return { start, first, later: median(times) };
}

/** MiB of memory that a process holds now. @param pid Linux only; without it, this process */
export async function residentMemory(pid) {
  if (pid === undefined) return process.memoryUsage.rss() / 2 ** 20;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024;
}
