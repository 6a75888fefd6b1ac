/**
 * Encoders: what turns texts or ready vectors into embeddings.
 *
 *     text   → words and n-grams → embedding bag ─┬─────────────────────────────────────→ embedding
 *     vector → linear map        ─────────────────┘ or → layer norm → x + MLP(x) ──────→ embedding
 *
 * The last layer of the MLP starts from 0, so that an encoder with a head starts as the one without. Embeddings are not
 * normalised here, the losses do that; {@link embedTexts} and {@link embedVectors} give rows of length 1.
 */
import type { FeatureBatch, TextFeatures } from '../data/index.js';
import { AdnceError } from '../errors.js';
import {
  Dropout,
  EmbeddingBag,
  GELU,
  type Layer,
  LayerNorm,
  Linear,
  l2Normalize,
  Module,
  Residual,
  Sequential,
} from '../nn/index.js';
import { mustBeInteger, mustBeNumbers, mustBeOneOf, mustKnowKeys, type NumberRules } from '../options.js';
import { noGrad, type Tensor, tensor } from '../tensor/index.js';

/** How tokens are weighted in the mean of a bag. */
export const TOKEN_WEIGHTS = ['learned', 'fixed', 'none'] as const;
export type TokenWeights = (typeof TOKEN_WEIGHTS)[number];

/** The shape of an encoder; part of a checkpoint. */
export interface EncoderOptions {
  /** Length of an embedding. */
  dimension: number;
  /** Width of the MLP behind the bag; 0 for none. */
  hidden: number;
  /** Chance that a hidden number of the MLP is dropped in training. */
  dropout: number;
  /** Weights of words and n-grams: start from smooth inverse frequencies and are learned, stay so, or are all 1. */
  tokenWeights: TokenWeights;
}

export const ENCODER_DEFAULTS: Readonly<EncoderOptions> = {
  dimension: 128,
  hidden: 0,
  dropout: 0,
  tokenWeights: 'learned',
};

/** What the numbers may be. */
export const ENCODER_RANGES = {
  dimension: { min: 1, max: 65536, integer: true },
  hidden: { min: 0, max: 65536, integer: true },
  dropout: { min: 0, below: 1 },
} satisfies NumberRules<EncoderOptions>;

/** Options with defaults filled in. @throws E_OPTION */
export function completeEncoderOptions(options: Partial<EncoderOptions>): EncoderOptions {
  const where = 'encoder';
  mustKnowKeys(where, options, Object.keys(ENCODER_DEFAULTS));
  const o = { ...ENCODER_DEFAULTS, ...options };
  mustBeNumbers(where, o, ENCODER_RANGES);
  mustBeOneOf(where, 'tokenWeights', o.tokenWeights, TOKEN_WEIGHTS);
  return o;
}

/** Deviation of the first rows of a table. */
const TABLE_STD = 0.1;
/** Streams of random numbers, one for each layer. */
const STREAM = { table: 1, first: 2, dropout: 3, second: 4, projection: 5 } as const;

/** Layer norm, then x + MLP(x), which is 0 at first. */
function makeHead({ dimension, hidden, dropout }: EncoderOptions, seed: number): Layer {
  const last = new Linear(hidden, dimension, { seed, stream: STREAM.second });
  last.weight.data.fill(0);
  last.bias?.data.fill(0);
  return new Sequential(
    new LayerNorm(dimension),
    new Residual(
      new Sequential(
        new Linear(dimension, hidden, { seed, stream: STREAM.first }),
        new GELU(),
        new Dropout({ p: dropout, seed, stream: STREAM.dropout }),
        last,
      ),
    ),
  );
}

/** Bags of features to embeddings. */
export class BagEncoder extends Module {
  readonly features: TextFeatures;
  readonly options: EncoderOptions;
  readonly bag: EmbeddingBag;
  readonly #head: Layer | null;

