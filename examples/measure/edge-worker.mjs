/** The worker in a workerd of its own, whose whole process is looked at; `empty` is a workerd with a worker that answers "ok". */
import { execFileSync } from 'node:child_process';
import { Miniflare } from 'miniflare';
import { openWorker } from '../edge-worker/local.mjs';
import { laps, median, residentMemory } from './laps.mjs';

const NOTHING = "export default { fetch: () => new Response('ok') };";

/** workerd of this process. */
function workerdPid() {
  const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,comm='], { encoding: 'utf8' });
  return /(\d+) workerd/.exec(children)[1];
}

async function memoryOfEmpty() {
  const worker = new Miniflare({ modules: true, script: NOTHING, cf: false, compatibilityDate: '2026-01-01' });
  await (await fetch(await worker.ready)).text();
  const memory = await residentMemory(workerdPid());
  await worker.dispose();
  return memory;
}

const empty = await memoryOfEmpty();
let worker;
const open = async () => {
  worker = await openWorker();
};
const ask = async (path, options) => (await fetch(new URL(path, worker.url), options)).text();
const times = await laps(open, () => ask('/search?q=it+squeaks'));
const body = JSON.stringify({ query: 'it squeaks', id: 'lubricate-the-chain' });
const steps = [];
for (let i = 0; i < 30; i++) {
  const start = performance.now();
  await ask('/feedback', { method: 'POST', body });
  steps.push(performance.now() - start);
}
console.log(JSON.stringify({ ...times, step: median(steps), memory: await residentMemory(workerdPid()), empty }));
await worker.close();
