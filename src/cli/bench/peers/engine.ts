/** The engine for a benchmark: all the memory it can have, and the threads and the build that are asked for. */
import { setFlagsFromString } from 'node:v8';
import { type Engine, type EngineOptions, init } from '../../../engine/index.js';
import { AdnceError } from '../../../errors.js';
import { Unavailable } from './peer.js';

/** What an engine with threads has beside. */
type Threaded = Engine & { readonly threads?: number; ready?(): Promise<void> };

/** What is asked of the engine. */
export interface EngineWish {
  /** 0: as many as it takes by itself, at least two. */
  threads: number;
  /** Relaxed SIMD. Default false. */
  fast?: boolean;
}

const MAXIMUM_MEMORY = 2 ** 32 - 65536;

/**
 * Starts the engine, threads and all.
 * @throws Unavailable when it can't be had as asked for
 */
export async function startEngine({ threads, fast = false }: EngineWish): Promise<{ engine: Engine; threads: number }> {
  // Node 20 has relaxed SIMD behind a flag; later ones have it, and may not know the flag.
  if (fast && process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const engine: Threaded = await initWith({ ...(threads === 0 ? {} : { threads }), ...(fast ? { fast } : {}) });
  await engine.ready?.();
  const got = engine.threads ?? 1;
  if (threads === 0 ? got < 2 : got !== threads) throw new Unavailable(`threads here: ${got}`);
  if (fast && !(engine.build as string).includes('relaxed')) throw new Unavailable('no relaxed SIMD here');
  return { engine, threads: got };
}

async function initWith(wish: { threads?: number; fast?: boolean }): Promise<Engine> {
  try {
    return await init({ maximumMemory: MAXIMUM_MEMORY, ...wish } as EngineOptions);
  } catch (error) {
    // A build without threads has no such option, and always runs on one.
    if (error instanceof AdnceError && error.code === 'E_OPTION') return init({ maximumMemory: MAXIMUM_MEMORY });
    throw error;
  }
}