  /**
   * @param seed of the first weights, an integer in [0, 2⁵³)
   * @throws E_OPTION, E_MEMORY
   */
  constructor(features: TextFeatures, options: Partial<EncoderOptions> = {}, seed = 0) {
    super();
    this.features = features;
    this.options = completeEncoderOptions(options);
    const { dimension, hidden, tokenWeights } = this.options;
    this.bag = this.own(
      'bag',
      new EmbeddingBag(features.size, dimension, { weights: tokenWeights, std: TABLE_STD, seed, stream: STREAM.table }),
    );
    this.bag.featureWeights?.data.set(features.featureWeights());
    this.#head = hidden > 0 ? this.own('head', makeHead(this.options, seed)) : null;
  }

  /** @returns f32[texts, dimension], not normalised */
  forward(bags: FeatureBatch): Tensor {
    const x = this.bag.forward(bags);
    return this.#head === null ? x : this.#head.forward(x);
  }
}

/** Ready vectors, of another model perhaps, to embeddings: a linear map and, if wanted, an MLP. */
export class VectorEncoder extends Module {
  readonly inputDimension: number;
  readonly options: EncoderOptions;
  readonly #projection: Linear;
  readonly #head: Layer | null;

  /** @throws E_OPTION, E_MEMORY */
  constructor(inputDimension: number, options: Partial<EncoderOptions> = {}, seed = 0) {
    super();
    this.inputDimension = mustBeInteger('encoder', 'inputDimension', inputDimension, { min: 1 });
    this.options = completeEncoderOptions(options);
    const { dimension, hidden } = this.options;
    this.#projection = this.own(
      'projection',
      new Linear(inputDimension, dimension, { seed, stream: STREAM.projection }),
    );
    this.#head = hidden > 0 ? this.own('head', makeHead(this.options, seed)) : null;
  }

  /** Any tensor of the encoder's engine: where the rows of a batch are to be made. */
  get inputLike(): Tensor {
    return this.#projection.weight;
  }

  /** @param x f32[n, inputDimension] @returns f32[n, dimension], not normalised */
  forward(x: Tensor): Tensor {
    const y = this.#projection.forward(x);
    return this.#head === null ? y : this.#head.forward(y);
  }
}

/** Rows that are embedded at a time: enough to fill the kernels, few enough for the memory. */
const BLOCK = 1024;

/** Runs blocks of rows through an encoder in evaluation mode; rows of length 1 come out. */
function embedBlocks(module: Module, count: number, dimension: number, forward: (from: number, to: number) => Tensor) {
  const out = new Float32Array(count * dimension);
  const training = module.training;
  module.eval();
  const owner = module.parameters()[0]?.engine;
  try {
    for (let from = 0; from < count; from += BLOCK) {
      const to = Math.min(count, from + BLOCK);
      owner?.step(() => noGrad(() => out.set(l2Normalize(forward(from, to)).data, from * dimension)));
    }
  } finally {
    module.train(training);
  }
  return out;
}

/**
 * Embeddings of texts.
 * @returns f32[texts, dimension], rows of length 1; a text without any known feature gives zeros
 */
export function embedTexts(encoder: BagEncoder, texts: readonly string[]): Float32Array {
  return embedBlocks(encoder, texts.length, encoder.options.dimension, (from, to) =>
    encoder.forward(encoder.features.encode(texts.slice(from, to))),
  );
}

/**
 * Embeddings of vectors.
 * @param vectors f32[n, inputDimension]
 * @returns f32[n, dimension], rows of length 1
 * @throws E_SHAPE when the vectors have another length than the encoder was made for
 */
export function embedVectors(encoder: VectorEncoder, vectors: Float32Array): Float32Array {
  const d = encoder.inputDimension;
  if (vectors.length % d !== 0) {
    throw new AdnceError('E_SHAPE', {
      where: 'embedVectors',
      what: `vectors must be f32[n,${d}], got ${vectors.length} numbers`,
    });
  }
  return embedBlocks(encoder, vectors.length / d, encoder.options.dimension, (from, to) =>
    encoder.forward(tensor(vectors.subarray(from * d, to * d), [to - from, d])),
  );
}
