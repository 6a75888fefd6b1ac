/** Digests by which a run knows its data and its encoder again: the same on every runtime. */

import { Digest, digestText } from '../checkpoint/digest.js';
import type { PairDataset } from '../data/index.js';
import type { Module } from '../nn/index.js';
import { BagEncoder } from '../train/index.js';

/** Texts that become bytes at a time. */
const PIECE = 4096;

/** Digest of texts, in their order. */
export function updateTexts(digest: Digest, texts: readonly string[]): Digest {
  const encoder = new TextEncoder();
  digest.update(encoder.encode(`${texts.length}\n`));
  for (let at = 0; at < texts.length; at += PIECE) {
    // As JSON, so that no text can end another one, and half a character is told from a whole one.
    const lines = texts.slice(at, at + PIECE).map((text) => `${JSON.stringify(text)}\n`);
    digest.update(encoder.encode(lines.join('')));
  }
  return digest;
}

/** Digest of numbers, in their order. */
export function updateNumbers(digest: Digest, values: Float32Array | Int32Array): Digest {
  digest.update(new TextEncoder().encode(`${values.length}\n`));
  return digest.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** Digest of all pairs of a data set in their order; its name does not count. */
export function digestPairs(pairs: PairDataset): string {
  const digest = new Digest();
  if (pairs.kind === 'text') {
    const { anchors, positives, negatives } = pairs;
    for (const column of [anchors, positives, negatives]) if (column !== undefined) updateTexts(digest, column);
  } else {
    const { anchors, positives, negatives } = pairs;
    for (const column of [anchors, positives, negatives]) if (column !== undefined) updateNumbers(digest, column);
  }
  return digest.hex();
}

/** Digest of all tensors of a module with their names: equal for equal weights, bit for bit. */
export function digestWeights(module: Module): string {
  const digest = new Digest();
  for (const [name, values] of module.stateDict()) updateNumbers(updateTexts(digest, [name]), values);
  return digest.hex();
}

/** Digest of the words of an encoder with their counts, and of how texts are read; the same for all encoders without words. */
export function digestWords(encoder: Module): string {
  return digestText(encoder instanceof BagEncoder ? JSON.stringify(encoder.features.toJSON()) : '');
}
