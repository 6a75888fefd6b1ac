/** Rows of any table into a list of texts. */
import { AdnceError } from '../errors.js';
import { resolveTextColumn } from './columns.js';
import { mustBeRecord } from './jsonl.js';
import { describeCell, type RowSink } from './records.js';
import type { TextList } from './types.js';

/** Collects texts one by one; {@link finish} gives the list. */
export class TextCollector implements RowSink {
  readonly #texts: string[] = [];
  #column: string | undefined;
  #place = 0;

  /**
   * @param file the name for messages
   * @param wanted the column; a well-known name or the only column if left out
   */
  constructor(
    readonly file: string,
    readonly wanted?: string,
  ) {}

  header(names: readonly string[], line?: number): void {
    this.#column = resolveTextColumn(line === undefined ? this.file : `${this.file}:${line}`, names, this.wanted);
    this.#place = names.indexOf(this.#column);
  }

  needed(): string[] {
    return [this.#column as string];
  }

  addCells(cells: readonly unknown[], line: number): void {
    this.addText(cells[this.#place], line);
  }

  /** A JSON value: a text, or a record with a column of texts. */
  addJson(value: unknown, line: number): void {
    if (typeof value === 'string') {
      this.addText(value, line);
      return;
    }
    const record = mustBeRecord(value, `${this.file}:${line}`);
    if (this.#column === undefined) this.header(Object.keys(record), line);
    const column = this.#column as string;
    this.addText(Object.hasOwn(record, column) ? record[column] : undefined, line);
  }

  /**
   * One text.
   * @throws E_DATA not a text, or an empty one
   */
  addText(value: unknown, line: number): void {
    if (typeof value === 'string' && value.trim() !== '') {
      this.#texts.push(value);
      return;
    }
    throw new AdnceError('E_DATA', {
      where: `${this.file}:${line}`,
      what: `${this.#column === undefined ? 'a value' : `"${this.#column}"`} must be a text, got ${describeCell(value)}`,
      hint: 'complete the row or remove it',
    });
  }

  /**
   * The list.
   * @throws E_DATA no texts
   */
  finish(): TextList {
    if (this.#texts.length === 0) {
      throw new AdnceError('E_DATA', { where: this.file, what: 'at least one text is expected, got none' });
    }
    return { kind: 'texts', name: this.file, texts: this.#texts };
  }
}
