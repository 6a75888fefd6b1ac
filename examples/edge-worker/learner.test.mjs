/** A learner alone, in Node: its state goes on where it was, and with no other weights. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { checkpoint } from 'adnce';
import { Learner } from './src/learner.js';

const read = (path) => readFile(new URL(path, import.meta.url));
const weights = new Uint8Array(await read('../build/model/model.safetensors'));
const model = JSON.parse(await read('../build/model/model.json'));
const articles = JSON.parse(await read('../shared/articles.json'));

it('goes on from a state, bit for bit', async () => {
  const first = await Learner.open(model, weights, articles);
  first.learn('it squeaks', 'lubricate-the-chain');
  const second = await Learner.open(model, weights, articles);
  assert.ok(second.load(first.state()));
  for (const learner of [first, second]) learner.learn('a soft lever', 'bleed-hydraulic-brakes');
  assert.deepEqual(second.state(), first.state());
  assert.equal(second.steps, 2);
});

it('leaves a state of other weights alone', async () => {
  const first = await Learner.open(model, weights, articles);
  const { tensors } = checkpoint.readSafetensors(weights);
  const changed = [...tensors].map(([name, tensor]) => ({ name, ...tensor, data: tensor.data.map((x) => x + 0.5) }));
  const other = await Learner.open(model, checkpoint.writeSafetensors(changed), articles);
  other.learn('it squeaks', 'lubricate-the-chain');
  const before = first.state();
  assert.equal(first.load(other.state()), false);
  assert.deepEqual(first.state(), before);
});
