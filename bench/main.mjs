/** `npm run bench`: every question this project asks of its speed, side by side with its peers, in one run. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compare, comparisonMarkdown, comparisonText, describeMachine, LEGEND, machineText } from '../dist/bench.js';
import { readOptions } from './options.mjs';
import { CASE_NAMES, PEER_NAMES, problemsFor } from './plan.mjs';
import { progressLine } from './progress.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

const options = readOptions(
  'npm run bench --',
  'Ours beside its peers: the same inputs, the same loss, a process each.',
  {
    quick: { type: 'boolean', help: 'losses at 256 and 1,024 pairs; this is the default' },
    full: { type: 'boolean', help: 'losses at 256, 1,024, 2,048 and 4,096 pairs' },
    only: { type: 'string', value: 'CASE', help: 'one of', known: CASE_NAMES },
    pairs: { type: 'string', value: 'N,M', help: 'losses at these numbers of pairs', number: true, many: true },
    peers: { type: 'string', value: 'A,B', help: 'some of', known: PEER_NAMES, many: true, fallback: PEER_NAMES },
    repeats: { type: 'string', value: 'N', help: 'least number of measurements', number: true, fallback: 5 },
    seed: { type: 'string', value: 'N', help: 'seed of all inputs', number: true, fallback: 1 },
    json: { type: 'string', value: 'FILE', help: 'writes all raw measurements' },
    markdown: { type: 'string', value: 'FILE', help: 'writes the tables in Markdown' },
  },
);
const machine = describeMachine();
const progress = progressLine();
console.log(machineText(machine));

const measurements = await compare({
  problems: problemsFor(options),
  peers: options.peers,
  repeats: options.repeats,
  seed: options.seed,
  folders: [folder, process.cwd()],
  progress: progress.show,
  measured: (rows) => {
    progress.clear();
    console.log(`\n${comparisonText(rows)}`);
  },
});
progress.clear();
console.log(`\n${LEGEND}`);

if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, measurements }, null, 1)}\n`);
if (options.markdown) writeFileSync(options.markdown, `${comparisonMarkdown(measurements)}\n`);
if (measurements.some(({ status, peer }) => status === 'wrong' || (peer.startsWith('adnce') && status === 'failed'))) {
  process.exitCode = 1;
}
