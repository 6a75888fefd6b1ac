/** Processes killed at any moment of a run leave a checkpoint that can be read, with the configuration it belongs to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { removeStaleTemps } from '../../../src/checkpoint/node.js';
import { RunFolder } from '../../../src/runs/node.js';
import { useFolder } from '../../support/folder.js';
import { compileLibrary } from '../../support/library.js';

const KILLS = 24;
/** What a run says when it has come so far; the kill comes a moment later. */
const WORDS = ['started', 'described', 'saved'] as const;
const at = useFolder();

/** A run that takes the place of the one before and saves for ever: the run's number in its configuration and its weights. */
const RUN = `
const [library, path, text] = process.argv.slice(1);
const { RunFolder } = await import(library);
const number = Number(text);
console.log('started');
const run = await RunFolder.create(path, { overwrite: true });
await run.writeConfig({ number });
console.log('described');
await run.writeTokenizer({ number });
const metrics = await run.openMetrics();
for (let step = 0; ; step++) {
  const data = new Float32Array(2 ** 16).fill(step);
  const names = ['a', 'b'];
  await run.writeModel(names.map((name) => ({ name, dtype: 'F32', shape: [data.length], data })), { number: text });
  metrics.append({ number, step, text: 'x'.repeat(5000) });
  await metrics.flush();
  if (step === 0) console.log('saved');
}`;

/** Starts the run and kills it so many milliseconds after it has said a word. */
async function runUntilKilled(library: string, number: number, word: string, delay: number): Promise<void> {
  const args = ['--input-type=module', '-e', RUN, library, at('run'), String(number)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    if (line !== word) continue;
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill('SIGKILL');
  }
  expect((await ended)[1]).toBe('SIGKILL');
}

/** The numbers that configuration and weights say, null for weights that are not there; all else must be in order. */
async function numbersIn(path: string): Promise<{ config: unknown; model: number | null }> {
  const run = await RunFolder.open(path);
  const { number: config } = await run.readConfig();
  const names = await readdir(path);
  if (names.includes('tokenizer.json')) expect(await run.readTokenizer()).toEqual({ number: config });
  if (names.includes('metrics.jsonl')) {
    const steps = (await run.readMetrics()).map(({ step }) => step);
    expect(steps).toEqual(steps.map((_, i) => i));
  }
  if (!names.includes('model.safetensors')) return { config, model: null };
  const { tensors, metadata } = await run.readModel();
  const [a, b] = ['a', 'b'].map((name) => tensors.get(name)!.data as Float32Array);
  expect(a!.every((value, i) => value === a![0] && value === b![i])).toBe(true);
  return { config, model: Number(metadata.get('number')) };
}

it(`survives ${KILLS} kills`, async () => {
  const library = (await compileLibrary(at()))('runs/node.ts');
  await runUntilKilled(library, 0, 'saved', 0);
  let before = 0;
  let temps = 0;
  for (let number = 1; number <= KILLS; number++) {
    const word = WORDS[number % WORDS.length]!;
    await runUntilKilled(library, number, word, Math.random() * 12);
    temps += await removeStaleTemps(at('run'));
    const { config, model } = await numbersIn(at('run'));
    // Until it has described itself the old run may be there, and until it has saved there may be no weights.
    expect(word === 'started' ? [before, number] : [number]).toContain(config);
    expect(word === 'saved' ? [number] : [config, null]).toContain(model);
    before = Number(config);
  }
  // Kills did come in the middle of a write.
  expect(temps).toBeGreaterThan(0);
  // Most of it is the start of processes, which is slow on a machine with other work.
}, 120_000);
