/**
 * A frozen model as the lower half of an encoder: its embeddings, made once, are the vectors a head is trained on; with the head
 * on top it embeds new texts end to end.
 *
 *     texts → extractor (transformers.js, onnxruntime, a server …) → vectors f32[n,d] → VectorEncoder → embeddings
 *
 * The model is passed in as a function with the call shape of transformers.js's feature-extraction pipelines; none is imported.
 */
import * as data from '../data/index.js';
import { AdnceError } from '../index.js';
import { mustBeBoolean, mustBeInteger, mustBeString, mustKnowKeys } from '../options.js';
import * as train from '../train/index.js';

/** What an extractor gives: f32[texts, d], row-major. */
export interface Extracted {
  data: ArrayLike<number>;
  dims: readonly number[];
}

/** A feature extractor: `await pipeline('feature-extraction', model)` of transformers.js, or any function like it. */
export type Extractor = (texts: string[], options: { pooling: string; normalize: boolean }) => Promise<Extracted>;

/** Options of {@link FrozenEncoder}. */
export interface FrozenEncoderOptions {
  /** How the vectors of tokens become one, in the extractor's words. Default `mean`. */
  pooling?: string;
  /** Whether the extractor brings its vectors to length 1. Default true. */
  normalize?: boolean;
  /** Texts in a call. Default 32. */
  batchSize?: number;
  /** Told after each call how many of the texts are done. */
  onProgress?: (done: number, total: number) => void;
}

/** Vectors of texts, f32[texts, dimension]. */
export interface Vectors {
  values: Float32Array;
  dimension: number;
}

/** What is trained on top of the vectors. */
export type Head = train.VectorEncoder;

export class FrozenEncoder {
  readonly #extractor: Extractor;
  readonly #options: Required<FrozenEncoderOptions>;

  /** @throws E_OPTION */
  constructor(extractor: Extractor, options: FrozenEncoderOptions = {}) {
    const where = 'FrozenEncoder';
    mustKnowKeys(where, options, ['pooling', 'normalize', 'batchSize', 'onProgress']);
    if (typeof extractor !== 'function') {
      throw new AdnceError('E_OPTION', {
        where,
        what: `the extractor must be a function, got ${extractor === null ? 'null' : typeof extractor}`,
        hint: "pass what `await pipeline('feature-extraction', …)` gives",
      });
    }
    const { pooling = 'mean', normalize = true, batchSize = 32, onProgress = () => {} } = options;
    mustBeString(where, 'pooling', pooling);
    mustBeBoolean(where, 'normalize', normalize);
    mustBeInteger(where, 'batchSize', batchSize, { min: 1 });
    this.#extractor = extractor;
    this.#options = { pooling, normalize, batchSize, onProgress };
  }

  /**
   * Vectors of texts, batch by batch.
   * @throws E_DATA without texts, E_SHAPE when the extractor gives anything but one vector for each text, all of one length;
   * E_VALUE when a number is not finite; what the extractor throws
   */
  async vectors(texts: readonly string[]): Promise<Vectors> {
    const { batchSize, pooling, normalize, onProgress } = this.#options;
    if (texts.length === 0) {
      throw new AdnceError('E_DATA', { where: 'FrozenEncoder', what: 'at least one text is expected, got none' });
    }
    let dimension = 0;
    let values = new Float32Array(0);
    for (let from = 0; from < texts.length; from += batchSize) {
      const batch = texts.slice(from, from + batchSize);
      const found = await this.#extractor(batch, { pooling, normalize });
      if (from === 0) {
        dimension = found.dims.at(-1) ?? 0;
        values = new Float32Array(texts.length * dimension);
      }
      mustBeRows(found, batch.length, dimension);
      values.set(found.data, from * dimension);
      onProgress(from + batch.length, texts.length);
    }
    return { values, dimension };
  }

  /** Pairs of texts as pairs of vectors, to train a head on; every different text goes through the model once. */
  async pairs(pairs: data.TextPairs): Promise<data.VectorPairs> {
    const columns = [pairs.anchors, pairs.positives, ...(pairs.negatives === undefined ? [] : [pairs.negatives])];
    const texts = [...new Set(columns.flat())];
    const place = new Map(texts.map((text, i) => [text, i]));
    const { values, dimension } = await this.vectors(texts);
    const [anchors, positives, negatives] = columns.map((column) => {
      const rows = new Float32Array(column.length * dimension);
      column.forEach((text, i) => {
        const at = (place.get(text) as number) * dimension;
        rows.set(values.subarray(at, at + dimension), i * dimension);
      });
      return rows;
    }) as [Float32Array, Float32Array, Float32Array | undefined];
    const found: data.VectorPairs = { kind: 'vector', name: pairs.name, dimension, anchors, positives };
    if (negatives !== undefined) found.negatives = negatives;
    data.checkPairs(found);
    return found;
  }

  /** The whole encoder, from texts to embeddings of the head. */
  withHead(head: Head): HeadedEncoder {
    return new HeadedEncoder(this, head);
  }
}

/** A frozen encoder with a head on top. */
export class HeadedEncoder {
  readonly frozen: FrozenEncoder;
  readonly head: Head;

  constructor(frozen: FrozenEncoder, head: Head) {
    this.frozen = frozen;
    this.head = head;
  }

  /** Length of an embedding. */
  get dimension(): number {
    return this.head.options.dimension;
  }

  /**
   * @returns f32[texts, dimension], rows of length 1
   * @throws as {@link FrozenEncoder.vectors}; E_SHAPE when the model's vectors have another length than the head was made for
   */
  async embed(texts: readonly string[]): Promise<Float32Array> {
    if (texts.length === 0) return new Float32Array(0);
    const { values, dimension } = await this.frozen.vectors(texts);
    if (dimension !== this.head.inputDimension) {
      throw new AdnceError('E_SHAPE', {
        where: 'HeadedEncoder',
        what: `the model's vectors must have the head's input length ${this.head.inputDimension}, got ${dimension}`,
        hint: 'use the model the head was trained with',
      });
    }
    return train.embedVectors(this.head, values);
  }
}

function mustBeRows({ data: values, dims }: Extracted, texts: number, dimension: number): void {
  const where = 'FrozenEncoder';
  if (dims.length !== 2 || dims[0] !== texts || dims[1] !== dimension || dimension < 1) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `the extractor must give one vector for each text, [${texts},${dimension || 'd'}], got [${dims}]`,
      hint:
        dims.length === 3 ? 'these are vectors of tokens: pass a pooling the extractor knows' : 'see what it returns',
    });
  }
  if (values.length !== texts * dimension) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `[${dims}] must hold ${texts * dimension} numbers, got ${values.length}`,
    });
  }
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new AdnceError('E_VALUE', {
      where,
      what: `vectors must be finite, got ${values[i]} in row ${Math.floor(i / dimension)} of a batch of ${texts}`,
      hint: 'look at the model’s precision: half floats overflow at 65504',
    });
  }
}
