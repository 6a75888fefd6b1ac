/**
 * metrics.jsonl: what a run measured, one JSON object on each line, in the order it came. A process that is killed while it writes
 * leaves at most its last line cut, and only that is forgiven on reading.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { JsonRecord } from '../../data/jsonl.js';
import { writeError } from './io-error.js';
import { parseRecord, readBytes } from './read.js';
import { writeAll } from './write.js';

const LINE_FEED = 10;

/** Appends entries to a file of JSON Lines. They are kept in memory until {@link flush}. */
export class MetricsLog {
  readonly path: string;
  readonly #file: FileHandle;
  #pending: string[] = [];
  /** Bytes of the whole lines in the file. */
  #length = 0;
  /** Flushes run one after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** A new, empty file, in the place of an old one. @throws E_IO */
  static async create(path: string): Promise<MetricsLog> {
    try {
      return new MetricsLog(path, await open(path, 'w'));
    } catch (error) {
      throw await writeError(path, error);
    }
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
      await writeAll(this.#file, bytes, this.#length);
      await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      this.#pending = [...lines, ...this.#pending];
      await this.#file.truncate(this.#length).catch(() => {});
      throw await writeError(this.path, error, bytes.length);
    }
  }
}

/**
 * Reads a log. A last line without its line feed was cut by a kill and is left out, unless it is whole.
 * @throws E_IO; E_CHECKPOINT for any other damage, with its line
 */
export async function readMetrics(path: string): Promise<JsonRecord[]> {
  const bytes = await readBytes(path);
  const entries: JsonRecord[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    const text = bytes.subarray(start, end < 0 ? bytes.length : end);
    try {
      entries.push(parseRecord(text, `${path}:${line}`));
    } catch (error) {
      if (end >= 0) throw error;
    }
    start = end < 0 ? bytes.length : end + 1;
  }
  return entries;
}
