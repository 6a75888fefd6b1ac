/** The encoder that all examples use, from the two files that train.mjs writes. */
import { checkpoint, init } from 'adnce';
import { TextFeatures } from 'adnce/data';
import { BagEncoder } from 'adnce/train';

/** Most bytes the engine may take: edge runtimes give a program 128 MiB for all that it has. */
const MAXIMUM_MEMORY = 2 ** 26;
/** Settles when no encoder is being made. */
let turn = Promise.resolve();

/**
 * An encoder on an engine of its own, whose memory goes when the encoder does. What is made belongs to the engine started last, so encoders
 * are made one after the other.
 * @param model `{ options, features }` of model.json
 * @param weights bytes of model.safetensors
 * @returns `{ engine, encoder }`
 */
export function openEncoder(model, weights) {
  const opened = turn.then(() => makeEncoder(model, weights));
  turn = opened.catch(() => {});
  return opened;
}

async function makeEncoder({ options, features }, weights) {
  const engine = await init({ threads: 1, maximumMemory: MAXIMUM_MEMORY });
  const encoder = new BagEncoder(TextFeatures.fromJSON(features), options);
  encoder.loadStateDict(checkpoint.readSafetensors(weights, 'model.safetensors').tensors);
  return { engine, encoder: encoder.eval() };
}
