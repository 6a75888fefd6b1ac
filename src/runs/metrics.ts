/**
 * metrics.jsonl: what a run measured, one JSON object on each line, in the order it came. A process that is killed while it writes
 * leaves at most its last line cut, and only that is forgiven on reading.
 */

import { parseRecord } from '../checkpoint/json.js';
import type { JsonRecord } from '../data/jsonl.js';
import type { AppendFile, RunStorage } from './storage.js';

const LINE_FEED = 10;

/** Appends entries to a file of JSON Lines. They are kept in memory until {@link flush}. */
export class MetricsLog {
  readonly #file: AppendFile;
  #pending: string[] = [];
  #length: number;
  /** Flushes run one after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(file: AppendFile, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens a log.
   * @param length bytes to keep of one that is there; 0 starts a new one
   * @throws E_IO
   */
  static async open(storage: RunStorage, name: string, length = 0): Promise<MetricsLog> {
    return new MetricsLog(await storage.append(name, length), length);
  }

  /** Bytes of the whole lines in the file; what is not flushed does not count. */
  get length(): number {
    return this.#length;
  }

  /** Takes an entry; numbers that are not finite become null. */
  append(entry: JsonRecord): void {
    this.#pending.push(`${JSON.stringify(entry)}\n`);
  }

  /**
   * Writes what was appended and forces it to the disk; call it at evaluations.
   * @throws E_IO; the file is then as it was and the entries are kept for the next attempt
   */
  flush(): Promise<void> {
    this.#last = this.#last.catch(() => {}).then(() => this.#write());
    return this.#last;
  }

  /** Writes what is left and closes the file. @throws E_IO; the file is closed all the same */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    const lines = this.#pending;
    if (lines.length === 0) return;
    this.#pending = [];
    const bytes = new TextEncoder().encode(lines.join(''));
    try {
      await this.#file.append(bytes);
      this.#length += bytes.length;
    } catch (error) {
      this.#pending = [...lines, ...this.#pending];
      throw error;
    }
  }
}

/**
 * The entries of a log. A last line without its line feed was cut by a kill and is left out, unless it is whole.
 * @throws E_CHECKPOINT for any other damage, with its line
 */
export function parseMetrics(bytes: Uint8Array, where: string): JsonRecord[] {
  const entries: JsonRecord[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    const text = bytes.subarray(start, end < 0 ? bytes.length : end);
    try {
      entries.push(parseRecord(text, `${where}:${line}`));
    } catch (error) {
      if (end >= 0) throw error;
    }
    start = end < 0 ? bytes.length : end + 1;
  }
  return entries;
}
