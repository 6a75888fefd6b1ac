/**
 * Rows of any table into a data set. The first row decides: two texts make a {@link TextPairs}, two arrays of numbers a
 * {@link VectorPairs}; every later row must agree, and each complaint names file and line.
 */
import { AdnceError } from '../errors.js';
import { type ColumnOptions, type Columns, checkColumnOptions, resolveColumns } from './columns.js';
import { type JsonRecord, type Located, mustBeRecord } from './jsonl.js';
import type { PairDataset } from './types.js';

/** What a reader of files pours its rows into. */
export interface RowSink {
  /** The columns of a table, before its first row. */
  header(names: readonly string[], line?: number): void;
  /** The names of the columns the sink uses, after the header. */
  needed(): string[];
  /** A row of cells in the order of the header. */
  addCells(cells: readonly unknown[], line: number): void;
  /** A JSON value. */
  addJson(value: unknown, line: number): void;
}

type Role = 'anchor' | 'positive' | 'negative';
const ROLES: readonly Role[] = ['anchor', 'positive', 'negative'];

/** An f32 array that grows by doubling. */
class Float32List {
  #items = new Float32Array(1024);
  length = 0;

  append(values: ArrayLike<number>): void {
    const needed = this.length + values.length;
    if (needed > this.#items.length) {
      const items = new Float32Array(Math.max(needed, this.#items.length * 2));
      items.set(this.#items);
      this.#items = items;
    }
    this.#items.set(values, this.length);
    this.length = needed;
  }

  finish(): Float32Array {
    return this.length === this.#items.length ? this.#items : this.#items.slice(0, this.length);
  }
}

/** Collects rows one by one; {@link finish} gives the data set. */
export class PairCollector implements RowSink {
  readonly #texts: Record<Role, string[]> = { anchor: [], positive: [], negative: [] };
  readonly #vectors: Record<Role, Float32List> = {
    anchor: new Float32List(),
    positive: new Float32List(),
    negative: new Float32List(),
  };
  #columns: Columns | undefined;
  #places: Readonly<Partial<Record<string, number>>> = {};
  #kind: 'text' | 'vector' | undefined;
  #dimension = 0;
  #seen = 0;
  #kept = 0;

  /**
   * @param file the name for messages
   * @throws E_OPTION a wrong option
   */
  constructor(
    readonly file: string,
    readonly options: ColumnOptions = {},
  ) {
    checkColumnOptions('columns', options);
  }

  /** The names of the columns in use, once a header or a first record has decided them. */
  needed(): string[] {
    const { anchor, positive, negative, split } = this.#columns as Columns;
    return [anchor, positive, negative, split].filter((name) => name !== undefined);
  }

  /**
   * The columns of a table, before its first row.
   * @throws E_DATA columns that are needed are not there
   */
  header(names: readonly string[], line?: number): void {
    const where = line === undefined ? this.file : `${this.file}:${line}`;
    this.#columns = resolveColumns(where, names, this.options);
    this.#places = Object.fromEntries(
      Object.entries(this.#columns)
        .filter(([role]) => role !== 'absentNegative')
        .map(([role, name]) => [role, names.indexOf(name as string)]),
    );
  }

  /** A row of cells in the order of the header. */
  addCells(cells: readonly unknown[], line: number): void {
    const { anchor, positive, negative, split } = this.#places;
    this.#add(
      cells[anchor as number],
      cells[positive as number],
      negative === undefined ? undefined : cells[negative],
      split === undefined ? undefined : cells[split],
      line,
    );
  }

  /**
   * A JSON value, which must be a record.
   * @throws E_DATA it is not, or lacks a field
   */
  addJson(value: unknown, line: number): void {
    this.addRecord(mustBeRecord(value, `${this.file}:${line}`), line);
  }

  /** A record; the first one decides the columns if there was no header. */
  addRecord(record: JsonRecord, line: number): void {
    if (this.#columns === undefined) this.header(Object.keys(record), line);
    const { anchor, positive, negative, split, absentNegative } = this.#columns as Columns;
    if (absentNegative !== undefined && Object.hasOwn(record, absentNegative)) {
      throw new AdnceError('E_DATA', {
        where: `${this.file}:${line}`,
        what: `"${absentNegative}" must be in every row or in none, got it here but not in the first row`,
        hint: 'set the option "negative" to false to leave negatives out',
      });
    }
    const get = (name: string | undefined) =>
      name !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
    this.#add(get(anchor), get(positive), get(negative), get(split), line);
  }

  #add(anchor: unknown, positive: unknown, negative: unknown, split: unknown, line: number): void {
    this.#seen++;
    const columns = this.#columns as Columns;
    if (columns.split !== undefined) {
      if (split === undefined || split === null) throw this.#missing(columns.split, split, line);
      if (String(split) !== this.options.split) return;
    }
    this.#kept++;
    this.#addCell('anchor', columns.anchor, anchor, line);
    this.#addCell('positive', columns.positive, positive, line);
    if (columns.negative !== undefined) this.#addCell('negative', columns.negative, negative, line);
  }

  #addCell(role: Role, column: string, value: unknown, line: number): void {
    const kind = typeof value === 'string' ? 'text' : isNumbers(value) ? 'vector' : undefined;
    if (kind === undefined || (typeof value === 'string' && value.trim() === '')) {
      throw this.#missing(column, value, line);
    }
    this.#kind ??= kind;
    if (kind !== this.#kind) {
      const names = { text: 'a text', vector: 'a vector' };
      throw new AdnceError('E_DATA', {
        where: `${this.file}:${line}`,
        what: `"${column}" must be ${names[this.#kind]} like the cells before, got ${names[kind]}`,
        hint: 'a data set holds either texts or vectors',
      });
    }
    if (typeof value === 'string') this.#texts[role].push(value);
    else this.#addVector(role, column, value as ArrayLike<unknown>, line);
  }

