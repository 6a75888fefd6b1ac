/**
 * Trains the encoder of the examples on articles.json, and writes model.json and model.safetensors.
 *
 * A question and the title are each a pair with their article, and so is each of its sentences. The last question of every article is
 * held out and shows what was learned.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { checkpoint, init } from 'adnce';
import { TextFeatures } from 'adnce/data';
import { BagEncoder, Trainer, textSource } from 'adnce/train';
import { Search, textOf } from './search.js';

const ARTICLES = new URL('./articles.json', import.meta.url);
const MODEL = new URL('../build/model/', import.meta.url);
const ENCODER = { dimension: 32 };

/** `{ anchors, positives }` of all articles but for their last questions. */
function pairsOf(articles) {
  const pairs = articles.flatMap((article) => {
    const { title, text, questions } = article;
    const anchors = [title, ...text.split(/[.:;] /), ...questions.slice(0, -1)];
    return anchors.map((anchor) => [anchor, textOf(article)]);
  });
  const [anchors, positives] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
  return { kind: 'text', name: 'articles', anchors, positives };
}

/** Share of held-out questions whose article is among the first k. */
function recall(encoder, articles, k) {
  const search = new Search(encoder, articles);
  const found = articles.filter(({ id, questions }) => search.find(questions.at(-1), k).some((hit) => hit.id === id));
  return `${found.length} of ${articles.length}`;
}

const articles = JSON.parse(await readFile(ARTICLES, 'utf8'));
const pairs = pairsOf(articles);
await init({ threads: 1 });
const features = TextFeatures.fit([...pairs.anchors, ...articles.map(textOf)], {
  minCount: 1,
  buckets: 1024,
  tokenizer: 'regexp',
});
const encoder = new BagEncoder(features, ENCODER);
const before = recall(encoder, articles, 5);
await new Trainer(encoder, textSource(encoder, pairs), { loss: 'adnce', batchSize: 40, epochs: 40 }).run();

await mkdir(MODEL, { recursive: true });
const tensors = encoder.namedTensors().map(([name, { shape, data }]) => ({ name, dtype: 'F32', shape, data }));
await writeFile(new URL('model.safetensors', MODEL), checkpoint.writeSafetensors(tensors));
await writeFile(new URL('model.json', MODEL), JSON.stringify({ options: encoder.options, features }));
console.log(
  `The article of a new question is among the first five for ${before} before training, ${recall(encoder, articles, 5)} after.`,
);
