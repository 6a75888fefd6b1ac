/** Records out of JSON Lines (one JSON value a line) and out of a JSON array, each with the place it came from. */
import { AdnceError } from '../errors.js';

/** A JSON object with unknown fields. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** A record and the number of its line (JSON Lines) or of the element (JSON array), from 1. */
export interface Located<T> {
  value: T;
  line: number;
}

/**
 * Parses one line of JSON Lines.
 * @throws E_FORMAT not JSON; E_VALUE a NaN or Infinity, which Python writes and JSON does not know
 */
export function parseJsonLine(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const token = /(?:^|[[,:\s-])(NaN|Infinity)\s*(?:[\],}]|$)/.exec(withoutStrings(text))?.[1];
    if (token !== undefined) {
      throw new AdnceError('E_VALUE', {
        where,
        what: `numbers must be finite, got ${token}`,
        hint: 'drop or repair that row',
        cause: error,
      });
    }
    throw new AdnceError('E_FORMAT', {
      where,
      what: `a JSON value is expected, got ${preview(text)}`,
      hint: 'JSON Lines has one whole JSON object on each line',
      cause: error,
    });
  }
}

function withoutStrings(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

function preview(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/**
 * The values of JSON Lines; blank lines are skipped.
 * @param file the name for messages
 */
export function* parseJsonl(text: string, file = 'jsonl'): Generator<Located<unknown>, void, undefined> {
  let line = 0;
  let start = 0;
  while (start <= text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line++;
    const piece = text.slice(start, end);
    if (piece.trim() !== '') yield { value: parseJsonLine(piece, `${file}:${line}`), line };
    start = end + 1;
  }
}

/**
 * The elements of a JSON array; the number of an element takes the place of the line.
 * @throws E_FORMAT not JSON, or not an array
 */
export function* parseJsonArray(text: string, file = 'json'): Generator<Located<unknown>, void, undefined> {
  const value = parseJsonLine(text, file);
  if (!Array.isArray(value)) {
    throw new AdnceError('E_FORMAT', {
      where: file,
      what: `an array of records is expected, got ${value === null ? 'null' : typeof value}`,
      hint: 'name the file .jsonl if it has one object on each line',
    });
  }
  for (let i = 0; i < value.length; i++) yield { value: value[i] as unknown, line: i + 1 };
}

/**
 * Makes sure that a value is a JSON object.
 * @throws E_DATA
 */
export function mustBeRecord(value: unknown, where: string): JsonRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  throw new AdnceError('E_DATA', {
    where,
    what: `a record must be an object, got ${kind}`,
    hint: 'for example {"anchor": "…", "positive": "…"}',
  });
}
