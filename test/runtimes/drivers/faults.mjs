/** Scripts of a pool's thread that do not do what they should, in place of the package's worker.js; each for all kinds of workers. */

const SCRIPT = (life) => `
const web = globalThis.WorkerGlobalScope !== undefined && globalThis.process === undefined;
const end = () => (web ? self.close() : process.exit(3));
const serve = ({ module, memory, team, index }, say) => {
  const core = new WebAssembly.Instance(module, { env: { memory } }).exports;
  core.enlist(team, index);
  const sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  const take = () => {
    for (let epoch = -1; ; ) {
      epoch = core.awaitJob(team, epoch);
      if (epoch < 0) return false;
      if (core.joinJob(team) && core.takeBlock(team) >= 0) return true;
      core.leaveJob(team);
    }
  };
  const ready = () => say({ ready: true });
  ${life}
};
const hold = (name) => new Promise((held) => navigator.locks.request(name, () => { held(); return new Promise(() => {}); }));
if (web) self.onmessage = async ({ data }) => { await hold(self.name); serve(data, (message) => self.postMessage(message)); };
else import('node:worker_threads').then(({ parentPort }) => parentPort.once('message', (data) => serve(data, (message) => parentPort.postMessage(message))));
`;

/** What becomes of it: a notice when it never works, E_WORKER when it is lost with a block of a job in hand. */
export const FAULTS = {
  mute: { script: SCRIPT('sleep();'), notice: /did not start in time/ },
  broken: { script: 'this is no script', notice: /a thread was lost/ },
  leaving: { script: SCRIPT('ready(); setTimeout(end, 20);'), notice: /a thread was lost \(it ended/ },
  silent: { script: SCRIPT('ready(); take(); sleep();'), inJob: true, notice: /gave no sign of life/ },
  dying: {
    script: SCRIPT('ready(); if (take()) end();'),
    inJob: true,
    notice: /gave no sign of life|a thread was lost/,
  },
};
