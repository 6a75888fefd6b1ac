/**
 * Reads ONNX models as ours are written and runs them in float64: a reader of Protocol Buffers and of the few operators there
 * are, written from their specifications and not from the writer.
 */

interface Field {
  number: number;
  /** A varint or the four bytes of a float as a number; else bytes. */
  value: bigint | number | Uint8Array;
}

/** The fields of a message in their order. @throws when the bytes are no message */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fields: Field[] = [];
  while (at < bytes.length) {
    const key = Number(varint());
    const number = key >> 3;
    if ((key & 7) === 0) fields.push({ number, value: varint() });
    else if ((key & 7) === 5) {
      fields.push({ number, value: view.getFloat32(at, true) });
      at += 4;
    } else if ((key & 7) === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('a field is longer than its message');
      fields.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${key & 7} is not expected`);
  }
  return fields;
}

const all = (bytes: Uint8Array, number: number) => fieldsOf(bytes).filter((field) => field.number === number);
const parts = (bytes: Uint8Array, number: number) => all(bytes, number).map(({ value }) => value as Uint8Array);
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const texts = (bytes: Uint8Array, number: number) => parts(bytes, number).map(textOf);

/** A matrix in float64; every value of these models has two axes, or is one number. */
interface Matrix {
  rows: number;
  columns: number;
  data: Float64Array;
}

interface Node {
  type: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, number>;
}

export interface Model {
  irVersion: number;
  opset: number;
  nodes: Node[];
  constants: Map<string, number>;
  /** Shapes by name. */
  inputs: Record<string, number[]>;
  outputs: Record<string, number[]>;
}

export function readModel(bytes: Uint8Array): Model {
  const graph = parts(bytes, 7)[0] as Uint8Array;
  const attributeOf = (part: Uint8Array): [string, number] => {
    const kind = Number(all(part, 20)[0]?.value);
    return [texts(part, 1)[0] as string, Number(all(part, kind === 1 ? 2 : 3)[0]?.value)];
  };
  const shapes = (number: number) =>
    Object.fromEntries(
      parts(graph, number).map((info) => {
        const tensor = parts(parts(info, 2)[0] as Uint8Array, 1)[0] as Uint8Array;
        if (all(tensor, 1)[0]?.value !== 1n) throw new Error('a value is no float');
        const shape = parts(parts(tensor, 2)[0] as Uint8Array, 1).map((axis) => Number(all(axis, 1)[0]?.value));
        return [texts(info, 1)[0] as string, shape];
      }),
    );
  return {
    irVersion: Number(all(bytes, 1)[0]?.value),
    opset: Number(all(parts(bytes, 8)[0] as Uint8Array, 2)[0]?.value),
    nodes: parts(graph, 1).map((node) => ({
      type: texts(node, 4)[0] as string,
      inputs: texts(node, 1),
      outputs: texts(node, 2),
      attributes: Object.fromEntries(parts(node, 5).map(attributeOf)),
    })),
    constants: new Map(parts(graph, 5).map((tensor) => [texts(tensor, 8)[0] as string, constantOf(tensor)])),
    inputs: shapes(11),
    outputs: shapes(12),
  };
}

/** A tensor of one element, float or int64. */
function constantOf(tensor: Uint8Array): number {
  if (all(tensor, 1).length !== 1 || all(tensor, 1)[0]?.value !== 1n) throw new Error('a constant has not one element');
  const raw = (parts(tensor, 9)[0] as Uint8Array).slice();
  const view = new DataView(raw.buffer);
  return all(tensor, 2)[0]?.value === 1n ? view.getFloat32(0, true) : Number(view.getBigInt64(0, true));
}

/** The outputs of a model. @throws at an operator it does not know, or a value nobody made */
export function runModel(model: Model, inputs: Record<string, Float32Array>): Record<string, Matrix> {
  const values = new Map<string, Matrix>();
  for (const [name, value] of model.constants) values.set(name, { rows: 1, columns: 1, data: Float64Array.of(value) });
  for (const [name, [rows, columns]] of Object.entries(model.inputs)) {
    values.set(name, { rows: rows as number, columns: columns as number, data: Float64Array.from(inputs[name] ?? []) });
  }
  for (const node of model.nodes) {
    const given = node.inputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`"${name}" is not there yet`);
      return value;
    });
    const results = operate(node, given);
    node.outputs.forEach((name, k) => {
      values.set(name, results[k] as Matrix);
    });
  }
  return Object.fromEntries(Object.keys(model.outputs).map((name) => [name, values.get(name) as Matrix]));
}

const BINARY: Record<string, (x: number, y: number) => number> = {
  Mul: (x, y) => x * y,
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Div: (x, y) => x / y,
};
const UNARY: Record<string, (x: number) => number> = {
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Identity: (x) => x,
};

function matrix(rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = at(i, j);
  return { rows, columns, data };
}

/** An element, with an axis of length 1 stretched. */
function at(x: Matrix, i: number, j: number): number {
  return x.data[(x.rows === 1 ? 0 : i) * x.columns + (x.columns === 1 ? 0 : j)] as number;
}

function operate({ type, attributes, outputs }: Node, [x, y, z]: Matrix[]): Matrix[] {
  if (x === undefined) throw new Error(`${type} has no input`);
  const unary = UNARY[type];
  if (unary !== undefined) return [matrix(x.rows, x.columns, (i, j) => unary(at(x, i, j)))];
  const sum = (list: Iterable<number>) => [...list].reduce((total, value) => total + value, 0);
  if (type === 'ReduceMean') return [matrix(1, 1, () => sum(x.data) / x.data.length)];
  if (type === 'Split') {
    const rows = x.rows / outputs.length;
    return outputs.map((_, k) => matrix(rows, x.columns, (i, j) => at(x, k * rows + i, j)));
  }
  if (y === undefined) throw new Error(`${type} has one input`);
  const binary = BINARY[type];
  if (binary !== undefined) {
    const [rows, columns] = [Math.max(x.rows, y.rows), Math.max(x.columns, y.columns)];
    return [matrix(rows, columns, (i, j) => binary(at(x, i, j), at(y, i, j)))];
  }
  if (type === 'ReduceSum') {
    if (y.data[0] !== 1 || attributes.keepdims !== 1) throw new Error('only sums over rows are expected');
    return [matrix(x.rows, 1, (i) => sum(x.data.subarray(i * x.columns, (i + 1) * x.columns)))];
  }
  if (type === 'Concat') {
    return [matrix(x.rows + y.rows, x.columns, (i, j) => (i < x.rows ? at(x, i, j) : at(y, i - x.rows, j)))];
  }
  if (type !== 'MatMul' && type !== 'Gemm') throw new Error(`operator ${type} is not expected`);
  const a = attributes.transA === 1 ? matrix(x.columns, x.rows, (i, j) => at(x, j, i)) : x;
  const b = attributes.transB === 1 ? matrix(y.columns, y.rows, (i, j) => at(y, j, i)) : y;
  if (a.columns !== b.rows) throw new Error('the matrices do not fit');
  const terms = (i: number, j: number) => Array.from({ length: a.columns }, (_, k) => at(a, i, k) * at(b, k, j));
  const added = (i: number, j: number) => (z === undefined ? 0 : at(z, i, j));
  return [matrix(a.rows, b.columns, (i, j) => (attributes.alpha ?? 1) * sum(terms(i, j)) + added(i, j))];
}
