/** Exported encoders, run by ONNX Runtime (WebAssembly, one thread), against our own to 1e-5. */
import fc from 'fast-check';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import * as data from '../../../src/data/index.js';
import { engine, init, nn, noGrad, type Tensor } from '../../../src/index.js';
import { type Encoder, encoderToOnnx, type PaddedBags, padBags } from '../../../src/interop/onnx/index.js';
import * as train from '../../../src/train/index.js';

const TEXTS = [
  'A man is playing a large flute.',
  'The young woman plays the guitar on the beach at night.',
  'Three dogs run across a snowy field',
  'Der Hund läuft über die Straße.',
  '猫はソファで寝ている。',
  '',
  '…',
  'a a a a a a a a a a a a b',
  'unbelievably, xylophonists juxtapose 3.14 quartz vibraphones!',
];
const ENCODERS = [
  { dimension: 16 },
  { dimension: 33, tokenWeights: 'none' },
  { dimension: 24, hidden: 40 },
  { dimension: 7, hidden: 5, tokenWeights: 'fixed', dropout: 0.5 },
] as const;

beforeAll(async () => {
  await init();
  ort.env.wasm.numThreads = 1;
});

/** Weights that differ from one another, for layers that start from 0 too. */
function scramble(encoder: Encoder, seed: number): void {
  for (const [index, [, tensor]] of encoder.namedTensors().entries()) {
    tensor.data.forEach((value, i, all) => {
      all[i] = value + 0.3 * Math.sin(i * 12.9898 + index * 78.233 + seed);
    });
  }
}

async function run(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>): Promise<ort.Tensor> {
  const results = await session.run(feeds);
  expect(Object.keys(results)).toEqual(['embeddings']);
  return results.embeddings as ort.Tensor;
}

function feedsOf({ inputIds, attentionMask, dims }: PaddedBags): Record<string, ort.Tensor> {
  return {
    input_ids: new ort.Tensor('int64', inputIds, dims),
    attention_mask: new ort.Tensor('int64', attentionMask, dims),
  };
}

function expectClose(found: ort.Tensor, expected: Float32Array, dimension: number): void {
  expect(found.dims).toEqual([expected.length / dimension, dimension]);
  const values = found.data as Float32Array;
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (values[i] as number))), 0);
  expect(error).toBeLessThan(1e-5);
}

const open = (encoder: Encoder) =>
  ort.InferenceSession.create(encoderToOnnx(encoder), { executionProviders: ['wasm'] });

describe('a text encoder as ONNX', () => {
  const features = data.TextFeatures.fit(TEXTS, { minCount: 1, buckets: 256 });

  it.each(ENCODERS)('%o embeds as ours, real texts and random features', async (options) => {
    const encoder = new train.BagEncoder(features, options, 3);
    scramble(encoder, 1);
    const session = await open(encoder);
    expect(session.inputNames).toEqual(['input_ids', 'attention_mask']);
    const bags = features.encode(TEXTS);
    const found = await run(session, feedsOf(padBags(bags)));
    expectClose(found, train.embedTexts(encoder, TEXTS), options.dimension);
    const id = fc.nat({ max: features.size - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(id, { maxLength: 9 }), { minLength: 1, maxLength: 12 }), async (lists) => {
        const offsets = Int32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]);
        const random = { ids: Int32Array.from(lists.flat()), offsets };
        const ours = embedBags(encoder, random);
        expectClose(await run(session, feedsOf(padBags(random))), ours, options.dimension);
      }),
      { numRuns: 20 },
    );
    await session.release();
    encoder.free();
  });

  it('takes padding that is longer than needed', async () => {
    const encoder = new train.BagEncoder(features, { dimension: 8 }, 3);
    const session = await open(encoder);
    const { inputIds, attentionMask, dims } = padBags(features.encode(['a man', 'dogs run']));
    const wide = (values: BigInt64Array, filler: bigint) => {
      const out = new BigInt64Array(dims[0] * (dims[1] + 5)).fill(filler);
      for (let i = 0; i < dims[0]; i++) out.set(values.subarray(i * dims[1], (i + 1) * dims[1]), i * (dims[1] + 5));
      return out;
    };
    const padded = { inputIds: wide(inputIds, 2n), attentionMask: wide(attentionMask, 0n) };
    const found = await run(session, feedsOf({ ...padded, dims: [dims[0], dims[1] + 5] }));
    expectClose(found, train.embedTexts(encoder, ['a man', 'dogs run']), 8);
    await session.release();
    encoder.free();
  });
});

/** What embedTexts does, for bags that are no texts. */
function embedBags(encoder: train.BagEncoder, bags: data.FeatureBatch): Float32Array {
  encoder.eval();
  return engine().step(() => noGrad(() => nn.l2Normalize(encoder.forward(bags)).toArray()));
}

describe('a vector encoder as ONNX', () => {
  const rows = Float32Array.from({ length: 20 * 12 }, (_, i) => Math.sin(i * 1.3) * 10 ** ((i % 7) - 3));

  it.each([{ dimension: 8 }, { dimension: 9, hidden: 20 }] as const)('%o embeds as ours', async (options) => {
    const encoder = new train.VectorEncoder(12, options, 5);
    scramble(encoder, 2);
    const session = await open(encoder);
    const found = await run(session, { vectors: new ort.Tensor('float32', rows, [20, 12]) });
    expectClose(found, train.embedVectors(encoder, rows), options.dimension);
    await session.release();
    encoder.free();
  });

  it('normalises rows of any length, and gives zeros below 1e-12', async () => {
    const encoder = new train.VectorEncoder(4, { dimension: 4 });
    for (const [name, { data: values }] of encoder.namedTensors() as [string, Tensor][]) {
      values.fill(0);
      if (name.endsWith('weight')) for (let i = 0; i < 4; i++) values[i * 5] = 1;
    }
    const scales = [1e30, 1e15, 1, 1e-10, 2e-12, 1e-13, 1e-25, 1e-38, 0];
    const vectors = Float32Array.from(scales.flatMap((scale) => [0.6, -0.8, 0, 0].map((x) => x * scale)));
    const ours = train.embedVectors(encoder, vectors);
    expect([...ours.subarray(4 * 4, 4 * 4 + 2)].map((x) => x.toFixed(3))).toEqual(['0.600', '-0.800']);
    expect(ours.subarray(5 * 4).every((x) => x === 0)).toBe(true);
    const session = await open(encoder);
    const found = await run(session, { vectors: new ort.Tensor('float32', vectors, [scales.length, 4]) });
    expectClose(found, ours, 4);
    await session.release();
    encoder.free();
  });
});

describe('padBags', () => {
  it('pads to the longest bag, at least 1', () => {
    const padded = padBags({ ids: Int32Array.of(5, 6, 7), offsets: Int32Array.of(0, 1, 1, 3) });
    expect(padded.dims).toEqual([3, 2]);
    expect([...padded.inputIds]).toEqual([5n, 0n, 0n, 0n, 6n, 7n]);
    expect([...padded.attentionMask]).toEqual([1n, 0n, 0n, 0n, 1n, 1n]);
    expect(padBags({ ids: new Int32Array(0), offsets: Int32Array.of(0, 0) }).dims).toEqual([1, 1]);
  });
});

describe('encoderToOnnx', () => {
  it('refuses more weights than one file holds', () => {
    const stand = { namedTensors: () => [['bag.weight', { length: 2 ** 29 }]] } as unknown as Encoder;
    expect(() => encoderToOnnx(stand)).toThrow(/E_OPTION encoderToOnnx: .* at most 2146435072 bytes, got 2147483648/);
  });
});
