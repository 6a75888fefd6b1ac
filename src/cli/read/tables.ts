/**
 * Rows of text files, poured into a sink: JSON Lines, JSON arrays, CSV and TSV.
 *
 * CSV is read by csv-parse, quotes and line breaks inside of them included. TSV as found in the wild has no quoting, and
 * a text may begin with a quotation mark that never closes; so there a line is always a row and a tab always ends a cell,
 * and quotes are removed only from a cell that is quoted properly as a whole ("…" with every inner mark doubled).
 */
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { parseJsonArray, parseJsonLine } from '../../data/jsonl.js';
import type { RowSink } from '../../data/records.js';
import { AdnceError } from '../../errors.js';
import { type Block, eachLine, lineBlocks, wholeText } from './lines.js';

/** JSON Lines: one JSON value on each line; blank lines are skipped. */
export async function readJsonl(path: string, sink: RowSink): Promise<void> {
  for await (const block of lineBlocks(path)) {
    eachLine(block, (text, line) => {
      if (text.trim() !== '') sink.addJson(parseJsonLine(text, `${path}:${line}`), line);
    });
  }
}

/** One JSON array of values. */
export async function readJson(path: string, sink: RowSink): Promise<void> {
  const text = await wholeText(path);
  if (text.trim() === '') return;
  for (const { value, line } of parseJsonArray(text, path)) sink.addJson(value, line);
}

/** Takes rows of cells: the first is the header, or names them 1, 2, 3 … where there is none. */
class Rows {
  #width = 0;

  constructor(
    readonly path: string,
    readonly sink: RowSink,
    readonly hasHeader: boolean,
    readonly hint: string,
  ) {}

  add(cells: string[], line: number): void {
    if (this.#width === 0) {
      this.#width = cells.length;
      this.sink.header(this.hasHeader ? this.#distinct(cells, line) : cells.map((_, i) => String(i + 1)), line);
      if (this.hasHeader) return;
    }
    if (cells.length !== this.#width) {
      throw new AdnceError('E_DATA', {
        where: `${this.path}:${line}`,
        what: `a row must have ${this.#width} cells like the ${this.hasHeader ? 'header' : 'first row'}, got ${cells.length}`,
        hint: this.hint,
      });
    }
    this.sink.addCells(cells, line);
  }

  #distinct(names: string[], line: number): string[] {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined || twice === '') return names;
    throw new AdnceError('E_DATA', {
      where: `${this.path}:${line}`,
      what: `the names of the columns must differ, got "${twice}" twice`,
    });
  }
}

/** Tab-separated values; see the header of this file for quotes. */
export async function readTsv(path: string, sink: RowSink, hasHeader = true): Promise<void> {
  await pourTsv(path, lineBlocks(path), sink, hasHeader);
}

async function pourTsv(path: string, blocks: AsyncIterable<Block>, sink: RowSink, hasHeader: boolean): Promise<void> {
  const hint = 'a tab always ends a cell in TSV; use CSV for cells with tabs or line breaks';
  const rows = new Rows(path, sink, hasHeader, hint);
  for await (const block of blocks) {
    eachLine(block, (text, line) => {
      if (text !== '') rows.add(text.split('\t').map(unquote), line);
    });
  }
}

/** Removes the quotes of a cell that is quoted properly as a whole. */
function unquote(cell: string): string {
  if (cell.charCodeAt(0) !== 34 || cell.length < 2 || !cell.endsWith('"')) return cell;
  const inner = cell.slice(1, -1);
  return /^(?:[^"]|"")*$/.test(inner) ? inner.replaceAll('""', '"') : cell;
}

/**
 * Comma-separated values (RFC 4180). A header without a comma may use semicolons; one with tabs alone makes it TSV.
 */
export async function readCsv(path: string, sink: RowSink, hasHeader = true): Promise<void> {
  const blocks = lineBlocks(path);
  const first = await blocks.next();
  if (first.done === true) return;
  const all = prepend(first.value, blocks);
  const header = first.value.text.slice(0, Math.max(0, first.value.text.search(/\r?\n|$/)));
  if (!header.includes(',') && header.includes('\t')) {
    await pourTsv(path, all, sink, hasHeader);
    return;
  }
  const rows = new Rows(path, sink, hasHeader, 'a cell with a delimiter in it must stand in double quotes');
  const parser = parse({
    delimiter: !header.includes(',') && header.includes(';') ? ';' : ',',
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 1 << 26,
  });
  try {
    await pipeline(
      texts(all),
      parser,
      async (records: AsyncIterable<{ record: string[]; info: { lines: number } }>) => {
        for await (const { record, info } of records) rows.add(record, info.lines);
      },
    );
  } catch (error) {
    throw error instanceof CsvError ? csvError(path, error) : error;
  }
}

async function* prepend(first: Block, rest: AsyncIterable<Block>): AsyncGenerator<Block, void, undefined> {
  yield first;
  yield* rest;
}

async function* texts(blocks: AsyncIterable<Block>): AsyncGenerator<string, void, undefined> {
  for await (const block of blocks) yield block.text;
}

function csvError(path: string, error: CsvError): AdnceError {
  const line = (error as unknown as { lines?: number }).lines;
  return new AdnceError('E_FORMAT', {
    where: line === undefined ? path : `${path}:${line}`,
    what: `well-formed CSV is expected, got ${error.code}: ${error.message}`,
    hint: 'a quotation mark inside a quoted cell is written twice; name the file .tsv if it has no quoting',
    cause: error,
  });
}
