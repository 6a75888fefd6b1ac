/**
 * A training run in the storage of the runtime: begun, or taken out of an archive, and trained to a step or to its end.
 *
 *     { path, kind?, archive?, resume?, stopAt?, clean? } → { place, stopped, steps, digest, files, archive }
 *
 * `kind` asks for one storage of a browser by its class, `archive` is base64 both ways, `files` are digests.
 */
import { checkpoint, init } from 'adnce';
import { TextFeatures } from 'adnce/data';
import { digestWeights, packRun, trainRun, unpackRun } from 'adnce/runs';
import * as storages from 'adnce/storage';
import { BagEncoder } from 'adnce/train';
import { fromBase64, toBase64 } from './bytes.mjs';

const OPTIONS = {
  batchSize: 32,
  epochs: 6,
  learningRate: 0.05,
  seed: 4,
  temperature: 'auto',
  mu: 'auto',
  queue: 64,
  evaluations: 2,
};
/** Files that are the same wherever a run ran; the others hold its date and its duration. */
const SAME = ['model.safetensors', 'metrics.jsonl', 'tokenizer.json'];

function pairs() {
  const [colours, things] = [
    'red green blue white black brown pink grey',
    'car house bird tree shoe door cup hat boat bridge',
  ];
  const both = colours.split(' ').flatMap((colour) => things.split(' ').map((thing) => [colour, thing]));
  return {
    kind: 'text',
    name: 'colours',
    anchors: both.map(([colour, thing]) => `a ${colour} ${thing}`),
    positives: both.map(([colour, thing]) => `the ${thing} is ${colour}`),
  };
}

export default async function run({ path, kind, archive, resume = false, stopAt, clean = false, threads }) {
  await init(threads === undefined ? {} : { threads });
  const storage = kind === undefined ? await storages.openStorage(path) : new (Reflect.get(storages, kind))(path);
  if (archive !== undefined) await unpackRun(fromBase64(archive), storage, { overwrite: true });
  const data = pairs();
  const features = TextFeatures.fit([...data.anchors, ...data.positives], { minCount: 1, buckets: 64 });
  const encoder = new BagEncoder(features, { dimension: 24, hidden: 32, dropout: 0.2 }, 4);
  const controller = new AbortController();
  const { stopped, steps } = await trainRun(storage, {
    encoder,
    pairs: data,
    train: OPTIONS,
    resume: resume || archive !== undefined,
    overwrite: true,
    evaluate: ({ step }) => -Math.abs(step - 11),
    onStep: ({ step }) => step === stopAt && controller.abort(),
    stateEvery: 0,
    signal: controller.signal,
  });
  const files = {};
  for (const name of SAME) files[name] = new checkpoint.Digest().update(await storage.read(name)).hex();
  const packed = toBase64(await packRun(storage));
  if (clean) await storage.remove(await storage.list());
  return { place: storage.place, stopped, steps, digest: digestWeights(encoder), files, archive: packed };
}
