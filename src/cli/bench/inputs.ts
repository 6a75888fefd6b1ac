/** Seeded inputs of a problem, and the file through which every peer, in whatever language, reads the same bytes. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Draws } from '../../data/random.js';
import { BAG, MLP, type Problem } from './problem.js';

/** Row-major numbers. */
export interface Input {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

export type Inputs = Record<string, Input>;

/** Where an input stands in the file. */
export interface Section {
  name: string;
  type: 'f32' | 'i32';
  shape: readonly number[];
  /** First byte. */
  offset: number;
}

export interface InputFile {
  path: string;
  sections: readonly Section[];
}

/** Draws the inputs of a problem; the same seed gives the same bits everywhere. */
export function drawInputs(problem: Problem, seed: number): Inputs {
  if (problem.case === 'mlp') return mlpInputs(problem, seed);
  if (problem.case === 'bag') return bagInputs(problem, seed);
  const { n, d } = problem;
  const a = uniforms(n * d, seed, 1);
  // The second view is the first with noise, and longer: lengths must not matter.
  const noise = uniforms(n * d, seed, 2);
  const b = a.map((x, i) => 1.5 * x + 0.7 * (noise[i] as number));
  return { a: { shape: [n, d], data: a }, b: { shape: [n, d], data: b } };
}

function mlpInputs({ n, d }: Problem, seed: number): Inputs {
  const { inputs, hidden } = MLP;
  const clean = uniforms(n * inputs, seed, 3);
  const view = (stream: number) => {
    const noise = uniforms(n * inputs, seed, stream);
    return { shape: [n, inputs], data: clean.map((x, i) => 0.5 + 0.4 * x + 0.1 * (noise[i] as number)) };
  };
  const layer = (outputs: number, depth: number, stream: number) => {
    const bound = 1 / Math.sqrt(depth);
    const weight = uniforms(outputs * depth, seed, stream).map((x) => x * bound);
    const bias = uniforms(outputs, seed, stream + 1).map((x) => x * bound);
    return [
      { shape: [outputs, depth], data: weight },
      { shape: [outputs], data: bias },
    ] as const;
  };
  const [w1, b1] = layer(hidden, inputs, 6);
  const [w2, b2] = layer(d, hidden, 8);
  return { x1: view(4), x2: view(5), w1, b1, w2, b2 };
}

function bagInputs({ n, d }: Problem, seed: number): Inputs {
  const table = uniforms(BAG.rows * d, seed, 10).map((x) => 0.02 * x);
  const inputs: Inputs = { table: { shape: [BAG.rows, d], data: table } };
  for (const [view, name] of ['a', 'b'].entries()) {
    const draws = new Draws(seed, 11 + view, 0);
    const offsets = new Int32Array(n + 1);
    for (let i = 0; i < n; i++) {
      offsets[i + 1] = (offsets[i] as number) + BAG.least + draws.below(i, BAG.most - BAG.least + 1);
    }
    const count = offsets[n] as number;
    const ids = new Int32Array(count);
    // Words have frequencies like 1/rank: the logarithm of a rank is uniform.
    for (let k = 0; k < count; k++) ids[k] = Math.floor(BAG.rows ** (draws.at(n + k) / 2 ** 32)) % BAG.rows;
    inputs[`${name}Ids`] = { shape: [count], data: ids };
    inputs[`${name}Offsets`] = { shape: [n + 1], data: offsets };
  }
  return inputs;
}

/** Uniform numbers in [−1, 1). */
function uniforms(count: number, seed: number, stream: number): Float32Array {
  const draws = new Draws(seed, stream, 0);
  return Float32Array.from({ length: count }, (_, i) => draws.at(i) / 2 ** 31 - 1);
}

/** Writes inputs one after the other. */
export function writeInputs(path: string, inputs: Inputs): InputFile {
  const sections: Section[] = [];
  const file = openSync(path, 'w');
  try {
    let offset = 0;
    for (const [name, { shape, data }] of Object.entries(inputs)) {
      sections.push({ name, type: data instanceof Int32Array ? 'i32' : 'f32', shape, offset });
      writeSync(file, data);
      offset += data.byteLength;
    }
  } finally {
    closeSync(file);
  }
  return { path, sections };
}

/** Reads what {@link writeInputs} wrote. */
export function readInputs({ path, sections }: InputFile): Inputs {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return Object.fromEntries(
    sections.map(({ name, type, shape, offset }) => {
      const length = shape.reduce((product, n) => product * n, 1);
      const data = type === 'f32' ? new Float32Array(buffer, offset, length) : new Int32Array(buffer, offset, length);
      return [name, { shape, data }];
    }),
  );
}

/** The numbers of a float input. */
export function floats(inputs: Inputs, name: string): Float32Array {
  const data = inputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`internal: the inputs have no floats "${name}"`);
}

/** The numbers of an integer input. */
export function integers(inputs: Inputs, name: string): Int32Array {
  const data = inputs[name]?.data;
  if (data instanceof Int32Array) return data;
  throw new Error(`internal: the inputs have no integers "${name}"`);
}
