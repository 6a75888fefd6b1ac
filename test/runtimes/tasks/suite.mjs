/**
 * The suite of all runtimes: golden vectors, losses, 200 training steps of a small encoder with dropout and AdamW, its checkpoint out, and
 * a checkpoint in and on to the same weights. One module without anything of a runtime in it; every bit it computes is in a
 * digest of its answer.
 */
import { init, losses, tensor } from 'adnce';
import { cases, runGolden } from '../build/golden.mjs';
import { fromBase64, sha256, toBase64 } from './bytes.mjs';
import { draws, HALF, load, makeRun, STEPS, save, trainSteps, weightDigest } from './encoder.mjs';
import { listen } from './notices.mjs';

/** Objectives of different row rules, their values and all gradients, as one digest. */
function lossDigest(engine) {
  const [n, d] = [96, 48];
  const rows = [1, 2].map((seed) => Float32Array.from(draws(seed, n * d), (word) => word / 2 ** 31 - 1));
  const labels = Array.from({ length: n }, (_, i) => i % 7);
  const objectives = [
    (a, b) => losses.infoNCE(a, b, { temperature: 0.05, layout: 'graph' }),
    (a, b) => losses.adnce(a, b, { temperature: 0.2, mu: 0.5, sigma: 0.7, layout: 'image' }),
    (a, b) => losses.dcl(a, b, { temperature: 0.2, tauPlus: 0.1 }),
    (a, b) => losses.hcl(a, b, { temperature: 0.2, tauPlus: 0.1, beta: 1 }),
    (a, b) => losses.clDro(a, b, { temperature: 0.5, divergence: 'chi2' }),
    (a, b) => losses.clDro(a, b, { divergence: 'cvar', level: 0.3 }),
    (a, b) => losses.sigLIP(a, b, { temperature: 0.1, bias: -10 }),
    (a, b) => losses.supCon([a, b], { temperature: 0.1, labels }),
    (a, b) => losses.triplet(a, b, { margin: 0.3 }),
  ];
  const values = objectives.flatMap((objective) =>
    engine.step(() => {
      const views = rows.map((values) => tensor(values, [n, d], { requiresGrad: true }));
      const loss = objective(...views);
      loss.backward();
      return [Float64Array.of(loss.item()), ...views.map(({ grad }) => grad.slice())];
    }),
  );
  return sha256(...values);
}

/** Golden cases through the core: how many pass, and what the others say. */
function golden() {
  const failures = cases.map(runGolden).filter(({ status }) => status !== 'passed');
  return {
    passed: cases.length - failures.length,
    failures: failures.map(({ name, failures }) => `${name}: ${failures}`),
  };
}

/**
 * @param input `threads` to ask for, none to leave it to the library; `checkpoint`, that of another runtime in base64
 * @returns digests, the checkpoint after half of the steps, milliseconds of a step, and what was said of threads
 */
export default async function suite({ threads, checkpoint: foreign }) {
  const [engine, notices] = await listen(async () => {
    const options = threads === undefined ? {} : { threads };
    await (await init(options)).ready();
    const engine = await init(options);
    await engine.ready();
    return engine;
  });
  const run = makeRun();
  const first = await trainSteps(engine, run, 0, HALF);
  const saved = save(run);
  const second = await trainSteps(engine, run, HALF, STEPS);
  const resumed = makeRun();
  load(resumed, foreign === undefined ? saved : fromBase64(foreign));
  await trainSteps(engine, resumed, HALF, STEPS);
  return {
    build: engine.build,
    threads: engine.threads,
    notices,
    golden: golden(),
    losses: await lossDigest(engine),
    learnt: first.values[0] - second.values.at(-1),
    values: await sha256(Float64Array.from([...first.values, ...second.values])),
    weights: await weightDigest(run),
    resumed: await weightDigest(resumed),
    file: await sha256(save(run)),
    checkpoint: toBase64(saved),
    milliseconds: second.milliseconds,
  };
}
