/**
 * Values on their way between threads. Numbers travel as copies that are moved, so that no thread waits for the copying of the other, and
 * what {@link transfer} marked is moved itself. Functions and abort signals can't travel: links stand for them.
 */
import { type Failure, packFailure } from './failure.js';

/** Where a function or a signal stood in the arguments of a call. */
export interface Link {
  id: number;
  kind: 'function' | 'signal';
  /** Keys from the list of arguments inwards. */
  path: readonly (string | number)[];
  /** Why a signal was aborted before the call. */
  aborted?: Failure;
}

/** What a link stands for. */
export type Linked = ((...args: unknown[]) => void) | AbortSignal;

export interface Packed {
  value: unknown;
  links: Link[];
  /** What stands at each link, by its number. */
  linked: Linked[];
  moved: Transferable[];
}

const marked = new WeakSet<object>();

/**
 * Marks the arrays in a value to be moved instead of copied when it is next sent: they are empty afterwards.
 * @returns the value
 */
export function transfer<T>(value: T): T {
  visit(value, (part) => {
    if (isBytes(part)) marked.add(part);
    return part;
  });
  return value;
}

/** Takes a value apart for `postMessage(value, moved)`; what the caller changes afterwards is not sent. */
export function pack(value: unknown): Packed {
  const links: Link[] = [];
  const linked: Linked[] = [];
  const moved = new Set<Transferable>();
  const packed = visit(value, (part, path) => {
    if (isBytes(part)) return packBytes(part, moved);
    if (typeof part !== 'function' && !(part instanceof AbortSignal)) return part;
    const link: Link = { id: linked.length, kind: typeof part === 'function' ? 'function' : 'signal', path: [...path] };
    if (part instanceof AbortSignal && part.aborted) link.aborted = packFailure(part.reason);
    links.push(link);
    linked.push(part as Linked);
    return undefined;
  });
  return { value: packed, links, linked, moved: [...moved] };
}

/** Puts into a list of arguments what its links stand for. */
export function unpack(args: unknown, links: readonly Link[], make: (link: Link) => Linked): unknown[] {
  for (const link of links) {
    const [last, ...before] = [...link.path].reverse();
    const owner = before.reduceRight<unknown>((part, key) => (part as Record<string, unknown>)[key], args);
    put(owner as object, last as string, make(link));
  }
  return args as unknown[];
}

type Bytes = ArrayBufferView | ArrayBuffer;

function isBytes(value: unknown): value is Bytes {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** The array itself if it is marked, else a copy that owns its bytes: never the memory of the engine, whose views these may be. */
function packBytes(bytes: Bytes, moved: Set<Transferable>): Bytes {
  const own = marked.delete(bytes) ? bytes : copyOf(bytes);
  moved.add((ArrayBuffer.isView(own) ? own.buffer : own) as ArrayBuffer);
  return own;
}

function copyOf(bytes: Bytes): Bytes {
  if (bytes instanceof ArrayBuffer) return bytes.slice(0);
  if (bytes instanceof DataView) {
    return new DataView(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice().buffer);
  }
  return (bytes as Uint8Array).slice();
}

type Path = readonly (string | number)[];

/** A copy of lists and plain objects, with `change` done to all that stands in them; others are left as they are. */
function visit(
  value: unknown,
  change: (part: unknown, path: Path) => unknown,
  path: Path = [],
  seen: Map<object, unknown> = new Map(),
): unknown {
  if (!isContainer(value)) return change(value, path);
  const known = seen.get(value);
  if (known !== undefined) return known;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([] as never) : {};
  seen.set(value, copy);
  for (const key of Object.keys(value)) put(copy, key, visit(value[key], change, [...path, key], seen));
  return copy;
}

/** Sets a property of its own, one named `__proto__` too. */
function put(owner: object, key: string | number, value: unknown): void {
  Object.defineProperty(owner, key, { value, writable: true, enumerable: true, configurable: true });
}

function isContainer(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
