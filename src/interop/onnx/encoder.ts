/**
 * Encoders as ONNX models, from features or vectors to rows of length 1. Weights keep the names they have in a checkpoint.
 *
 *     input_ids, attention_mask i64[texts, length] → Σ mask·w[id]·E[id] / Σ mask ─┬───────────────────────────→ ÷ ‖·‖ → embeddings
 *     vectors f32[rows, d]      → W·x + b ────────────────────────────────────────┘ or layer norm → x + MLP(x) ↗
 *
 * ONNX has no embedding bag, so bags come padded to one length, with a mask, as from tokenizers ({@link padBags}).
 */
import type * as data from '../../data/index.js';
import { AdnceError, type Tensor } from '../../index.js';
import * as train from '../../train/index.js';
import { FLOAT, Graph, INT64, real, type Value } from './graph.js';

/** What {@link train.embedTexts} and {@link train.embedVectors} take. */
export type Encoder = train.BagEncoder | train.VectorEncoder;

/** Bytes of weights that still fit in one file: a message of Protocol Buffers ends at 2 GiB. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;
/** Rows shorter than this become 0, as in {@link nn.l2Normalize}. */
const SHORTEST = 1e-12;
/** Keeps a row's largest number from dividing by 0; rows this small become 0 anyway. */
const TINY = 1e-30;
/** ε of the head's layer norm. */
const LAYER_NORM_EPS = 1e-5;

/**
 * The bytes of a .onnx file (opset 17), for any batch size.
 *
 * Inputs of a text encoder: `input_ids` and `attention_mask`, i64[texts, length]; of a vector encoder: `vectors`, f32[rows, d].
 * Output: `embeddings`, f32[rows, dimension], rows of length 1; a text without a feature gives zeros.
 * @throws E_OPTION when the weights take more than the 2 GiB of one file
 */
export function encoderToOnnx(encoder: Encoder): Uint8Array {
  const tensors = new Map(encoder.namedTensors());
  const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length * 4, 0);
  if (bytes > MOST_BYTES) {
    throw new AdnceError('E_OPTION', {
      where: 'encoderToOnnx',
      what: `the weights must take at most ${MOST_BYTES} bytes, got ${bytes}`,
      hint: 'use fewer words, buckets or dimensions',
    });
  }
  const graph = new EncoderGraph(tensors);
  const isText = encoder instanceof train.BagEncoder;
  const rows = isText ? 'texts' : 'rows';
  const x = isText ? graph.bags(rows) : graph.projected(rows, encoder.inputDimension);
  const y = encoder.options.hidden > 0 ? graph.head(x) : x;
  graph.output('embeddings', [rows, encoder.options.dimension], graph.unitRows(y));
  return graph.encode('encoder');
}

class EncoderGraph extends Graph {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(tensors: ReadonlyMap<string, Tensor>) {
    super();
    this.#tensors = tensors;
  }

  /** f32[texts, d], the mean of each text's rows of the table, times their weights if there are any. */
  bags(texts: string): Value {
    const ids = this.input('input_ids', [texts, 'length'], INT64);
    const mask = this.op('Cast', [this.input('attention_mask', [texts, 'length'], INT64)], { to: FLOAT });
    const count = this.op('Max', [this.#rowSum(mask), this.scalar(1)]);
    let shares = this.op('Div', [mask, count]);
    if (this.#tensors.has('bag.featureWeights')) {
      shares = this.op('Mul', [shares, this.op('Gather', [this.#own('bag.featureWeights'), ids])]);
    }
    const rows = this.op('Gather', [this.#own('bag.weight'), ids]);
    const sums = this.op('MatMul', [this.op('Unsqueeze', [shares, this.axis(1)]), rows]);
    return this.op('Squeeze', [sums, this.axis(1)]);
  }

  /** f32[rows, dimension], a linear map of the input. */
  projected(rows: string, inputDimension: number): Value {
    return this.#linear('projection', this.input('vectors', [rows, inputDimension]));
  }

  /** Layer norm, then x + MLP(x). */
  head(x: Value): Value {
    const scaled = [x, this.#own('head.0.weight'), this.#own('head.0.bias')];
    const normed = this.op('LayerNormalization', scaled, { axis: -1, epsilon: real(LAYER_NORM_EPS) });
    const hidden = this.#gelu(this.#linear('head.1.body.0', normed));
    return this.op('Add', [normed, this.#linear('head.1.body.3', hidden)]);
  }

  /**
   * x/‖x‖, or 0 below {@link SHORTEST}. Rows are divided by their largest number first, so that squares neither overflow nor
   * vanish; what is left has a norm of at least 1.
   */
  unitRows(x: Value): Value {
    const largest = this.op('ReduceMax', [this.op('Abs', [x])], { axes: [1], keepdims: 1 });
    const scaled = this.op('Div', [x, this.op('Max', [largest, this.scalar(TINY)])]);
    const norm = this.op('Sqrt', [this.#rowSum(this.op('Mul', [scaled, scaled]))]);
    const unit = this.op('Div', [scaled, this.op('Max', [norm, this.scalar(TINY)])]);
    const short = this.op('Less', [this.op('Mul', [largest, norm]), this.scalar(SHORTEST)]);
    return this.op('Where', [short, this.scalar(0), unit]);
  }

  #linear(name: string, x: Value): Value {
    return this.op('Gemm', [x, this.#own(`${name}.weight`), this.#own(`${name}.bias`)], { transB: 1 });
  }

  /** x·Φ(x). */
  #gelu(x: Value): Value {
    const erf = this.op('Erf', [this.op('Mul', [x, this.scalar(Math.SQRT1_2)])]);
    const half = this.op('Mul', [x, this.scalar(0.5)]);
    return this.op('Mul', [half, this.op('Add', [erf, this.scalar(1)])]);
  }

  #rowSum(x: Value): Value {
    return this.op('ReduceSum', [x, this.axis(1)], { keepdims: 1 });
  }

  /** A tensor of the encoder. */
  #own(name: string): Value {
    const { shape, data: values } = this.#tensors.get(name) as Tensor;
    return this.weights(name, shape, values);
  }
}

/** Inputs of an exported text encoder. */
export interface PaddedBags {
  /** i64[texts, length]; 0 where there is nothing. */
  inputIds: BigInt64Array;
  /** i64[texts, length]; 1 for a feature, 0 for padding. */
  attentionMask: BigInt64Array;
  /** [texts, length]. */
  dims: [number, number];
}

/** Bags of features, as `encoder.features.encode(texts)` gives them, padded to the longest, at least 1. */
export function padBags({ ids, offsets }: data.FeatureBatch): PaddedBags {
  const texts = offsets.length - 1;
  let length = 1;
  for (let i = 0; i < texts; i++) length = Math.max(length, (offsets[i + 1] as number) - (offsets[i] as number));
  const inputIds = new BigInt64Array(texts * length);
  const attentionMask = new BigInt64Array(texts * length);
  for (let i = 0; i < texts; i++) {
    const start = offsets[i] as number;
    const count = (offsets[i + 1] as number) - start;
    for (let k = 0; k < count; k++) {
      inputIds[i * length + k] = BigInt(ids[start + k] as number);
      attentionMask[i * length + k] = 1n;
    }
  }
  return { inputIds, attentionMask, dims: [texts, length] };
}
