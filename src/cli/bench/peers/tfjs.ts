/**
 * TensorFlow.js on its `cpu` and `wasm` backends, by its own automatic differentiation: production mode, everything tidied, the
 * fastest formulation of each loss we know there. Its wasm backend takes the SIMD build in Node, on one thread.
 */
import { floats } from '../inputs.js';
import { isImage, LOSS_CASES, MLP, type Problem } from '../problem.js';
import type { Checked, Peer, Run, Setup } from './peer.js';

/** A tensor of tfjs. */
interface T {
  dataSync(): Float32Array;
}

/** The few parts of its API that are used here. */
interface Tfjs {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: readonly number[]): T;
  variable(value: T): T;
  add(x: T, y: T | number): T;
  sub(x: T, y: T | number): T;
  mul(x: T, y: T | number): T;
  square(x: T): T;
  rsqrt(x: T): T;
  exp(x: T): T;
  log(x: T): T;
  relu(x: T): T;
  sum(x: T, axis?: number, keepDims?: boolean): T;
  mean(x: T): T;
  logSumExp(x: T, axis: number, keepDims?: boolean): T;
  matMul(x: T, y: T, transposeX?: boolean, transposeY?: boolean): T;
  transpose(x: T): T;
  slice(x: T, begin: number[], size: number[]): T;
  concat(parts: T[], axis: number): T;
  eye(n: number): T;
  zerosLike(x: T): T;
  tidy<R>(work: () => R): R;
  customGrad(f: (x: T) => { value: T; gradFunc: (dy: T) => T }): (x: T) => T;
  valueAndGrads(f: (...inputs: T[]) => T): (inputs: T[]) => { value: T; grads: T[] };
  variableGrads(f: () => T, variables: T[]): { value: T; grads: Record<string, T> };
  train: { adam(rate: number): { minimize(f: () => T, returnCost: boolean, variables: T[]): T } };
}

function peer(backend: 'cpu' | 'wasm'): Peer {
  return {
    name: `tfjs-${backend}`,
    title: `tfjs ${backend}`,
    packages: backend === 'cpu' ? ['@tensorflow/tfjs'] : ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
    cases: [...LOSS_CASES, 'mlp'],
    setup: backend === 'cpu' ? 'production mode' : 'production mode, SIMD build',
    open: (setup) => open(backend, setup),
  };
}

export const tfjsCpu = peer('cpu');
export const tfjsWasm = peer('wasm');

