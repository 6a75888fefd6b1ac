/** A peer's process: answers the requests of protocol.ts, one at a time, until it is closed. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readInputs } from './inputs.js';
import { type Load, type Run, SCRIPT_PEERS, Unavailable } from './peers/index.js';
import type { Answers, Request } from './protocol.js';

/**
 * Serves one peer on standard input and output.
 * @param load imports a package from where the peers are installed
 */
export async function serve(load: Load): Promise<void> {
  // The line to the benchmark is standard output; what peers print must not get into it.
  for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error;
  const session = new Session(load);
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const reply = await session.answer(request).then(
      (value) => ({ ok: true, value }),
      (error: unknown) => ({
        ok: false,
        unavailable: error instanceof Unavailable,
        message: error instanceof Error ? error.message : String(error),
      }),
    );
    // Some peers keep the process alive: it ends once the last line is out.
    process.stdout.write(`${JSON.stringify(reply)}\n`, () => request.op === 'close' && process.exit(0));
  }
  // The benchmark is gone.
  process.exit(1);
}

class Session {
  readonly #load: Load;
  #run: Run | null = null;
  #openBytes = 0;

  constructor(load: Load) {
    this.#load = load;
  }

  async answer(request: Request): Promise<Answers[keyof Answers]> {
    if (request.op === 'open') {
      const peer = SCRIPT_PEERS.find(({ name }) => name === request.peer);
      if (peer === undefined) throw new Error(`internal: no peer is called "${request.peer}"`);
      const inputs = readInputs(request.inputs);
      const asked = request.threads === undefined ? {} : { threads: request.threads };
      this.#run = await peer.open({ problem: request.problem, inputs, load: this.#load, ...asked });
      this.#openBytes = peakBytes();
      const { flops, threads } = this.#run;
      return { ...(flops === undefined ? {} : { flops }), ...(threads === undefined ? {} : { threads }) };
    }
    if (request.op === 'close') {
      const extraBytes = this.#run?.extraBytes?.();
      const bytes = { peakBytes: peakBytes(), openBytes: this.#openBytes };
      return extraBytes === undefined ? bytes : { ...bytes, extraBytes };
    }
    const run = this.#run;
    if (run === null) throw new Error('internal: the problem is not set up');
    if (request.op === 'check') {
      const { loss, gradients } = await run.check();
      writeFloats(request.gradients, gradients);
      return { loss, lengths: gradients.map(({ length }) => length) };
    }
    return { milliseconds: await measure(run, request.repeats) };
  }
}

async function measure(run: Run, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = run.step();
    // Only what is asynchronous is waited for: a turn of the event loop is not free.
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / repeats;
}

function writeFloats(path: string, arrays: readonly Float32Array[]): void {
  const file = openSync(path, 'w');
  try {
    for (const array of arrays) writeSync(file, array);
  } finally {
    closeSync(file);
  }
}

/**
 * Largest resident memory so far. Linux tells that of this program; getrusage would count what the parent had when it forked.
 */
function peakBytes(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line !== null) return Number(line[1]) * 1024;
  } catch {
    // No such file on this system.
  }
  return process.resourceUsage().maxRSS * 1024;
}
