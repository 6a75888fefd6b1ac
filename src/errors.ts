/**
 * One error class, a closed list of codes, and one shape of message:
 * what was expected, what came, and a hint. docs/errors.md has a heading for every code.
 */

/** Every code an {@link AdnceError} can carry, with the sentence that describes its family. */
export const ERROR_CODES = {
  E_OPTION: 'an option has an unknown name or a value outside its range',
  E_SHAPE: 'an array or a tensor has the wrong shape',
  E_VALUE: 'a number is NaN or infinite where it must be finite',
  E_RUNTIME: 'the JavaScript runtime lacks something the engine needs',
  E_INIT: 'the engine is not initialised',
  E_STATE: 'a call came at a moment when it makes no sense',
  E_MEMORY: 'the memory of the engine is used up',
  E_WORKER: 'a thread of the engine, or a worker of the page, was lost before it was done',
  E_LOCKED: 'another process is writing the run',
  E_IO: 'a file or folder could not be read or written',
  E_FORMAT: 'a file is not in the format it claims to be in',
  E_ENCODING: 'a text is not valid UTF-8',
  E_DATA: 'a record lacks a field or the data set is empty',
  E_CHECKPOINT: 'a checkpoint is damaged or belongs to another model',
  E_DIVERGED: 'the loss is no longer finite',
  E_INTERRUPTED: 'the user stopped the run',
} as const;

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error says beyond its code. */
export interface ErrorDetails {
  /** The function, option or file (with line) the error is about. */
  where: string;
  /** Expectation and reality in one sentence, without the full stop. */
  what: string;
  /** What the reader can do about it, without the full stop. */
  hint?: string | undefined;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/** The only error this library throws on purpose. */
export class AdnceError extends Error {
  override readonly name = 'AdnceError';
  readonly code: ErrorCode;
  /** What {@link ErrorDetails} has, so that `new AdnceError(error.code, error)` is the same error again, in another thread for instance. */
  readonly where: string;
  readonly what: string;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, details: ErrorDetails) {
    const hint = details.hint === undefined ? '' : ` Hint: ${details.hint}.`;
    super(`${code} ${details.where}: ${details.what}.${hint}`, { cause: details.cause });
    this.code = code;
    this.where = details.where;
    this.what = details.what;
    this.hint = details.hint;
  }
}

/** Throws for a broken invariant of our own: never the caller's fault. */
export function assertInternal(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new Error(`internal: ${message}. This is a bug in adnce, please report it.`);
  }
}
