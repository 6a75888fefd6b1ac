/** Writes an ONNX model: nodes in the order in which they are computed, float32 throughout. Field numbers are onnx.proto's. */
import { bytes, type Field, float, integer, join, message, text } from './protobuf.js';

/** Name of a tensor in the graph. */
export type Value = string;

/** Attributes of a node: whole numbers, or {@link real} numbers. */
export type Attributes = Readonly<Record<string, number | Real>>;

/** A number that is a float even when it is whole. */
export interface Real {
  readonly real: number;
}

export const real = (value: number): Real => ({ real: value });

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;

export class Graph {
  readonly #nodes: Field[] = [];
  readonly #initializers: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  readonly #scalars = new Map<number, Value>();
  readonly #axes = new Map<number, Value>();
  #count = 0;

  /** An input, f32[shape]. */
  input(name: string, shape: readonly number[]): Value {
    this.#inputs.push(valueInfo(11, name, shape));
    return name;
  }

  /** Makes a value an output of the model, f32[shape]. */
  output(name: string, shape: readonly number[], value: Value): void {
    this.#node('Identity', [value], [name], {});
    this.#outputs.push(valueInfo(12, name, shape));
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
    this.#initializers.push(tensor(name, FLOAT, new Uint8Array(Float32Array.of(value).buffer)));
    return name;
  }

  /** A constant with one axis, i64[1], as reductions take it. */
  axis(value: number): Value {
    const known = this.#axes.get(value);
    if (known !== undefined) return known;
    const name = `x${this.#count++}`;
    this.#axes.set(value, name);
    this.#initializers.push(tensor(name, INT64, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)));
    return name;
  }

  /** The file's bytes. */
  encode(): Uint8Array {
    const graph = [...this.#nodes, text(2, 'loss'), ...this.#initializers, ...this.#inputs, ...this.#outputs];
    return join([integer(1, IR_VERSION), message(7, graph), message(8, [integer(2, OPSET)])]);
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

function attribute(name: string, value: number | Real): Field[] {
  return typeof value === 'number'
    ? [text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)]
    : [text(1, name), float(2, value.real), integer(20, ATTRIBUTE_FLOAT)];
}

/** A tensor of one element. */
function tensor(name: string, type: number, data: Uint8Array): Field {
  return message(5, [integer(1, 1), integer(2, type), text(8, name), bytes(9, data)]);
}

function valueInfo(field: number, name: string, shape: readonly number[]): Field {
  const dimensions = shape.map((n) => message(1, [integer(1, n)]));
  return message(field, [text(1, name), message(2, [message(1, [integer(1, FLOAT), message(2, dimensions)])])]);
}
