/**
 * First weights, and the addresses of random numbers. A draw depends on (seed, stream, turn, purpose) and its index alone, so
 * a model is the same whatever else was drawn before it.
 */
import type { Engine, Pointer } from '../engine/index.js';
import { mustBeInteger, mustBeNumber } from '../options.js';
import type { Tensor } from '../tensor/index.js';

/** Where random numbers come from; two layers with the same seed need different streams. */
export interface RandomSource {
  /** An integer in [0, 2⁵³). */
  seed: number;
  /** An integer in [0, 2³²). Default 0. */
  stream?: number;
}

/** What draws are for: the last word of the counter keeps purposes apart. 0 is taken by the order of data. */
export const PURPOSE = { weight: 1, bias: 2, dropout: 3 } as const;

/** Checks a seed and a stream. @throws E_OPTION */
export function checkSource(where: string, source: RandomSource): Required<RandomSource> {
  return {
    seed: mustBeInteger(where, 'seed', source.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    stream: mustBeInteger(where, 'stream', source.stream ?? 0, { min: 0, max: 2 ** 32 - 1 }),
  };
}

/** The core's `draws` in the memory of the running step. */
export function drawsOf(owner: Engine, source: Required<RandomSource>, purpose: number, turn = 0): Pointer {
  const draws = owner.arena.stack(owner.core.drawsBytes(), 'random numbers');
  const words = owner.i32;
  const at = draws >>> 2;
  words[at] = source.seed | 0;
  words[at + 1] = Math.floor(source.seed / 2 ** 32) | 0;
  words[at + 2] = turn | 0;
  words[at + 3] = source.stream | 0;
  words[at + 4] = purpose;
  return draws;
}

/** Fills a tensor with uniform numbers in [low, high). To be called outside a step. */
export function uniform(
  tensor: Tensor,
  options: RandomSource & { low: number; high: number },
  purpose: number = PURPOSE.weight,
): void {
  const source = checkSource('uniform', options);
  const low = mustBeNumber('uniform', 'low', options.low);
  const high = mustBeNumber('uniform', 'high', options.high, { min: low });
  const owner = tensor.engine;
  owner.step(() => owner.core.randomUniform(drawsOf(owner, source, purpose), tensor.pointer, tensor.length, low, high));
}

/** Fills a tensor with normal numbers. To be called outside a step. @param options.std deviation, >= 0 */
export function normal(tensor: Tensor, options: RandomSource & { mean?: number; std: number }): void {
  const source = checkSource('normal', options);
  const mean = mustBeNumber('normal', 'mean', options.mean ?? 0);
  const std = mustBeNumber('normal', 'std', options.std, { min: 0 });
  const owner = tensor.engine;
  owner.step(() =>
    owner.core.randomNormal(drawsOf(owner, source, PURPOSE.weight), tensor.pointer, tensor.length, mean, std),
  );
}
