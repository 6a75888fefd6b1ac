/** Early stopping: remembers the best evaluation, and the weights that went with it. */

export class EarlyStop {
  readonly #patience: number;
  #best = Number.NEGATIVE_INFINITY;
  #bestStep = -1;
  #since = 0;

  /** @param patience evaluations without an improvement before {@link exhausted}; 0 waits for ever */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Takes a score, larger is better; says whether it is the best so far. NaN never is. */
  observe(step: number, score: number): boolean {
    if (score > this.#best) {
      this.#best = score;
      this.#bestStep = step;
      this.#since = 0;
      return true;
    }
    this.#since++;
    return false;
  }

  get best(): number {
    return this.#best;
  }

  /** Step of the best evaluation, −1 before the first. */
  get bestStep(): number {
    return this.#bestStep;
  }

  get exhausted(): boolean {
    return this.#patience > 0 && this.#since >= this.#patience;
  }
}
