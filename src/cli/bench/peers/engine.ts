/** The engine for a benchmark: all the memory it can have, and the threads that are asked for. */
import { type Engine, type EngineOptions, init } from '../../../engine/index.js';
import { AdnceError } from '../../../errors.js';
import { Unavailable } from './peer.js';

/** What an engine with threads has beside. */
type Threaded = Engine & { readonly threads?: number; ready?(): Promise<void> };

const MAXIMUM_MEMORY = 2 ** 32 - 65536;

/**
 * Starts the engine, threads and all.
 * @param threads 0: as many as it takes by itself, at least two
 * @throws Unavailable when there are not so many threads
 */
export async function startEngine(threads: number): Promise<{ engine: Engine; threads: number }> {
  const engine: Threaded = await initWith(threads);
  await engine.ready?.();
  const got = engine.threads ?? 1;
  if (threads === 0 ? got < 2 : got !== threads) throw new Unavailable(`threads here: ${got}`);
  return { engine, threads: got };
}

async function initWith(threads: number): Promise<Engine> {
  const wanted = threads === 0 ? {} : { threads };
  try {
    return await init({ maximumMemory: MAXIMUM_MEMORY, ...wanted } as EngineOptions);
  } catch (error) {
    // A build without threads has no such option, and always runs on one.
    if (error instanceof AdnceError && error.code === 'E_OPTION') return init({ maximumMemory: MAXIMUM_MEMORY });
    throw error;
  }
}
