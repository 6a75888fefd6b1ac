/**
 * `npm run test:runtimes -- [--only NAME …] [--json FILE] [--write]`: the suite on the packed tarball in every runtime, and a table of it.
 *
 * All digests must be those of the first row. A runtime that is not installed is said, with what installs it; it is a failure where CI=true.
 * --write puts the table into docs/runtimes.md and README.md.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from './cases.mjs';
import { RUNTIMES } from './drivers/index.mjs';
import { prepare, ROOT } from './prepare.mjs';
import { fullTable, shortTable, writeInto } from './table.mjs';

/** Longest time for one run of the suite, and for a case. */
const PATIENCE = 240_000;
const CASE_PATIENCE = 120_000;
/** How often a case that watches the clock is tried. */
const ATTEMPTS = 3;
/** What must be the same in every row. */
const DIGESTS = ['weights', 'resumed', 'values', 'losses', 'file'];

/** Settles as `promise` does, or fails when that takes too long. */
async function within(promise, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} seconds`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with an answer. @param first the answer all must agree with */
function complaints(answer, { threads, notice }, first) {
  const { golden, notices, learnt } = answer;
  const expected = notice === undefined ? 0 : 1;
  return [
    ...DIGESTS.filter((key) => answer[key] !== first[key]).map(
      (key) => `other ${key} than ${first.where}: ${answer[key]}`,
    ),
    ...(answer.weights === answer.resumed ? [] : ['weights differ after going on from a checkpoint']),
    ...(answer.threads === (threads ?? 1) ? [] : [`${threads ?? 1} threads expected, got ${answer.threads}`]),
    ...(golden.passed > 0 ? [] : ['no golden vectors']),
    ...golden.failures.map((failure) => `golden: ${failure}`),
    ...(learnt > 0.5 ? [] : [`the loss must fall, got ${learnt}`]),
    ...(notices.length === expected && notices.every((text) => notice.test(text))
      ? []
      : [`notices: ${expected === 0 ? 'none' : `one like ${notice}`} expected, got ${JSON.stringify(notices)}`]),
  ];
}

/** All runs of one runtime in one scene. */
async function runScene(runtime, scene, state) {
  const session = await within(runtime.open(scene), PATIENCE);
  const rows = [];
  try {
    for (const threads of scene.threads) {
      const row = { runtime: runtime.name, version: session.version, scene: scene.name, asked: threads };
      const where = `${runtime.name}, ${scene.name}, threads: ${threads ?? 'not asked'}`;
      try {
        const input = { threads, checkpoint: state.first?.checkpoint };
        const { checkpoint, ...answer } = await within(session.run('suite', input), PATIENCE);
        state.first ??= { ...answer, checkpoint, where };
        const wrong = complaints(answer, { threads, notice: scene.notice }, state.first);
        rows.push({ ...row, ...answer, result: wrong.length === 0 ? 'passed' : 'failed', complaints: wrong });
      } catch (error) {
        rows.push({ ...row, result: 'failed', complaints: [error.message] });
      }
      report(where, rows.at(-1));
    }
    for (const test of CASES.filter(({ where, scene: change }) => change === undefined && where(runtime, scene))) {
      rows.push(await runCase(runtime, scene, test, session, state));
    }
  } finally {
    await session.close();
  }
  for (const test of CASES.filter(({ where, scene: change }) => change !== undefined && where(runtime, scene))) {
    rows.push(await runChanged(runtime, scene, test, state));
  }
  return rows;
}

/** A case in a session of the scene. */
async function runCase(runtime, scene, { name, task, input = {}, around, check }, session, state) {
  const row = { runtime: runtime.name, version: session.version, scene: scene.name, case: name };
  const work = () => within(session.run(task, input), CASE_PATIENCE);
  let wrong;
  try {
    const answer = await (around === undefined ? work() : around(session, work));
    wrong = check(answer, state.first);
    Object.assign(row, { answer });
  } catch (error) {
    wrong = [error.message];
  }
  Object.assign(row, { result: wrong.length === 0 ? 'passed' : 'failed', complaints: wrong });
  report(`${runtime.name}, ${scene.name}: ${name}`, row);
  return row;
}

/**
 * A case in a scene of its own. These hold clocks of a machine that may be busy to limits, so one that fails is tried again, in a fresh
 * scene: what is wrong fails each time.
 */
async function runChanged(runtime, scene, test, state) {
  for (let attempt = 1; ; attempt++) {
    const row = await tryChanged(runtime, scene, test, state);
    if (row.result === 'passed' || attempt === ATTEMPTS) return { ...row, attempts: attempt };
  }
}

async function tryChanged(runtime, scene, test, state) {
  const changed = { ...scene, ...test.scene };
  let session;
  try {
    session = await within(runtime.open(changed), PATIENCE);
    return await runCase(runtime, changed, test, session, state);
  } catch (error) {
    const row = { runtime: runtime.name, scene: scene.name, case: test.name, result: 'failed' };
    report(`${runtime.name}, ${scene.name}: ${test.name}`, { ...row, complaints: [`did not start: ${error.message}`] });
    return row;
  } finally {
    await session?.close();
  }
}

function report(where, { result, complaints: wrong }) {
  console.log(`${result === 'passed' ? '✓' : '✗'} ${where}`);
  for (const complaint of wrong) console.log(`    ${complaint}`);
}

async function runRuntime(runtime, state) {
  if (runtime.find() === null) {
    const row = { runtime: runtime.name, scene: '–', result: 'not installed', complaints: [runtime.hint] };
    report(`${runtime.name} is not installed`, row);
    return [row];
  }
  const rows = [];
  for (const scene of runtime.scenes) {
    try {
      rows.push(...(await runScene(runtime, scene, state)));
    } catch (error) {
      rows.push({
        runtime: runtime.name,
        scene: scene.name,
        result: 'failed',
        complaints: [`did not start: ${error.message}`],
      });
      report(`${runtime.name}, ${scene.name}`, rows.at(-1));
    }
  }
  return rows;
}

function chosen(only) {
  const found = RUNTIMES.filter(
    ({ name }) => only.length === 0 || only.some((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  if (found.length > 0) return found;
  console.error(
    `No runtime is named like ${only.join(' or ')}. Known: ${RUNTIMES.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    write: { type: 'boolean' },
  },
});
const runtimes = chosen(values.only);
await prepare();
const state = { first: undefined };
const rows = [];
for (const runtime of runtimes) rows.push(...(await runRuntime(runtime, state)));

const count = (result) => rows.filter((row) => row.result === result).length;
const missing = count('not installed');
const ci = process.env.CI === 'true';
const failed = count('failed') + (ci ? missing : 0);
const table = rows.filter((row) => row.case === undefined);
console.log(`\n${fullTable(table)}\n`);
if (values.json !== undefined) {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} processors`;
  writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}
if (values.write) {
  writeInto(join(ROOT, 'docs', 'runtimes.md'), fullTable(table));
  writeInto(join(ROOT, 'README.md'), shortTable(table));
}
if (missing > 0) console.log(`${missing} not installed${ci ? ', which counts as failed in CI' : ''}`);
console.log(`${count('passed')} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
