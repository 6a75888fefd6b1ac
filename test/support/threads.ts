/** Engines whose second thread does not do what it should. */
import { vi } from 'vitest';
import type { Engine, EngineOptions } from '../../src/engine/index.js';
import { workerUrl } from '../../src/engine/location.js';

/** A thread that starts its core and then runs `life`, in which it has core, team and say(message). */
function script(life: string): URL {
  const code = `
    import { parentPort } from 'node:worker_threads';
    parentPort.once('message', ({ module, memory, team, index }) => {
      const core = new WebAssembly.Instance(module, { env: { memory } }).exports;
      core.enlist(team, index);
      const say = (message) => parentPort.postMessage(message);
      const take = () => {
        for (let epoch = -1; ; ) {
          epoch = core.awaitJob(team, epoch);
          if (epoch < 0) return false;
          if (core.joinJob(team) && core.takeBlock(team) >= 0) return true;
          core.leaveJob(team);
        }
      };
      ${life}
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const FOREVER = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';

/** Ways of a thread to go wrong. */
const SCRIPTS = {
  /** Takes a block and does nothing about it. */
  silent: script(`say({ ready: true }); take(); ${FOREVER}`),
  /** Takes a block and ends. */
  dying: script('say({ ready: true }); if (take()) process.exit(3);'),
  /** Fails in the middle of a block and says so. */
  failing: script(
    "say({ ready: true }); if (take()) { core.failJob(team); core.leaveJob(team); throw new Error('x'); }",
  ),
  /** Ends while nothing is to be done. */
  leaving: script('say({ ready: true }); setTimeout(() => process.exit(0), 20);'),
  /** Never says that it is ready. */
  mute: script(FOREVER),
  /** Can't be loaded. */
  broken: new URL('data:text/javascript,this is no script'),
  /** What it should be. */
  sound: workerUrl(),
};

/** Runs `work` on a fresh copy of the library whose engine of two threads has such a second one; notices are not printed. */
export async function withThreads<T>(
  kind: keyof typeof SCRIPTS,
  work: (owner: Engine) => T | Promise<T>,
  options: EngineOptions = { threads: 2 },
): Promise<T> {
  vi.resetModules();
  vi.doMock('../../src/engine/location.js', async (original) => ({
    ...(await original<typeof import('../../src/engine/location.js')>()),
    workerUrl: () => SCRIPTS[kind],
  }));
  const silence = vi.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const { Engine: Fresh } = await import('../../src/engine/index.js');
    const owner = await Fresh.create(options);
    try {
      return await work(owner);
    } finally {
      await owner.close();
    }
  } finally {
    silence.mockRestore();
    vi.doUnmock('../../src/engine/location.js');
    vi.resetModules();
  }
}
