/** Errors on their way between threads: structured clone would make plain ones of ours. */
import { AdnceError, ERROR_CODES, type ErrorCode } from '../errors.js';

/** An error as it travels. */
export type Failure =
  | { code: ErrorCode; where: string; what: string; hint: string | undefined; stack: string | undefined }
  | { code: null; error: unknown };

export function packFailure(error: unknown): Failure {
  // Not by instanceof: the worker's module may have been bundled with a copy of the library of its own.
  const { name, code, where, what, hint, stack } = (error ?? {}) as Partial<AdnceError>;
  if (name === 'AdnceError' && code !== undefined && Object.hasOwn(ERROR_CODES, code)) {
    return { code, where: String(where), what: String(what), hint, stack };
  }
  try {
    return { code: null, error: structuredClone(error) };
  } catch {
    return { code: null, error: new Error(String(error)) };
  }
}

/** The error again, with the stack it had where it was thrown. */
export function unpackFailure(failure: Failure): unknown {
  if (failure.code === null) return failure.error;
  const error = new AdnceError(failure.code, failure);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}
