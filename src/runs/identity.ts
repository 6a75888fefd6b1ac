/** What makes a run the run it is: with the same data, encoder, options, version and arithmetic its next steps have the same bits. */
import type { JsonRecord } from '../data/jsonl.js';
import { engine } from '../engine/index.js';
import { AdnceError, type ErrorCode } from '../errors.js';
import { mustHaveOptions, type TrainOptions } from '../train/index.js';
import { VERSION } from '../version.js';
import { type EncoderConfig, encoderConfig, type PairEncoder } from './encoder.js';
import { digestWeights, digestWords } from './fingerprint.js';
import type { Run } from './run.js';
import type { StoredState } from './state.js';

/** Of what a run is made. */
export interface RunIdentity {
  /** Digest of the data, from `digestPairs`. */
  data: string;
  /** As it is before its first step. */
  encoder: PairEncoder;
}

/** What config.json keeps of it, beside `adnce`, `encoder` and `train`. */
export function identityConfig({ data, encoder }: RunIdentity): JsonRecord {
  return {
    digests: { data, words: digestWords(encoder), start: digestWeights(encoder) },
    relaxed: isRelaxed(engine().build),
  };
}

/** The parts of config.json that are looked at. */
interface IdentityConfig {
  adnce?: string;
  encoder?: EncoderConfig;
  train?: TrainOptions;
  digests?: { data: string; words: string; start: string };
  relaxed?: boolean;
}

/**
 * Where a run can be gone on from; null at its beginning, where it was stopped before its first state.
 * @param options said anew; what is left out is the run's
 * @param notice told of a damaged state where the one before it is whole
 * @throws E_DATA the data are others; E_OPTION an option or the build is another one; E_CHECKPOINT another version wrote the run, its
 * encoder has other words or began with other weights, or both states are damaged; E_IO
 */
export async function resumePoint(
  run: Run,
  identity: RunIdentity,
  options: Partial<TrainOptions>,
  notice: (text: string) => void,
): Promise<StoredState | null> {
  const { adnce, encoder, train, digests, relaxed } = (await run.readConfig()) as IdentityConfig;
  const refuse = (code: ErrorCode, what: string, hint: string): never => {
    throw new AdnceError(code, { where: run.storage.place, what, hint });
  };
  if (digests === undefined || train === undefined || encoder === undefined || adnce !== VERSION) {
    const what = `a run goes on with the version that began it, adnce ${adnce}, this is ${VERSION}`;
    return refuse('E_CHECKPOINT', what, `go on with that version (npx adnce@${adnce}), or start a new run`);
  }
  mustHaveOptions(train, options);
  mustHaveOptions(encoder, encoderConfig(identity.encoder));
  if (digests.data !== identity.data) {
    const what = `a run goes on with its own data (digest ${digests.data}), but they have changed (${identity.data})`;
    refuse('E_DATA', what, 'bring the data back as they were, in the same order, or start a new run');
  }
  if (digests.words !== digestWords(identity.encoder)) {
    const hint = 'make it with the same settings of words and n-grams, and the same word vectors';
    refuse('E_CHECKPOINT', 'the encoder must have the words of the run, got others', hint);
  }
  if (relaxed !== isRelaxed(engine().build)) {
    const what = `a run goes on with the arithmetic it began with, ${relaxed ? '' : 'not '}fast, got the build ${engine().build}`;
    refuse('E_OPTION', what, relaxed ? 'set fast (--fast), on a runtime with relaxed SIMD' : 'leave fast out');
  }
  // A state brings its own weights, but masks of dropout follow the encoder's seed, which the first ones tell.
  if (digests.start !== digestWeights(identity.encoder)) {
    const what = 'the encoder must begin with the weights the run began with, got others';
    refuse('E_CHECKPOINT', what, 'make it with the same seed and word vectors, or start a new run');
  }
  return await run.readState((error) => notice(`${error.message} The run goes on from the state before it.`));
}

function isRelaxed(build: string): boolean {
  return build.endsWith('relaxed');
}
