/** The encoder of a run: made for a data set, started from word vectors, kept in a run folder and opened again. */

import { type FeatureOptions, type PairDataset, TextFeatures } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import { AdnceError } from '../../errors.js';
import { type PairEncoder, type Run, readEncoder, sourceOf } from '../../runs/index.js';
import {
  BagEncoder,
  type EncoderOptions,
  embedTexts,
  embedVectors,
  type PairSource,
  VectorEncoder,
} from '../../train/index.js';
import type { WordVectors } from '../read/word-vectors.js';
import { type Items, isTexts, type VectorItems } from './items.js';

/** Either kind of encoder behind one face. */
export class RunEncoder {
  readonly module: PairEncoder;
  /** What the weights' file says of itself; nothing for a new encoder. */
  readonly metadata: ReadonlyMap<string, string>;

  constructor(module: PairEncoder, metadata: ReadonlyMap<string, string> = new Map()) {
    this.module = module;
    this.metadata = metadata;
  }

  /** A new encoder for a data set. @throws E_OPTION, E_DATA, E_MEMORY */
  static create(
    pairs: PairDataset,
    options: { encoder: Partial<EncoderOptions>; features: Partial<FeatureOptions>; seed: number; init?: WordVectors },
  ): RunEncoder {
    const { encoder, features, seed, init } = options;
    if (pairs.kind === 'vector') {
      if (init !== undefined) refuseInit('"init" starts the table of a text encoder, but the data are vectors');
      return new RunEncoder(new VectorEncoder(pairs.dimension, encoder, seed));
    }
    const texts = new Set([...pairs.anchors, ...pairs.positives, ...(pairs.negatives ?? [])]);
    const fitted = TextFeatures.fit(texts, features, init?.words);
    const own = new BagEncoder(fitted, withDimension(encoder, init), seed);
    if (init !== undefined) startFrom(own, init);
    return new RunEncoder(own);
  }

  /** The encoder of a run. @throws E_CHECKPOINT, E_IO */
  static async open(run: Run): Promise<RunEncoder> {
    const { encoder, metadata } = await readEncoder(run);
    return new RunEncoder(encoder, metadata);
  }

  get dimension(): number {
    return this.module.options.dimension;
  }

  get engine(): Engine {
    return (this.module.namedTensors()[0] as [string, { engine: Engine }])[1].engine;
  }

  /** Numbers that are learned. */
  get parameterCount(): number {
    return this.module.parameters().reduce((sum, { length }) => sum + length, 0);
  }

  /** @throws E_DATA texts for an encoder of vectors, or the other way round */
  source(pairs: PairDataset): PairSource {
    return sourceOf(this.module, pairs);
  }

  /**
   * Refuses items this encoder can't take.
   * @param where the file they are from
   * @throws E_DATA texts for an encoder of vectors, or the other way round; E_SHAPE vectors of another length
   */
  mustTake(where: string, items: Items): void {
    const { module } = this;
    const kind = isTexts(items) ? 'text' : 'vector';
    if (kind !== (module instanceof BagEncoder ? 'text' : 'vector')) this.#refuse(where, kind);
    if (isTexts(items) || module instanceof BagEncoder || items.dimension === module.inputDimension) return;
    const what = `vectors must have length ${module.inputDimension}, as in training, got ${items.dimension}`;
    throw new AdnceError('E_SHAPE', { where, what });
  }

  /** f32[items, dimension], rows of length 1. @throws what {@link mustTake} does */
  embed(items: Items): Float32Array {
    const { module } = this;
    this.mustTake('embed', items);
    if (module instanceof BagEncoder) return embedTexts(module, items as readonly string[]);
    return embedVectors(module, (items as VectorItems).values);
  }

  #refuse(where: string, got: string): never {
    const mine = this.module instanceof BagEncoder ? 'texts' : 'vectors';
    throw new AdnceError('E_DATA', { where, what: `this run encodes ${mine}, got data of kind "${got}"` });
  }
}

function withDimension(options: Partial<EncoderOptions>, init: WordVectors | undefined): Partial<EncoderOptions> {
  if (init === undefined) return options;
  const dimension = options.dimension ?? init.dimension;
  if (dimension !== init.dimension) {
    refuseInit(`"dimension" must be that of the word vectors, ${init.dimension}, got ${dimension}`);
  }
  return { ...options, dimension };
}

function refuseInit(what: string): never {
  throw new AdnceError('E_OPTION', { where: 'train', what, hint: 'leave one of the two out' });
}

/** Rows of words with a ready vector take it; all other rows start from 0, so that they do not blur it. */
function startFrom({ bag, features }: BagEncoder, { words, dimension, values }: WordVectors): void {
  const table = bag.weight.data.fill(0);
  words.forEach((word, i) => {
    const id = features.idOf(word);
    if (id !== undefined) table.set(values.subarray(i * dimension, (i + 1) * dimension), id * dimension);
  });
}
