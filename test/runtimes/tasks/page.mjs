/**
 * A page that trains in a worker: 200 steps as a stream, with an eye on the page's own thread; and calls, arrays, signals and errors on
 * their way.
 */
import { AdnceError, connect, transfer } from 'adnce/page';

const makeWorker = (script) => new Worker(new URL(`../entries/${script}.mjs`, import.meta.url), { type: 'module' });

/** Milliseconds between turns of the page's event loop while `work` runs, and the tasks its observer calls long (over 50). */
async function watch(work) {
  const [gaps, long] = [[], []];
  const known = PerformanceObserver.supportedEntryTypes.includes('longtask');
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
  if (known) observer.observe({ type: 'longtask' });
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    // Not without a rest: a page that spins takes a processor from the training.
    setTimeout(() => port2.postMessage(0), 2);
  };
  port2.postMessage(0);
  const result = await work();
  port1.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  gaps.sort((a, b) => a - b);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))];
  return { result, longTasks: known ? long : null, turns: gaps.length, median: at(0.5), p99: at(0.99), largest: at(1) };
}

async function train(training) {
  const losses = [];
  let end = null;
  for await (const { loss, ...rest } of training.train(200)) {
    if (loss === undefined) end = rest;
    else losses.push(loss);
  }
  return { ...end, steps: losses.length };
}

async function stopped(training) {
  const controller = new AbortController();
  const steps = [];
  const onStep = (step) => {
    steps.push(step);
    if (step === 4) controller.abort();
  };
  const error = await training.trainWith({ steps: 1000, signal: controller.signal, onStep }).catch((reason) => reason);
  return { name: error?.name, steps: steps.length };
}

async function failure(call) {
  const error = await call.catch((reason) => reason);
  return { ours: error instanceof AdnceError, code: error?.code, hint: error?.hint };
}

async function timedFailure(call) {
  const start = performance.now();
  return { ...(await failure(call)), milliseconds: performance.now() - start };
}

export default async function page() {
  const worker = makeWorker('training');
  const training = connect(worker);
  const idle = await watch(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const busy = await watch(() => train(training));
  const numbers = Float32Array.of(1, 2, 3);
  const halves = [...(await training.half(numbers)), ...(await training.half(transfer(numbers)))];
  const answer = {
    idle,
    busy,
    halves,
    left: numbers.length,
    stopped: await stopped(training),
    failed: await failure(training.fail()),
  };
  const call = timedFailure(training.trainWith({ steps: 1e6, signal: new AbortController().signal, onStep: () => {} }));
  setTimeout(() => worker.terminate(), 300);
  const terminated = await call;
  return { ...answer, terminated, missing: await timedFailure(connect(makeWorker('no-such')).train(1)) };
}
