/** Encoders as runs keep them: their shape in config.json, their words in tokenizer.json, their weights in model.safetensors. */

import type { NamedTensor } from '../checkpoint/safetensors.js';
import { type PairDataset, TextFeatures } from '../data/index.js';
import { AdnceError } from '../errors.js';
import type { Module } from '../nn/index.js';
import {
  BagEncoder,
  type EncoderOptions,
  type PairSource,
  textSource,
  VectorEncoder,
  vectorSource,
} from '../train/index.js';
import type { Run } from './run.js';

/** Either kind of encoder. */
export type PairEncoder = BagEncoder | VectorEncoder;

/** An encoder as config.json keeps it. */
export type EncoderConfig = EncoderOptions & ({ kind: 'text' } | { kind: 'vector'; inputDimension: number });

export function encoderConfig(encoder: PairEncoder): EncoderConfig {
  if (encoder instanceof BagEncoder) return { kind: 'text', ...encoder.options };
  return { kind: 'vector', inputDimension: encoder.inputDimension, ...encoder.options };
}

/**
 * The encoder of a run, in evaluation mode, and what the file of its weights says of itself.
 * @throws E_CHECKPOINT, E_IO, E_MEMORY
 */
export async function readEncoder(run: Run): Promise<{ encoder: PairEncoder; metadata: Map<string, string> }> {
  const { encoder: config } = (await run.readConfig()) as { encoder?: EncoderConfig };
  if (config?.kind !== 'text' && config?.kind !== 'vector') {
    throw new AdnceError('E_CHECKPOINT', {
      where: run.storage.placeOf('config.json'),
      what: '"encoder.kind" must be "text" or "vector"',
      hint: 'the file was edited, or a newer adnce wrote it',
    });
  }
  const encoder = await emptyEncoder(run, config);
  return { encoder, metadata: await readWeights(run, encoder) };
}

/** Writes tokenizer.json, where an encoder has words. @throws E_IO, E_STATE */
export async function writeWords(run: Run, encoder: PairEncoder): Promise<void> {
  if (encoder instanceof BagEncoder) await run.writeTokenizer({ ...encoder.features.toJSON() });
}

/** Fills an encoder with the weights of a run. @returns what their file says of itself @throws E_CHECKPOINT, E_IO, E_MEMORY */
export async function readWeights(run: Run, encoder: PairEncoder): Promise<Map<string, string>> {
  const { tensors, metadata } = await run.readModel();
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { dtype, shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) {
      const what = `tensor "${name}" must be F32, got ${dtype}`;
      throw new AdnceError('E_CHECKPOINT', { where: run.storage.place, what });
    }
    state.set(name, { shape, data });
  }
  encoder.loadStateDict(state);
  encoder.eval();
  return metadata;
}

/** The tensors of a module as a file takes them: views of its memory, or other values under the same names. */
export function weightTensors(module: Module, values?: ReadonlyMap<string, Float32Array>): NamedTensor[] {
  return module.namedTensors().map(([name, { shape, data }]) => ({
    name,
    dtype: 'F32',
    shape,
    data: values?.get(name) ?? data,
  }));
}

/** Pairs seen through an encoder. @throws E_DATA texts for an encoder of vectors, or the other way round; E_SHAPE */
export function sourceOf(encoder: PairEncoder, pairs: PairDataset): PairSource {
  if (encoder instanceof BagEncoder && pairs.kind === 'text') return textSource(encoder, pairs);
  if (encoder instanceof VectorEncoder && pairs.kind === 'vector') return vectorSource(encoder, pairs);
  const mine = encoder instanceof BagEncoder ? 'texts' : 'vectors';
  const what = `this run encodes ${mine}, got data of kind "${pairs.kind}"`;
  throw new AdnceError('E_DATA', { where: pairs.name, what });
}

async function emptyEncoder(run: Run, config: EncoderConfig): Promise<PairEncoder> {
  if (config.kind === 'text') {
    const { kind: _, ...options } = config;
    return new BagEncoder(TextFeatures.fromJSON(await run.readTokenizer()), options);
  }
  const { kind: _, inputDimension, ...options } = config;
  return new VectorEncoder(inputDimension, options);
}