  #addVector(role: Role, column: string, value: ArrayLike<unknown>, line: number): void {
    const where = `${this.file}:${line}`;
    if (this.#dimension === 0) this.#dimension = value.length;
    if (value.length !== this.#dimension || value.length === 0) {
      throw new AdnceError('E_SHAPE', {
        where,
        what: `"${column}" must be a vector of ${this.#dimension || 'one or more'} numbers, got ${value.length}`,
        hint: 'all vectors of a data set have one length',
      });
    }
    const numbers = new Float32Array(value.length);
    for (let i = 0; i < value.length; i++) {
      const number = value[i];
      if (typeof number !== 'number') {
        const what = `"${column}" must hold numbers, got ${describeCell(number)} at ${i}`;
        throw new AdnceError('E_DATA', { where, what });
      }
      numbers[i] = number;
      if (!Number.isFinite(numbers[i])) {
        const what = `"${column}" must be finite in float32, got ${number} at ${i}`;
        throw new AdnceError('E_VALUE', { where, what, hint: 'drop or repair that row' });
      }
    }
    this.#vectors[role].append(numbers);
  }

  #missing(column: string, value: unknown, line: number): AdnceError {
    return new AdnceError('E_DATA', {
      where: `${this.file}:${line}`,
      what: `"${column}" must be a text or an array of numbers, got ${describeCell(value)}`,
      hint: 'complete the row or remove it; every row needs every field',
    });
  }

  /**
   * The data set.
   * @throws E_DATA no rows at all, or none of the split asked for
   */
  finish(): PairDataset {
    if (this.#kept === 0) {
      const { split, splitColumn = 'split' } = this.options;
      const what =
        this.#seen === 0
          ? 'at least one row is expected, got none'
          : `rows with ${splitColumn} "${split}" are expected, got none in ${this.#seen} rows`;
      throw new AdnceError('E_DATA', { where: this.file, what });
    }
    const roles = ROLES.filter((role) => role !== 'negative' || this.#columns?.negative !== undefined);
    const name = this.file;
    const pick = <T>(column: (role: Role) => T) =>
      Object.fromEntries(roles.map((role) => [`${role}s`, column(role)])) as {
        anchors: T;
        positives: T;
        negatives?: T;
      };
    return this.#kind === 'vector'
      ? { kind: 'vector', name, dimension: this.#dimension, ...pick((role) => this.#vectors[role].finish()) }
      : { kind: 'text', name, ...pick((role) => this.#texts[role]) };
  }
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** A short name of a cell for messages. */
export function describeCell(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty text' : JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}

/**
 * Records into a data set.
 * @param file the name for messages and of the data set
 * @throws E_DATA a field is missing, or texts and vectors are mixed; E_SHAPE vectors of several lengths; E_VALUE a number
 * that is not finite
 */
export function pairsFromRecords(
  records: Iterable<Located<unknown>>,
  file = 'records',
  options: ColumnOptions = {},
): PairDataset {
  const collector = new PairCollector(file, options);
  for (const { value, line } of records) collector.addJson(value, line);
  return collector.finish();
}
