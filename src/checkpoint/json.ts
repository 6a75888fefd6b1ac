/** JSON objects out of bytes that are not trusted. */
import type { JsonRecord } from '../data/jsonl.js';
import { damaged } from './header.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 bytes of a JSON object. @throws E_CHECKPOINT */
export function parseRecord(bytes: Uint8Array, where: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    const reality = cause instanceof Error ? cause.message : String(cause);
    throw damaged(where, `a JSON object is expected, got something damaged: ${reality}`, undefined, cause);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  throw damaged(where, 'a JSON object is expected, got another value');
}
