/** Counts of numbers in bins of equal width, so that a million scores can be drawn and merged. */
import { AdnceError } from '../errors.js';
import { mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';

export interface HistogramOptions {
  /** Left edge of the first bin. */
  min?: number;
  /** Right edge of the last bin. */
  max?: number;
  bins?: number;
}

/** Equal bins over [min, max], by default 40 over the cosines [−1, 1]. */
export class Histogram {
  readonly min: number;
  readonly max: number;
  /** f64[bins]; each bin holds its left edge, the last one its right edge too. */
  readonly counts: Float64Array;
  /** Values counted so far. */
  total = 0;

  /** @throws E_OPTION the bounds or the number of bins make no sense */
  constructor(options: HistogramOptions = {}) {
    mustKnowKeys('histogram', options, ['min', 'max', 'bins']);
    this.min = mustBeNumber('histogram', 'min', options.min ?? -1);
    this.max = mustBeNumber('histogram', 'max', options.max ?? 1, { above: this.min });
    this.counts = new Float64Array(mustBeInteger('histogram', 'bins', options.bins ?? 40, { min: 1, max: 1e6 }));
  }

  /** f64[bins + 1], the edges of the bins. */
  get edges(): Float64Array {
    const bins = this.counts.length;
    return Float64Array.from({ length: bins + 1 }, (_, i) => this.min + ((this.max - this.min) * i) / bins);
  }

  /**
   * Counts values; those beyond the bounds go to the outermost bins (a cosine in float32 may be 1.0000001).
   * @throws E_VALUE a value is NaN; nothing is counted then
   */
  add(values: ArrayLike<number>): void {
    this.#count(values, 1);
  }

  /**
   * Takes values back that were counted.
   * @throws E_VALUE a value is NaN; nothing is taken back then
   */
  remove(values: ArrayLike<number>): void {
    this.#count(values, -1);
  }

  #count(values: ArrayLike<number>, step: 1 | -1): void {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) {
        throw new AdnceError('E_VALUE', { where: 'histogram', what: `values must be numbers, value ${i} is NaN` });
      }
    }
    const { counts, min } = this;
    const last = counts.length - 1;
    const scale = counts.length / (this.max - min);
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor(((values[i] as number) - min) * scale);
      counts[Math.max(0, Math.min(last, bin))]! += step;
    }
    this.total += step * values.length;
  }

  /**
   * Adds the counts of another histogram of the same bins.
   * @throws E_SHAPE the bins differ
   */
  merge(other: Histogram): void {
    const same = (h: Histogram) => `${h.counts.length} bins over [${h.min}, ${h.max}]`;
    if (same(this) !== same(other)) {
      const what = `only equal bins can be merged, got ${same(other)} into ${same(this)}`;
      throw new AdnceError('E_SHAPE', { where: 'histogram', what });
    }
    other.counts.forEach((count, i) => {
      this.counts[i]! += count;
    });
    this.total += other.total;
  }

  /** f64[bins], the counts scaled to an area of 1; zeros where nothing was counted. */
  density(): Float64Array {
    const width = (this.max - this.min) / this.counts.length;
    return this.counts.map((count) => (this.total === 0 ? 0 : count / (this.total * width)));
  }
}
