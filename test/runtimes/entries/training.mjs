/** The worker of the page's task: training with all processors, offered to the page. */
import { AdnceError, init } from 'adnce';
import { serve } from 'adnce/page';
import { batchOf, makeRun, trainStep, weightDigest } from '../tasks/encoder.mjs';

const engine = init();

/** A value for each step, the last one with the digest of the weights. */
async function* train(steps) {
  const owner = await engine;
  await owner.ready();
  const run = makeRun();
  for (let step = 0; step < steps; step++) yield { step, loss: trainStep(owner, run, batchOf(step)) };
  yield { weights: await weightDigest(run), threads: owner.threads, build: owner.build, notice: owner.notice };
}

/** The same in one call, in turns short enough to hear a signal. */
async function trainWith({ steps, signal, onStep }) {
  const owner = await engine;
  const run = makeRun();
  for (let step = 0; step < steps; step++) {
    onStep(step, trainStep(owner, run, batchOf(step)));
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
}

serve({
  train,
  trainWith,
  half: (x) => x.map((value) => value / 2),
  fail: () => {
    throw new AdnceError('E_DATA', { where: 'worker', what: 'nothing to train on', hint: 'bring data' });
  },
});
