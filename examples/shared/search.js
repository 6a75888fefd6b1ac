/** Search in a small collection: every article is embedded once, and a query is compared with all of them. */
import { embedTexts } from 'adnce/train';

export const textOf = ({ title, text }) => `${title}. ${text}`;

export class Search {
  #encoder;
  #articles;
  #rows;

  /** @param articles of articles.json */
  constructor(encoder, articles) {
    this.#encoder = encoder;
    this.#articles = articles;
    this.refresh();
  }

  get dimension() {
    return this.#encoder.options.dimension;
  }

  /** Embeds the articles anew; to be called when the weights have changed. */
  refresh() {
    this.#rows = embedTexts(this.#encoder, this.#articles.map(textOf));
  }

  /** @returns rows of length 1, an array of numbers for each text */
  embed(texts) {
    const rows = embedTexts(this.#encoder, texts);
    return texts.map((_, i) => Array.from(rows.subarray(i * this.dimension, (i + 1) * this.dimension)));
  }

  /** @returns the k articles nearest to the query, `{ id, title, score }` with a score in [−1, 1], best first */
  find(query, k = this.#articles.length) {
    const [q] = this.embed([query]);
    const scored = this.#articles.map(({ id, title }, i) => ({ id, title, score: this.#score(q, i) }));
    return scored.sort((a, b) => b.score - a.score).slice(0, k);
  }

  #score(q, article) {
    let sum = 0;
    for (let i = 0; i < q.length; i++) sum += q[i] * this.#rows[article * q.length + i];
    return sum;
  }
}
