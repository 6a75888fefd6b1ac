/**
 * An encoder that learns from what users pick: one step of AdamW for each pick, on ADNCE of the query and the picked article against
 * all other articles.
 *
 * A step on one pair alone would bend the whole space towards it, so the latest picks of other articles are in the batch again. Where
 * there are more articles than a step can embed, take a sample of them, or those that rank highest: the hard negatives.
 */
import { AdnceError, checkpoint, losses, optim } from 'adnce';
import { openEncoder } from '../../shared/model.js';
import { Search, textOf } from '../../shared/search.js';

const LEARNING_RATE = 0.005;
const LOSS = { layout: 'sentence', temperature: 0.07, mu: 0.4, sigma: 1 };
/** Earlier picks that a step takes again. */
const RECENT = 15;

/** Tensors of a file whose names begin with `prefix`, without it. */
const below = (tensors, prefix) =>
  new Map(
    [...tensors].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );

export class Learner {
  #engine;
  #encoder;
  #optimizer;
  #articles;
  /** Query by the id of the article that was picked for it, the latest last. */
  #picks = new Map();
  /** Digest of the weights that learning began from: a state goes with no others. */
  #origin;
  /** Search with the weights of the moment. */
  search;

  static async open(model, weights, articles) {
    const { metadata } = checkpoint.readSafetensors(weights);
    return new Learner(await openEncoder(model, weights), articles, metadata.get(checkpoint.CHECKSUM_KEY));
  }

  constructor({ engine, encoder }, articles, origin) {
    this.#engine = engine;
    this.#encoder = encoder;
    this.#optimizer = new optim.AdamW(encoder.parameters(), { lr: LEARNING_RATE, weightDecay: 0 });
    this.#articles = new Map(articles.map((article) => [article.id, article]));
    this.#origin = origin;
    this.search = new Search(encoder, articles);
  }

  /** Steps taken, those before a restart among them. */
  get steps() {
    return this.#optimizer.steps;
  }

  /** Place of an article among the results of a query, from 1. @throws E_DATA */
  rankOf(query, id) {
    this.#mustKnow(id);
    return 1 + this.search.find(query).findIndex((hit) => hit.id === id);
  }

  /**
   * Takes one step.
   * @returns the loss before it, in nats
   * @throws E_DATA an unknown article, or a query without words
   */
  learn(query, id) {
    this.#mustKnow(id);
    if (this.#encoder.features.encode([query]).ids.length === 0) {
      throw new AdnceError('E_DATA', { where: 'feedback', what: `"query" must have words, got "${query}"` });
    }
    const picks = new Map([...this.#picks].filter(([other]) => other !== id).slice(-RECENT)).set(id, query);
    const loss = this.#step(picks);
    this.#picks = picks;
    this.search.refresh();
    return loss;
  }

  #mustKnow(id) {
    if (this.#articles.has(id)) return;
    const hint = 'take an "id" of the results of /search';
    throw new AdnceError('E_DATA', { where: 'feedback', what: `there is no article "${id}"`, hint });
  }

  #step(picks) {
    const embed = (texts) => this.#encoder.forward(this.#encoder.features.encode(texts));
    const picked = [...picks.keys()].map((id) => textOf(this.#articles.get(id)));
    const others = [...this.#articles.values()].filter(({ id }) => !picks.has(id)).map(textOf);
    this.#encoder.train();
    try {
      return this.#engine.step(() => {
        const [a, b, negatives] = [[...picks.values()], picked, others].map(embed);
        const loss = losses.adnce(a, b, { ...LOSS, negatives, inBatch: picks.size > 1 });
        loss.backward();
        optim.clipGradNorm(this.#encoder.parameters(), 1);
        this.#optimizer.step();
        this.#optimizer.zeroGrad();
        return loss.item();
      });
    } finally {
      this.#encoder.eval();
    }
  }

  /** All that is needed to go on, as one safetensors file. */
  state() {
    const weights = this.#encoder
      .namedTensors()
      .map(([name, { shape, data }]) => ({ name: `model.${name}`, shape, data }));
    const moments = [...this.#optimizer.stateDict()].map(([name, data]) => ({
      name: `optimizer.${name}`,
      shape: [data.length],
      data,
    }));
    return checkpoint.writeSafetensors(
      [...weights, ...moments].map((tensor) => ({ ...tensor, dtype: 'F32' })),
      { origin: this.#origin, picks: JSON.stringify([...this.#picks]) },
    );
  }

  /**
   * Goes on from a state.
   * @returns false, and nothing is changed, when it is of other weights than these
   * @throws E_CHECKPOINT when it is damaged
   */
  load(bytes) {
    const { tensors, metadata } = checkpoint.readSafetensors(bytes, 'state');
    if (metadata.get('origin') !== this.#origin) return false;
    this.#encoder.loadStateDict(below(tensors, 'model.'));
    this.#optimizer.loadStateDict(new Map([...below(tensors, 'optimizer.')].map(([name, { data }]) => [name, data])));
    this.#picks = new Map(JSON.parse(metadata.get('picks')));
    this.search.refresh();
    return true;
  }
}
