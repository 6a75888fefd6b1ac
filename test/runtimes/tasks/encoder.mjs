/** The run that all runtimes take: a small encoder with dropout and AdamW, data drawn from a seed, a checkpoint of all its state. */
import { checkpoint, losses, nn, optim } from 'adnce';
import { Draws } from 'adnce/data';
import { sha256 } from './bytes.mjs';

export const STEPS = 200;
export const HALF = 100;
/** Steps between two looks at the clock, which some runtimes move on between turns of the event loop only. */
const LAP = 20;
const [ROWS, TOPICS, WORDS, PAIRS] = [1024, 128, 16, 192];

/** Numbers in [0, 2³²) that depend on the seed alone. */
export function draws(seed, count) {
  const source = new Draws(seed, 7, 0);
  return Uint32Array.from({ length: count }, (_, i) => source.at(i));
}

/** Both sides of a batch. Half of a text's words are of its pair's topic, so there is something to learn. */
export function batchOf(step) {
  const topics = draws(step, PAIRS);
  const offsets = Uint32Array.from({ length: PAIRS + 1 }, (_, i) => i * WORDS);
  return [0, 1].map((side) => {
    const words = draws(1e6 + 2 * step + side, PAIRS * WORDS);
    const topicOf = (i) => topics[Math.floor(i / WORDS)] % TOPICS;
    return { ids: words.map((word, i) => (i % 2 ? word % ROWS : topicOf(i) * 8 + (word % 8))), offsets };
  });
}

export function makeRun() {
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

export function trainStep(engine, { model, optimizer }, batch) {
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
export async function trainSteps(engine, run, from, to) {
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
export function save({ model, optimizer, dropout }) {
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

export function load({ model, optimizer, dropout }, bytes) {
  const { tensors, metadata } = checkpoint.readSafetensors(bytes);
  const part = (prefix) =>
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]);
  model.loadStateDict(new Map(part('model.')));
  optimizer.loadStateDict(new Map(part('optimizer.').map(([name, { data }]) => [name, data])));
  dropout.turn = Number(metadata.get('turn'));
}

/** Weights of a model as one digest. */
export function weightDigest({ model }) {
  return sha256(...model.namedTensors().map(([, value]) => value.toArray()));
}
