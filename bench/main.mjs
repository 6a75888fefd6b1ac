/** `npm run bench`: every question this project asks of its speed, side by side with its peers, in one run. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  compare,
  comparisonChart,
  comparisonText,
  describeMachine,
  findPeers,
  gainOfCores,
  judge,
  LEGEND,
  machineText,
  peersText,
  verdictText,
} from '../dist/bench.js';
import { measureKernels } from './kernels/index.mjs';
import { readOptions } from './options.mjs';
import { PEER_NAMES, plan, QUESTIONS } from './plan.mjs';
import { progressLine } from './progress.mjs';
import { kernelsText, markdown, sizesText, startupText } from './report.mjs';
import { measureSizes } from './sizes.mjs';
import { measureStartup } from './startup/index.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

const options = readOptions(
  'npm run bench --',
  'Ours beside its peers: the same inputs, the same loss, a process each.',
  {
    quick: { type: 'boolean', help: 'losses at 256 and 1,024 pairs alone, not at 2,048 and 4,096 beside PyTorch' },
    full: { type: 'boolean', help: 'all peers at 2,048 and 4,096 pairs too, which takes hours' },
    only: { type: 'string', value: 'CASE', help: 'some of', known: QUESTIONS, many: true, fallback: QUESTIONS },
    pairs: { type: 'string', value: 'N,M', help: 'losses at these numbers of pairs', number: true, many: true },
    peers: { type: 'string', value: 'A,B', help: 'some of', known: PEER_NAMES, many: true },
    repeats: { type: 'string', value: 'N', help: 'least number of measurements', number: true, fallback: 5 },
    seed: { type: 'string', value: 'N', help: 'seed of all inputs', number: true, fallback: 1 },
    json: { type: 'string', value: 'FILE', help: 'writes all raw measurements, and what was promised' },
    markdown: { type: 'string', value: 'FILE', help: 'writes the tables' },
    svg: { type: 'string', value: 'FILE', help: 'writes a chart of the times' },
  },
);

const progress = progressLine();
const asked = (question) => options.only.includes(question);

/** Prints a part of the run when it is done. */
function show(text) {
  progress.clear();
  console.log(`${text}\n`);
}

/** Asks a question unless the user left it out; what fails is said and ends nothing. */
async function ask(question, measure, text) {
  if (!asked(question)) return null;
  try {
    const answer = await measure();
    show(text(answer));
    return answer;
  } catch (error) {
    show(`${question}: failed, ${error.message}`);
    process.exitCode = 1;
    return null;
  }
}

/** Ctrl-C ends all processes and removes what was written for them. */
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

const machine = describeMachine();
const folders = [folder, process.cwd()];
const names = options.peers ?? PEER_NAMES;
const peers = findPeers(names, folders);
show(`${machineText(machine)}\n\n${peersText(names, folders)}`);
const sizes = await ask('sizes', measureSizes, sizesText);
const kernels = await ask('kernels', () => measureKernels({ progress: progress.show }), kernelsText);
const startup = await ask('startup', () => measureStartup({ progress: progress.show }), startupText);
const { repeats, seed } = options;
const measurements = [];
for (const { problem, peers: beside } of plan(options)) {
  const rows = await compare({
    problems: [problem],
    peers: beside,
    repeats,
    seed,
    folders,
    signal: controller.signal,
    progress: progress.show,
    measured: (done) => show(comparisonText(done)),
  }).catch((error) => {
    progress.clear();
    console.error(error.code === 'E_INTERRUPTED' ? error.message : error);
    process.exit(error.code === 'E_INTERRUPTED' ? 130 : 1);
  });
  measurements.push(...rows);
}
if (measurements.length > 0) show(LEGEND);

const [ours, core] = ['adnce', 'core'].map((program) => startup?.find(({ name }) => name === program));
const targets = judge({
  measurements,
  ...(sizes === null ? {} : { sizes }),
  ...(ours?.inside === undefined ? {} : { startup: { firstLoss: ours.beyondEmpty.median, core: core.inside } }),
});
show(verdictText(targets));

const problems = [...new Set(measurements.map(({ problem }) => problem))];
const cores = problems.flatMap((problem) => {
  const gain = gainOfCores(measurements.filter((row) => row.problem === problem));
  return gain === null ? [] : [{ problem, ...gain }];
});
const results = { machine, peers, targets, measurements, cores, startup, kernels, sizes };
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
if (options.markdown) writeFileSync(options.markdown, markdown(results));
if (options.svg && measurements.length > 0) writeFileSync(options.svg, await comparisonChart(measurements));

const failed = measurements.filter(
  ({ peer, status }) => status === 'wrong' || (status === 'failed' && peer.startsWith('adnce')),
);
for (const { peer, reason } of failed) console.error(`${peer}: ${reason}`);
if (failed.length > 0) process.exitCode = 1;
