/**
 * States of a run as files: tensors and, in the metadata, the rest as JSON, so that one digest covers both. Two are kept, each
 * written in the place of the older one; a state counts only if its metrics are there too.
 */

import { damaged } from '../checkpoint/header.js';
import { parseRecord } from '../checkpoint/json.js';
import { type Safetensors, safetensorsChunks } from '../checkpoint/safetensors.js';
import { AdnceError } from '../errors.js';
import type { StepParameters, TrainProgress, TrainState } from '../train/index.js';
import { VERSION } from '../version.js';
import type { RunStorage } from './storage.js';
import { readStoredTensors } from './stored.js';

/** A state with what lies around the trainer. */
export interface StoredState extends TrainState {
  /** Build of the core that computed it. */
  build: string;
  /** Bytes of metrics.jsonl up to it. */
  metrics: number;
  /** τ, μ and σ of the best weights so far. */
  kept: StepParameters;
}

/** A state that was found, or what is wrong with it; `slot` is its place among the names. */
export type FoundState = { slot: number } & ({ state: StoredState } | { error: AdnceError });

const STATE_KEY = 'adnce.state';
const VERSION_KEY = 'adnce.version';

/** A state as the bytes of a file. */
export function stateChunks({ tensors, ...rest }: StoredState): Uint8Array[] {
  const named = [...tensors].map(([name, data]) => ({ name, dtype: 'F32' as const, shape: [data.length], data }));
  return safetensorsChunks(named, { [VERSION_KEY]: VERSION, [STATE_KEY]: JSON.stringify(rest) });
}

/** The states under some names; damaged ones with their error. @throws E_IO, E_MEMORY */
export async function statesIn(storage: RunStorage, names: readonly string[], log: string): Promise<FoundState[]> {
  const found: FoundState[] = [];
  for (const [slot, name] of names.entries()) {
    try {
      const file = await readStoredTensors(storage, name);
      if (file === null) continue;
      const state = parseState(file, storage.placeOf(name));
      const length = (await storage.size(log)) ?? 0;
      if (length < state.metrics) {
        const what = `${log} must have ${state.metrics} bytes for this state, got ${length}`;
        throw damaged(storage.placeOf(name), what);
      }
      found.push({ slot, state });
    } catch (error) {
      if (!(error instanceof AdnceError) || error.code !== 'E_CHECKPOINT') throw error;
      found.push({ slot, error });
    }
  }
  return found;
}

/**
 * The state that is farthest.
 * @param onDamage told of those that can't be used, where one can
 * @throws E_CHECKPOINT when there are some and none can be used, or another version wrote it
 */
export function newestState(
  found: readonly FoundState[],
  onDamage: (error: AdnceError) => void,
): { slot: number; state: StoredState } | null {
  const damage = found.flatMap((one) => ('error' in one ? [one.error] : []));
  const whole = found.flatMap((one) => ('state' in one ? [one] : []));
  whole.sort((a, b) => b.state.progress.step - a.state.progress.step);
  const [newest] = whole;
  if (newest === undefined) {
    if (damage[0] !== undefined) throw damage[0];
    return null;
  }
  for (const error of damage) onDamage(error);
  return newest;
}

function parseState({ tensors, metadata }: Safetensors, place: string): StoredState {
  const version = metadata.get(VERSION_KEY);
  const text = metadata.get(STATE_KEY);
  if (version === undefined || text === undefined) {
    throw damaged(place, `a state must have "${VERSION_KEY}" and "${STATE_KEY}" in its metadata, got none`);
  }
  if (version !== VERSION) {
    const what = `the state must be of adnce ${VERSION}, got one of ${version}, whose next steps may have other bits`;
    throw damaged(place, what, `go on with that version (npx adnce@${version}), or start a new run`);
  }
  const { progress, build, metrics, kept } = parseRecord(new TextEncoder().encode(text), place);
  const floats = new Map<string, Float32Array>();
  for (const [name, { data }] of tensors) if (data instanceof Float32Array) floats.set(name, data);
  return {
    progress: progress as TrainProgress,
    tensors: floats,
    build: build as string,
    metrics: metrics as number,
    kept: kept as StepParameters,
  };
}
