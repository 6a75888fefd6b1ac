/**
 * The header of a safetensors file: its JSON read by its own small grammar, so that what JSON.parse lets pass (a key that comes
 * twice, numbers that round) is refused and depth is no danger; then the rules that make it one meaning: every tensor has
 * exactly the bytes its type and shape need, and together they fill the data section without holes or overlaps.
 *
 *     header   = { "__metadata__": { string: string, … }, name: tensor, … }
 *     tensor   = { "dtype": string, "shape": [ integer, … ], "data_offsets": [ integer, integer ] }
 */
import { AdnceError } from '../errors.js';

/** Name of a type in the file, and bytes of one element. Half floats and 8-bit floats travel as their bits. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A type of {@link DTYPE_BYTES}. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** Where a tensor stands; `start` and `end` are bytes from the start of the data section. */
export interface TensorEntry {
  name: string;
  dtype: Dtype;
  shape: number[];
  start: number;
  end: number;
}

export interface Header {
  /** In the order of their bytes. */
  entries: TensorEntry[];
  metadata: Map<string, string>;
}

/** The reference's limit of a header. */
export const MAX_HEADER_BYTES = 100_000_000;
export const METADATA_KEY = '__metadata__';

/** A name for messages: quoted, and cut when a hostile file makes it long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

/**
 * Reads a header.
 * @param text the header's JSON
 * @param dataBytes length of the data section
 * @throws E_CHECKPOINT for anything the grammar or the rules refuse
 */
export function parseHeader(text: string, dataBytes: number, file: string): Header {
  const header = new Grammar(text, file).header();
  header.entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of header.entries) {
    if (start !== at) {
      const what = `tensor ${quote(name)} must start at byte ${at} of the data, where the one before it ends, got ${start}`;
      throw damaged(file, what);
    }
    at = end;
  }
  if (at !== dataBytes) {
    const hint = at > dataBytes ? 'the file is cut off; copy or download it again' : undefined;
    throw damaged(file, `the tensors fill ${at} bytes, got a data section of ${dataBytes}`, hint);
  }
  return header;
}

/** An E_CHECKPOINT error for a file that is damaged. */
export function damaged(file: string, what: string, hint?: string, cause?: unknown): AdnceError {
  return new AdnceError('E_CHECKPOINT', { where: file, what, ...(hint === undefined ? {} : { hint }), cause });
}

/** Number of elements, or -1 when it is no exact number. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const length of shape) {
    count *= length;
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(length) || length < 0) return -1;
  }
  return count;
}

class Grammar {
  #at = 0;
  readonly #text: string;
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  header(): Header {
    // The reference wants the brace at once, so that nothing else can hide before it.
    if (!this.#text.startsWith('{')) this.#expected('"{"');
    const entries: TensorEntry[] = [];
    const metadata = new Map<string, string>();
    this.#object((name) => {
      if (name === METADATA_KEY) this.#object((key) => metadata.set(key, this.#string()));
      else entries.push(this.#tensor(name));
    });
    this.#space();
    if (this.#at < this.#text.length) this.#expected('the end of the header');
    return { entries, metadata };
  }

  #tensor(name: string): TensorEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((key) => {
      if (key === 'dtype') dtype = this.#string();
      else if (key === 'shape') shape = this.#integers();
      else if (key === 'data_offsets') offsets = this.#integers();
      else this.#refuse(name, `has an unknown field ${quote(key)}`);
    });
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      return this.#refuse(name, 'must have "dtype", "shape" and two "data_offsets"');
    }
    if (!Object.hasOwn(DTYPE_BYTES, dtype)) {
      return this.#refuse(
        name,
        `must have one of the types ${Object.keys(DTYPE_BYTES).join(', ')}, got ${quote(dtype)}`,
      );
    }
    const [start, end] = offsets as [number, number];
    const count = elementCount(shape);
    const bytes = count * DTYPE_BYTES[dtype as Dtype];
    if (count < 0 || !Number.isSafeInteger(bytes)) return this.#refuse(name, 'has a shape of more than 2^53 bytes');
    if (end - start !== bytes) {
      const kind = shape.length > 8 ? `${dtype} of ${count} elements` : `${dtype}[${shape.join(',')}]`;
      return this.#refuse(name, `is ${kind} and needs ${bytes} bytes, got offsets ${start} to ${end}`);
    }
    return { name, dtype: dtype as Dtype, shape, start, end };
  }

  /** An object; `member` reads the value after each key. */
  #object(member: (key: string) => void): void {
    const seen = new Set<string>();
    this.#take('{');
    if (this.#next() !== '}') {
      do {
        this.#space();
        const key = this.#string();
        if (seen.has(key)) throw damaged(this.#file, `the header has the key ${quote(key)} twice`);
        seen.add(key);
        this.#take(':');
        this.#space();
        member(key);
      } while (this.#takeIf(','));
    }
    this.#take('}');
  }

  #integers(): number[] {
    const values: number[] = [];
    this.#take('[');
    if (this.#next() !== ']') {
      do values.push(this.#integer());
      while (this.#takeIf(','));
    }
    this.#take(']');
    return values;
  }

  #integer(): number {
    this.#space();
    const pattern = /(?:0|[1-9]\d{0,15})(?![\d.eE])/y;
    pattern.lastIndex = this.#at;
    const value = Number(pattern.exec(this.#text)?.[0]);
    if (!Number.isSafeInteger(value)) this.#expected('an integer from 0 to 2^53 - 1');
    this.#at = pattern.lastIndex;
    return value;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    if (text[start] !== '"') this.#expected('a string');
    let end = start + 1;
    for (let c = text.charCodeAt(end); c !== 0x22; c = text.charCodeAt(end)) {
      // NaN, the end of the text, is not >= 0x20 either.
      if (!(c >= 0x20)) this.#expected('a string that ends');
      end += c === 0x5c ? 2 : 1;
    }
    this.#at = end + 1;
    try {
      return JSON.parse(text.slice(start, end + 1)) as string;
    } catch (cause) {
      throw damaged(this.#file, `the header has a string with a wrong escape at character ${start}`, undefined, cause);
    }
  }

  #space(): void {
    for (let c = this.#text.charCodeAt(this.#at); c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; ) {
      c = this.#text.charCodeAt(++this.#at);
    }
  }

  #next(): string | undefined {
    this.#space();
    return this.#text[this.#at];
  }

  #take(mark: string): void {
    if (!this.#takeIf(mark)) this.#expected(`"${mark}"`);
  }

  #takeIf(mark: string): boolean {
    if (this.#next() !== mark) return false;
    this.#at++;
    return true;
  }

  #expected(what: string): never {
    const rest = this.#text.slice(this.#at, this.#at + 16);
    const reality = rest === '' ? 'the end of the header' : JSON.stringify(rest);
    throw damaged(this.#file, `the header must have ${what} at character ${this.#at}, got ${reality}`);
  }

  #refuse(name: string, what: string): never {
    throw damaged(this.#file, `tensor ${quote(name)} ${what}`);
  }
}
