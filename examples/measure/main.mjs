/** `npm run measure:examples [-- ROUNDS]`: what the start of each example costs, and memory. A process for each round; medians of 5 rounds. Linux only. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import '../edge-worker/build.mjs';
import '../vercel-edge/build.mjs';
import { median } from './laps.mjs';

const EXAMPLES = ['edge-worker', 'vercel-edge', 'lambda'];
/** MiB that edge runtimes give a program. */
const MOST_MEMORY = 128;
const rounds = Number(process.argv[2] ?? 5);

const script = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
const measured = (name) => JSON.parse(execFileSync(process.execPath, [script(name)], { encoding: 'utf8' }));

/** In turns, so that what else the machine does hits all alike. */
const results = Array.from({ length: rounds }, () => EXAMPLES.map(measured));
const middle = (example, key) => median(results.map((round) => round[example][key]));
const milliseconds = (value) => (value === undefined ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`);

console.log('| example | start | first request | later ones | a step | memory | above an empty one |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
EXAMPLES.forEach((name, i) => {
  const times = ['start', 'first', 'later', 'step'].map((key) => milliseconds(middle(i, key)));
  const [memory, empty] = [middle(i, 'memory'), middle(i, 'empty')];
  const cells = [name, ...times, `${memory.toFixed(0)} MiB`, `${(memory - empty).toFixed(0)} MiB`];
  console.log(`| ${cells.join(' | ')} |`);
});
const load = loadavg()[0].toFixed(1);
console.log(
  `\n${cpus()[0].model}, ${cpus().length} processors, load ${load}, Node ${process.versions.node}, ${rounds} rounds`,
);
const most = Math.max(...EXAMPLES.map((_, i) => middle(i, 'memory')));
if (most > MOST_MEMORY) {
  console.error(`at most ${MOST_MEMORY} MiB expected, got ${most.toFixed(0)}`);
  process.exitCode = 1;
}
