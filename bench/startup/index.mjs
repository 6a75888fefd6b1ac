/**
 * How long is it from the start of a process to its first loss? Each program makes 256 pairs of 128 numbers, takes one InfoNCE
 * with its gradients and prints it; an empty program is what Node itself takes, and one starts the core alone. All in turn, round
 * after round.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, summarize } from '../../dist/bench.js';

const PROGRAMS = ['empty', 'core', 'adnce', 'tfjs-cpu', 'tfjs-wasm'];

/**
 * @returns for each program `{ name, total, beyondEmpty, loss, inside }`: milliseconds to the first line, what is beyond an empty
 *   process round by round, and, taken inside the process, those of `init()` in ours and of compiling and instantiating in the core alone
 */
export async function measureStartup({ rounds = 7, progress = () => {} } = {}) {
  const runs = new Map(PROGRAMS.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    progress(`start-up: round ${round + 1} of ${rounds}`);
    for (const name of PROGRAMS) runs.get(name).push(await firstLine(name));
  }
  const empty = runs.get('empty');
  return PROGRAMS.map((name) => {
    const own = runs.get(name);
    const failed = own.find(({ error }) => error);
    if (failed) return { name, error: failed.error };
    const { loss } = own[0].result;
    const inside = own.map(({ result }) => result.inside);
    return {
      name,
      total: summarize(own.map(({ milliseconds }) => milliseconds)),
      beyondEmpty: summarize(own.map(({ milliseconds }, k) => milliseconds - empty[k].milliseconds)),
      loss,
      ...(inside[0] === undefined ? {} : { inside: median(inside) }),
    };
  });
}

/** Milliseconds from before the process is asked for until its line is here. */
function firstLine(name) {
  const program = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  return new Promise((resolve) => {
    let errors = '';
    let line = null;
    const start = performance.now();
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (text) => {
      if (!text.includes('{')) return;
      line ??= { milliseconds: performance.now() - start, result: JSON.parse(text.toString().trim()) };
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.on('close', () => resolve(line ?? { error: errors.trim().split('\n').at(-1) || 'no answer' }));
  });
}
