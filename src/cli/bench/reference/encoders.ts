/** The training steps' encoders in float64: forward, and from the gradient of the embeddings to that of the weights. */
import { floats, type Inputs, integers } from '../inputs.js';
import { BAG, MLP, type Problem } from '../problem.js';
import { ExactContrast } from './contrast.js';
import { addScaled, concatenate, dots } from './rows.js';

/** A loss and the gradients of all weights, in the order of GRADIENTS, with the widths of their rows. */
export interface ExactStep {
  loss: number;
  gradients: { width: number; values: Float64Array }[];
}

/** Case `mlp`: z = W₂·relu(W₁·x + b₁) + b₂. */
export function exactMlp(problem: Problem, inputs: Inputs): ExactStep {
  const { n, d } = problem;
  const { inputs: depth, hidden } = MLP;
  const doubles = (name: string) => Float64Array.from(floats(inputs, name));
  const w2 = doubles('w2');
  const x = concatenate(doubles('x1'), doubles('x2'));
  const h = layer(x, doubles('w1'), doubles('b1'), 2 * n, depth, hidden).map((y) => Math.max(0, y));
  const z = layer(h, w2, doubles('b2'), 2 * n, hidden, d);
  const contrast = new ExactContrast(problem, z.slice(0, n * d), z.slice(n * d));
  const dz = concatenate(contrast.gradient('a', everyRow(n)), contrast.gradient('b', everyRow(n)));
  const dh = new Float64Array(h.length);
  for (let i = 0; i < 2 * n; i++) {
    for (let o = 0; o < d; o++) addScaled(dh, i * hidden, w2, o * hidden, hidden, dz[i * d + o] as number);
  }
  h.forEach((value, k) => {
    if (value === 0) dh[k] = 0;
  });
  return {
    loss: contrast.loss,
    gradients: [...layerGradients(dh, x, 2 * n, depth, hidden), ...layerGradients(dz, h, 2 * n, hidden, d)],
  };
}

/** x·Wᵀ + b. */
function layer(
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  n: number,
  depth: number,
  outputs: number,
): Float64Array {
  const y = new Float64Array(n * outputs);
  const row = new Float64Array(outputs);
  for (let i = 0; i < n; i++) {
    dots(x, i, weight, depth, row);
    for (let o = 0; o < outputs; o++) y[i * outputs + o] = (row[o] as number) + (bias[o] as number);
  }
  return y;
}

/** Gradients of a layer's weight and bias for its output's gradient g f64[n, outputs]. */
function layerGradients(g: Float64Array, x: Float64Array, n: number, depth: number, outputs: number) {
  const weight = new Float64Array(outputs * depth);
  const bias = new Float64Array(outputs);
  for (let i = 0; i < n; i++) {
    for (let o = 0; o < outputs; o++) {
      const share = g[i * outputs + o] as number;
      bias[o] = (bias[o] as number) + share;
      addScaled(weight, o * depth, x, i * depth, depth, share);
    }
  }
  return [
    { width: depth, values: weight },
    { width: 1, values: bias },
  ];
}

/** Case `bag`: an embedding is the mean of the table's rows its features point to. */
export function exactBag(problem: Problem, inputs: Inputs): ExactStep {
  const { n, d } = problem;
  const table = floats(inputs, 'table');
  const forward = (view: string) => {
    const out = new Float64Array(n * d);
    eachFeature(inputs, view, (text, id, share) => addScaled(out, text * d, table, id * d, d, share));
    return out;
  };
  const contrast = new ExactContrast(problem, forward('a'), forward('b'));
  const values = new Float64Array(BAG.rows * d);
  for (const view of ['a', 'b'] as const) {
    const g = contrast.gradient(view, everyRow(n));
    eachFeature(inputs, view, (text, id, share) => addScaled(values, id * d, g, text * d, d, share));
  }
  return { loss: contrast.loss, gradients: [{ width: d, values }] };
}

function eachFeature(inputs: Inputs, view: string, visit: (text: number, id: number, share: number) => void): void {
  const ids = integers(inputs, `${view}Ids`);
  const offsets = integers(inputs, `${view}Offsets`);
  for (let text = 0; text + 1 < offsets.length; text++) {
    const [begin, end] = [offsets[text] as number, offsets[text + 1] as number];
    for (let k = begin; k < end; k++) visit(text, ids[k] as number, 1 / (end - begin));
  }
}

export function everyRow(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
