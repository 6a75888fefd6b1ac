/**
 * Writes an ONNX model: nodes in the order in which they are computed, float32 but for indices. Field numbers are onnx.proto's.
 */
import { bytes, type Field, float, integer, join, message, text } from './protobuf.js';

/** Name of a tensor in the graph. */
export type Value = string;

/** Attributes of a node: whole numbers, lists of them, or {@link real} numbers. */
export type Attributes = Readonly<Record<string, number | readonly number[] | Real>>;

/** Lengths of axes; one that a run decides has a name. */
export type Dimensions = readonly (number | string)[];

/** A number that is a float even when it is whole. */
export interface Real {
  readonly real: number;
}

export const real = (value: number): Real => ({ real: value });

const IR_VERSION = 8;
const OPSET = 17;
/** Types of elements. */
export const FLOAT = 1;
export const INT64 = 7;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

export class Graph {
  readonly #nodes: Field[] = [];
  readonly #initializers: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  readonly #scalars = new Map<number, Value>();
  readonly #axes = new Map<number, Value>();
  #count = 0;

  /** An input, f32[shape] or of another type. */
  input(name: string, shape: Dimensions, type = FLOAT): Value {
    this.#inputs.push(valueInfo(11, name, shape, type));
    return name;
  }

  /** Makes a value an output of the model, f32[shape]. */
  output(name: string, shape: Dimensions, value: Value): void {
    this.#node('Identity', [value], [name], {});
    this.#outputs.push(valueInfo(12, name, shape, FLOAT));
  }

  /** A constant under a name of its own, f32[shape]. */
  weights(name: string, shape: readonly number[], values: Float32Array): Value {
    const { buffer, byteOffset, byteLength } = values;
    this.#initializers.push(tensor(name, FLOAT, shape, new Uint8Array(buffer, byteOffset, byteLength)));
    return name;
  }

  /** The output of a new node. */
  op(type: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0] as Value;
  }

  /** All outputs of a new node. */
  ops(type: string, inputs: readonly Value[], outputs: number, attributes: Attributes = {}): Value[] {
    const names = Array.from({ length: outputs }, () => `t${this.#count++}`);
    this.#node(type, inputs, names, attributes);
    return names;
  }

  /** A constant, f32[1]. */
  scalar(value: number): Value {
    const known = this.#scalars.get(value);
    if (known !== undefined) return known;
    const name = `c${this.#count++}`;
    this.#scalars.set(value, name);
    this.#initializers.push(tensor(name, FLOAT, [1], new Uint8Array(Float32Array.of(value).buffer)));
    return name;
  }

  /** A constant with one axis, i64[1], as reductions take it. */
  axis(value: number): Value {
    const known = this.#axes.get(value);
    if (known !== undefined) return known;
    const name = `x${this.#count++}`;
    this.#axes.set(value, name);
    this.#initializers.push(tensor(name, INT64, [1], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)));
    return name;
  }

  /** The file's bytes. @param name of the graph */
  encode(name = 'loss'): Uint8Array {
    const graph = [...this.#nodes, text(2, name), ...this.#initializers, ...this.#inputs, ...this.#outputs];
    return join([integer(1, IR_VERSION), text(2, 'adnce'), message(7, graph), message(8, [integer(2, OPSET)])]);
  }

  #node(type: string, inputs: readonly Value[], outputs: readonly Value[], attributes: Attributes): void {
    this.#nodes.push(
      message(1, [
        ...inputs.map((name) => text(1, name)),
        ...outputs.map((name) => text(2, name)),
        text(4, type),
        ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
      ]),
    );
  }
}

function attribute(name: string, value: Attributes[string]): Field[] {
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)];
  if ('real' in value) return [text(1, name), float(2, value.real), integer(20, ATTRIBUTE_FLOAT)];
  return [text(1, name), ...value.map((one) => integer(8, one)), integer(20, ATTRIBUTE_INTS)];
}

function tensor(name: string, type: number, shape: readonly number[], data: Uint8Array): Field {
  return message(5, [...shape.map((n) => integer(1, n)), integer(2, type), text(8, name), bytes(9, data)]);
}

function valueInfo(field: number, name: string, shape: Dimensions, type: number): Field {
  const dimensions = shape.map((n) => message(1, [typeof n === 'number' ? integer(1, n) : text(2, n)]));
  return message(field, [text(1, name), message(2, [message(1, [integer(1, type), message(2, dimensions)])])]);
}
