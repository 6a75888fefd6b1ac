/** A peer's process and its row, with made-up programs that speak the protocol. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Contender, type Task } from '../../src/cli/bench/contender.js';
import { drawInputs, writeInputs } from '../../src/cli/bench/inputs.js';
import type { PeerInfo } from '../../src/cli/bench/peers/peer.js';
import { problemOf } from '../../src/cli/bench/problem.js';
import { PeerProcess, type Program } from '../../src/cli/bench/process.js';
import { findProgram, installedVersion } from '../../src/cli/bench/programs.js';
import { exact } from '../../src/cli/bench/reference/index.js';

const folder = mkdtempSync(join(tmpdir(), 'adnce-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that answers each request by the expression for its `op`; `r` is the request. */
function program(answers: Record<string, string>): Program {
  const cases = Object.entries(answers).map(([op, code]) => `if (r.op === ${JSON.stringify(op)}) return ${code};`);
  const script = `
    const fs = require('node:fs');
    const answer = (r) => { ${cases.join('\n')} throw new Error('no answer to ' + r.op); };
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const r = JSON.parse(line);
      let reply;
      try { reply = { ok: true, value: answer(r) }; } catch (e) { reply = { ok: false, unavailable: e.name === 'Unavailable', message: e.message }; }
      console.log('native code may print this');
      console.log(JSON.stringify(reply));
      if (r.op === 'close') process.exit(0);
    });`;
  return { command: process.execPath, args: ['--eval', script], folder };
}

const SECONDS = 20;

describe('a process', () => {
  it('answers one request after the other', async () => {
    const child = new PeerProcess(
      program({ measure: '({ milliseconds: r.repeats / 2 })', close: '({ peakBytes: 1, openBytes: 1 })' }),
    );
    expect(await child.ask({ op: 'measure', repeats: 3 }, SECONDS)).toEqual({ milliseconds: 1.5 });
    expect(await child.ask({ op: 'measure', repeats: 5 }, SECONDS)).toEqual({ milliseconds: 2.5 });
    expect(await child.ask({ op: 'close' }, SECONDS)).toEqual({ peakBytes: 1, openBytes: 1 });
  });

  it('that ends says with what code and which last words', async () => {
    const child = new PeerProcess(program({ measure: "(fs.writeSync(2, 'out of luck\\n'), process.exit(3))" }));
    const asked = child.ask({ op: 'measure', repeats: 1 }, SECONDS);
    await expect(asked).rejects.toThrow(/ended: exit code 3; its last words: out of luck/);
    await expect(child.ask({ op: 'close' }, SECONDS)).rejects.toThrow('exit code 3');
  });

  it('that does not answer is ended', async () => {
    const child = new PeerProcess({
      command: process.execPath,
      args: ['--eval', 'setInterval(() => {}, 1000)'],
      folder,
    });
    await expect(child.ask({ op: 'close' }, 0.2)).rejects.toThrow('no answer within 0.2 s');
  });

  it('that does not exist is an error, not a crash', async () => {
    const child = new PeerProcess({ command: join(folder, 'nothing'), args: [], folder });
    await expect(child.ask({ op: 'close' }, SECONDS)).rejects.toThrow('ENOENT');
  });
});

describe('a contender', () => {
  const problem = problemOf('cross', 3, 2);
  const inputs = drawInputs(problem, 1);
  const want = exact(problem, inputs);
  const task: Task = { problem, folder, want, inputs: writeInputs(join(folder, 'inputs.bin'), inputs) };
  const peer: PeerInfo = { name: 'fake', title: 'Fake', packages: [], cases: ['cross'], setup: 'made up' };
  const gradients = want.gradients.flatMap(({ values }) => [...values]);
  const answers = {
    open: '({ version: "9.1", threads: 2 })',
    check: `(fs.writeFileSync(r.gradients, Buffer.from(Float32Array.from(${JSON.stringify(gradients)}).buffer)), { loss: ${want.loss}, lengths: [6, 6] })`,
    measure: '({ milliseconds: 40 })',
    close: '({ peakBytes: 70e6, openBytes: 50e6, extraBytes: 4096 })',
  };

  async function run(changed: Partial<typeof answers>, norm: number | null = null) {
    const contender = new Contender(peer, task);
    await contender.open({ program: program({ ...answers, ...changed }), version: '9.0' }, norm);
    if (contender.alive) {
      await contender.sample();
      contender.pair('adnce', 10, 40);
      await contender.close();
    }
    return contender.result();
  }

  it('becomes a row', async () => {
    const row = await run({});
    expect(row).toMatchObject({ peer: 'fake', version: '9.1', threads: 2, status: 'ok', reason: null, samples: [40] });
    expect(row).toMatchObject({ peakBytes: 70e6, openBytes: 50e6, extraBytes: 4096, loss: want.loss, lossError: 0 });
    expect(row.gradientError).toBeLessThan(1e-7);
    expect(row.ratios.adnce?.median).toBe(4);
  });

  it('with another loss is wrong, and its ratio counts for nothing', async () => {
    const row = await run({ check: answers.check.replace(`loss: ${want.loss}`, `loss: ${want.loss + 2e-4}`) });
    expect(row.status).toBe('wrong');
    expect(row.reason).toContain('the loss is');
    expect(row.ratios).toEqual({});
  });

  it('with another norm of the gradients is wrong', async () => {
    const { gradientNorm } = await run({});
    expect((await run({}, gradientNorm)).status).toBe('ok');
    expect(await run({}, (gradientNorm ?? 0) * 1.01)).toMatchObject({ status: 'wrong' });
  });

  it('that fails keeps its reason', async () => {
    const row = await run({ check: "(() => { throw new Error('no such operator'); })()" });
    expect(row).toMatchObject({ status: 'failed', reason: 'no such operator', time: null });
  });

  it('that cannot run here is no failure', async () => {
    const row = await run({
      open: "(() => { const e = new Error('threads here: 1'); e.name = 'Unavailable'; throw e; })()",
    });
    expect(row).toMatchObject({ status: 'unavailable', reason: 'threads here: 1' });
  });

  it('that is not installed says what to install', async () => {
    const contender = new Contender(peer, task);
    await contender.open(findProgram({ ...peer, packages: ['no-such-package'] }, [folder]), null);
    expect(contender.result()).toMatchObject({ status: 'unavailable', reason: 'not installed: npm i no-such-package' });
  });
});

describe('installed packages', () => {
  const install = (name: string, version: string) => {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ version }));
  };

  it('are found in the folder and above it', () => {
    install('@one/part', '1.2.3');
    expect(installedVersion('@one/part', folder)).toBe('1.2.3');
    expect(installedVersion('@one/part', join(folder, 'deep', 'down'))).toBe('1.2.3');
    expect(installedVersion('@one/other', folder)).toBeNull();
  });

  it('must all be there', () => {
    install('first', '4.0.0');
    const peer: PeerInfo = { name: 'x', title: 'x', packages: ['first', 'second'], cases: ['cross'], setup: '-' };
    expect(findProgram(peer, [folder])).toEqual({ missing: 'not installed: npm i first second' });
    install('second', '5.0.0');
    expect(findProgram(peer, [tmpdir(), folder])).toMatchObject({ version: '4.0.0', program: { folder } });
  });
});
