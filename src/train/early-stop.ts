/** Early stopping: remembers the best evaluation and how long ago it was. */
import { mustBeInteger, mustBeNumber } from '../options.js';

/** What an {@link EarlyStop} remembers. */
export interface EarlyStopState {
  /** Null before the first evaluation, or while every score was NaN. */
  best: number | null;
  bestStep: number;
  /** Evaluations since the best. */
  since: number;
}

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

  state(): EarlyStopState {
    const best = this.#best === Number.NEGATIVE_INFINITY ? null : this.#best;
    return { best, bestStep: this.#bestStep, since: this.#since };
  }

  /** @throws E_OPTION */
  load({ best, bestStep, since }: EarlyStopState): void {
    const where = 'EarlyStop';
    this.#best = best === null ? Number.NEGATIVE_INFINITY : mustBeNumber(where, 'best', best);
    this.#bestStep = mustBeInteger(where, 'bestStep', bestStep, { min: -1 });
    this.#since = mustBeInteger(where, 'since', since, { min: 0 });
  }

  get exhausted(): boolean {
    return this.#patience > 0 && this.#since >= this.#patience;
  }
}
