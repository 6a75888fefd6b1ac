#!/usr/bin/env node
/**
 * `npm run test:kills -- [--kills 1000] [--seed 0]`: trains by the command, kills it at random moments (SIGKILL) and resumes it until it
 * is done, again and again. Every run must end with the weights, the log and the files of the run that was never killed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** Latest kill, milliseconds after the start: beyond the start of the process and of the engine. */
const LATEST = 2500;
const SETTINGS = [
  ...[
    '--dimension',
    '16',
    '--batch-size',
    '16',
    '--min-count',
    '1',
    '--buckets',
    '64',
    '--epochs',
    '100',
    '--seed',
    '3',
  ],
  ...[
    '--hidden',
    '16',
    '--dropout',
    '0.2',
    '--queue',
    '40',
    '--temperature',
    'auto',
    '--mu',
    'auto',
    '--evaluations',
    '2',
  ],
];
const SAME = ['model.safetensors', 'metrics.jsonl', 'tokenizer.json'];

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '0' } },
});
const wanted = Number(values.kills);
let state = Number(values.seed);
/** The next number in [0, 1): the moments can be had again, though not what the machine makes of them. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

const folder = mkdtempSync(join(tmpdir(), 'adnce-kills-'));

/** Runs the command; kills it after some milliseconds if it still runs. @returns whether it was killed */
async function train(args, killAfter) {
  const child = spawn(process.execPath, [CLI, 'train', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const [code, signal] = await new Promise((resolve) => child.on('close', (...end) => resolve(end)));
  clearTimeout(timer);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`adnce train ${args.join(' ')} ended with ${code}: ${said}`);
  return signal === 'SIGKILL';
}

/** All that must be equal, as text. */
function identity(run) {
  const hash = (name) =>
    createHash('sha256')
      .update(readFileSync(join(folder, run, name)))
      .digest('hex')
      .slice(0, 16);
  const { digest, steps, stopped } = JSON.parse(readFileSync(join(folder, run, 'result.json'), 'utf8'));
  return JSON.stringify({
    files: readdirSync(join(folder, run)).sort(),
    hashes: SAME.map(hash),
    digest,
    steps,
    stopped,
  });
}

/** One run from its start to its end. @returns kills it took */
async function runWithKills(number) {
  const run = `run-${number}`;
  let kills = 0;
  for (let begun = false; ; begun ||= existsSync(join(folder, run, 'config.json'))) {
    const args = begun ? ['--resume', run] : ['pairs.jsonl', '--out', run, '--overwrite', ...SETTINGS];
    // Now and then one may end, however slow the machine is.
    const killAfter = random() < 0.1 ? undefined : random() * LATEST;
    if (!(await train([...args, '--state-every', '0'], killAfter))) return kills;
    kills++;
  }
}

try {
  const things = ['car', 'house', 'bird', 'tree', 'shoe', 'door', 'cup', 'hat', 'boat', 'bridge'];
  const colours = ['red', 'green', 'blue', 'white', 'black', 'brown', 'pink', 'grey'];
  const rows = colours.flatMap((c) => things.map((t) => ({ anchor: `a ${c} ${t}`, positive: `the ${t} is ${c}` })));
  writeFileSync(join(folder, 'pairs.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  await train(['pairs.jsonl', '--out', 'whole', ...SETTINGS]);
  const whole = identity('whole');
  let [kills, runs, losses] = [0, 0, 0];
  while (kills < wanted) {
    kills += await runWithKills(runs);
    const own = identity(`run-${runs}`);
    if (own !== whole) {
      losses++;
      console.log(`run ${runs} ended as\n  ${own}\nand not as\n  ${whole}`);
    }
    rmSync(join(folder, `run-${runs}`), { recursive: true });
    runs++;
    console.log(`${kills} kills in ${runs} runs, ${losses} runs that ended otherwise`);
  }
  process.exitCode = losses > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