async function open(backend: 'cpu' | 'wasm', { problem, inputs, load }: Setup): Promise<Run> {
  const tf = (await load('@tensorflow/tfjs')) as Tfjs;
  if (backend === 'wasm') await load('@tensorflow/tfjs-backend-wasm');
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend could not be set`);
  await tf.ready();
  const tensorOf = (name: string) => {
    const data = floats(inputs, name);
    return tf.tensor(data, (inputs[name] as { shape: readonly number[] }).shape);
  };
  if (problem.case === 'mlp') return openMlp(tf, problem, tensorOf);
  const views = [tensorOf('a'), tensorOf('b')];
  const lossAndGrads = tf.valueAndGrads(lossOf(tf, problem) as (...inputs: T[]) => T);
  const run = (): Checked =>
    tf.tidy(() => {
      const { value, grads } = lossAndGrads(views);
      return { loss: value.dataSync()[0] as number, gradients: grads.map((grad) => grad.dataSync()) };
    });
  return { step: run, check: () => copied(run()) };
}

function copied({ loss, gradients }: Checked): Checked {
  return { loss, gradients: gradients.map((gradient) => gradient.slice()) };
}

/** The loss of two views; constants that do not depend on them are made once. */
function lossOf(tf: Tfjs, problem: Problem): (a: T, b: T) => T {
  const { n, temperature } = problem;
  const unit = (x: T) => tf.mul(x, tf.rsqrt(tf.sum(tf.square(x), 1, true)));
  // Scaling rows of d numbers costs less than scaling the scores.
  const logitsOf = (u: T, v: T) => tf.matMul(tf.mul(u, 1 / temperature), v, false, true);
  const positivesOf = (u: T, v: T) => tf.mul(tf.sum(tf.mul(u, v), 1), 1 / temperature);
  if (!isImage(problem)) {
    return (a, b) => {
      const [u, v] = [unit(a), unit(b)];
      return tf.mean(tf.sub(tf.logSumExp(logitsOf(u, v), 1), positivesOf(u, v)));
    };
  }
  const self = tf.mul(tf.eye(2 * n), -1e9);
  const logWeights = problem.case === 'adnce' ? logWeightsOf(tf, problem, self) : null;
  return (a, b) => {
    const [u, v] = [unit(a), unit(b)];
    const z = tf.concat([u, v], 0);
    const half = positivesOf(u, v);
    const positives = tf.concat([half, half], 0);
    const logits = logitsOf(z, z);
    if (logWeights === null) return tf.mean(tf.sub(tf.logSumExp(tf.add(logits, self), 1), positives));
    const negatives = tf.logSumExp(tf.add(logits, logWeights(logits)), 1);
    // log(e^p + e^negatives), both bounded by the largest logit.
    const top = 1 / temperature;
    const sum = tf.add(tf.exp(tf.sub(positives, top)), tf.exp(tf.sub(negatives, top)));
    return tf.mean(tf.sub(tf.add(tf.log(sum), top), positives));
  };
}

/** ADNCE's log-weights of the logits, −1e9 where there is no negative; constants for the gradient, so nothing is recorded. */
function logWeightsOf(tf: Tfjs, { n, temperature, mu, sigma }: Problem, self: T): (logits: T) => T {
  const identity = tf.eye(2 * n);
  const halves = [tf.slice(identity, [n, 0], [n, 2 * n]), tf.slice(identity, [0, 0], [n, 2 * n])];
  const outside = tf.add(self, tf.mul(tf.concat(halves, 0), -1e9));
  return tf.customGrad((logits) => {
    const distance = tf.square(tf.sub(logits, mu / temperature));
    const g = tf.add(tf.mul(distance, -0.5 * (temperature / sigma) ** 2), outside);
    const value = tf.sub(g, tf.sub(tf.logSumExp(g, 1, true), Math.log(2 * n - 2)));
    return { value, gradFunc: (dy) => tf.zerosLike(dy) };
  });
}

function openMlp(tf: Tfjs, problem: Problem, tensorOf: (name: string) => T): Run {
  const x = tf.concat([tensorOf('x1'), tensorOf('x2')], 0);
  // tfjs keeps weights as [in, out].
  const w1 = tf.variable(tf.transpose(tensorOf('w1')));
  const b1 = tf.variable(tensorOf('b1'));
  const w2 = tf.variable(tf.transpose(tensorOf('w2')));
  const b2 = tf.variable(tensorOf('b2'));
  const variables = [w1, b1, w2, b2];
  const { n, d } = problem;
  const contrast = lossOf(tf, problem);
  const loss = () => {
    const h = tf.relu(tf.add(tf.matMul(x, w1), b1));
    const z = tf.add(tf.matMul(h, w2), b2);
    return contrast(tf.slice(z, [0, 0], [n, d]), tf.slice(z, [n, 0], [n, d]));
  };
  const optimizer = tf.train.adam(MLP.learningRate);
  return {
    step: () => tf.tidy(() => optimizer.minimize(loss, true, variables).dataSync()[0]),
    check: () =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, variables);
        const [dw1, db1, dw2, db2] = Object.values(grads) as [T, T, T, T];
        const gradients = [tf.transpose(dw1), db1, tf.transpose(dw2), db2].map((grad) => grad.dataSync());
        return copied({ loss: value.dataSync()[0] as number, gradients });
      }),
  };
}
