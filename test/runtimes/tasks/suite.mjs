/**
 * The suite of all runtimes: golden vectors, losses, 200 training steps of a small encoder with dropout and AdamW, its checkpoint out, and
 * a checkpoint in and on to the same weights. One module without anything of a runtime in it; every bit it computes is in a
 * digest of its answer.
 */
import { checkpoint, init, losses, nn, optim, tensor } from 'adnce';
import { Draws } from 'adnce/data';
import { cases, runGolden } from '../build/golden.mjs';
import { fromBase64, sha256, toBase64 } from './bytes.mjs';

const STEPS = 200;
const HALF = 100;
/** Steps between two looks at the clock, which some runtimes move on between turns of the event loop only. */
const LAP = 20;
const [ROWS, TOPICS, WORDS, PAIRS] = [1024, 128, 16, 192];

/** Numbers in [0, 2³²) that depend on the seed alone. */
function draws(seed, count) {
  const source = new Draws(seed, 7, 0);
  return Uint32Array.from({ length: count }, (_, i) => source.at(i));
}

/** Both sides of a batch. Half of a text's words are of its pair's topic, so there is something to learn. */
function batchOf(step) {
  const topics = draws(step, PAIRS);
  const offsets = Uint32Array.from({ length: PAIRS + 1 }, (_, i) => i * WORDS);
  return [0, 1].map((side) => {
    const words = draws(1e6 + 2 * step + side, PAIRS * WORDS);
    const topicOf = (i) => topics[Math.floor(i / WORDS)] % TOPICS;
    return { ids: words.map((word, i) => (i % 2 ? word % ROWS : topicOf(i) * 8 + (word % 8))), offsets };
  });
}

function makeRun() {
  const dropout = new nn.Dropout({ p: 0.1, seed: 3 });
  const model = new nn.Sequential(
    new nn.EmbeddingBag(ROWS, 64, { seed: 0, weights: 'learned' }),
    new nn.Linear(64, 128, { seed: 1 }),
    new nn.LayerNorm(128),
    new nn.GELU(),
    dropout,
    new nn.Linear(128, 64, { seed: 2 }),
  );
  return { model, dropout, optimizer: new optim.AdamW(model.parameters(), { lr: 0.005 }) };
}

function trainStep(engine, { model, optimizer }, batch) {
  return engine.step(() => {
    const [a, b] = batch.map((bags) => model.forward(bags));
    const loss = losses.adnce(a, b, { layout: 'sentence', temperature: 0.1, mu: 0.4, sigma: 1 });
    loss.backward();
    optim.clipGradNorm(model.parameters(), 1);
    optimizer.step();
    optimizer.zeroGrad();
    return loss.item();
  });
}

/** The time, once whatever waited has had its turn. */
async function clock() {
  await new Promise((resolve) => setTimeout(resolve));
  return performance.now();
}

/** Trains from one step to another; returns the losses and the milliseconds of a step, the median of laps. */
async function trainSteps(engine, run, from, to) {
  const [values, laps] = [[], []];
  for (let step = from; step < to; step += LAP) {
    const batches = Array.from({ length: LAP }, (_, k) => batchOf(step + k));
    const start = await clock();
    for (const batch of batches) values.push(trainStep(engine, run, batch));
    laps.push(((await clock()) - start) / LAP);
  }
  return { values, milliseconds: laps.sort((a, b) => a - b)[laps.length >> 1] };
}

/** Model, optimiser and the next dropout mask as one safetensors file. */
function save({ model, optimizer, dropout }) {
  const tensors = [
    ...model
      .namedTensors()
      .map(([name, value]) => ({ name: `model.${name}`, shape: value.shape, data: value.toArray() })),
    ...[...optimizer.stateDict()].map(([name, values]) => ({
      name: `optimizer.${name}`,
      shape: [values.length],
      data: values,
    })),
  ];
  return checkpoint.writeSafetensors(
    tensors.map((entry) => ({ ...entry, dtype: 'F32' })),
    { turn: String(dropout.turn) },
  );
}

function load({ model, optimizer, dropout }, bytes) {
  const { tensors, metadata } = checkpoint.readSafetensors(bytes);
  const part = (prefix) =>
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]);
  model.loadStateDict(new Map(part('model.')));
  optimizer.loadStateDict(new Map(part('optimizer.').map(([name, { data }]) => [name, data])));
  dropout.turn = Number(metadata.get('turn'));
}

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

/** Weights of a model as one digest. */
function weightDigest({ model }) {
  return sha256(...model.namedTensors().map(([, value]) => value.toArray()));
}

/** What the library printed while `work` ran. */
async function listen(work) {
  const [warn, said] = [console.warn, []];
  console.warn = (text) => said.push(String(text));
  try {
    return [await work(), said];
  } finally {
    console.warn = warn;
  }
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
