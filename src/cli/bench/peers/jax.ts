/**
 * jax-js on its wasm backend, by its own differentiation and compilation: `jit(valueAndGrad(loss))`. Its threads need a global
 * Worker, which Node has not, so it runs on one. Every use of an array but the last is a `.ref`: functions take ownership.
 */
import { floats } from '../inputs.js';
import { isImage, LOSS_CASES, type Problem } from '../problem.js';
import type { Checked, Peer, Run, Setup } from './peer.js';

/** An array of jax-js. */
interface A {
  readonly ref: A;
  add(x: A | number): A;
  sub(x: A | number): A;
  mul(x: A | number): A;
  div(x: A): A;
  sum(axis?: number, options?: { keepdims: boolean }): A;
  mean(): A;
  reshape(shape: readonly number[]): A;
  transpose(): A;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<A>;
  dispose(): void;
}

type Loss = (a: A, b: A) => A;
type Differentiated = (a: A, b: A) => [value: A, gradients: [A, A]];

/** The parts of its API that are used here. */
interface Jax {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<F>(f: F): F;
  valueAndGrad(f: Loss, options: { argnums: number[] }): Differentiated;
  lax: { stopGradient(x: A): A };
  nn: { logsumexp(x: A, axis: number, options?: { keepdims: boolean }): A };
  numpy: {
    array(data: Float32Array): A;
    sqrt(x: A): A;
    exp(x: A): A;
    log(x: A): A;
    square(x: A): A;
    eye(n: number): A;
    matmul(x: A, y: A): A;
    concatenate(parts: A[], axis: number): A;
  };
}

export const jax: Peer = {
  name: 'jax-js',
  title: 'jax-js',
  packages: ['@jax-js/jax'],
  cases: LOSS_CASES,
  setup: 'wasm backend, jit, 1 thread',
  open,
};

async function open({ problem, inputs, load }: Setup): Promise<Run> {
  const api = (await load('@jax-js/jax')) as Jax;
  await api.init('wasm');
  api.defaultDevice('wasm');
  const views = ['a', 'b'].map((name) => api.numpy.array(floats(inputs, name)).reshape([problem.n, problem.d]));
  const [a, b] = views as [A, A];
  const run = api.jit(api.valueAndGrad(lossOf(api, problem), { argnums: [0, 1] }));
  const check = async (): Promise<Checked> => {
    const [value, gradients] = run(a.ref, b.ref);
    const arrays = await Promise.all(gradients.map((gradient) => gradient.data()));
    return { loss: (await value.data())[0] as number, gradients: arrays.map((array) => array.slice()) };
  };
  const step = async () => {
    const [value, gradients] = run(a.ref, b.ref);
    for (const array of [value, ...gradients]) (await array.blockUntilReady()).dispose();
  };
  return { check, step };
}

function lossOf(api: Jax, problem: Problem): Loss {
  const { numpy: np, nn } = api;
  const { n, temperature } = problem;
  const unit = (x: A) => x.ref.div(np.sqrt(np.square(x).sum(1, { keepdims: true })));
  const logitsOf = (u: A, v: A) => np.matmul(u.mul(1 / temperature), v.transpose());
  const positivesOf = (u: A, v: A) =>
    u
      .mul(v)
      .sum(1)
      .mul(1 / temperature);
  if (!isImage(problem)) {
    return (a, b) => {
      const [u, v] = [unit(a), unit(b)];
      return nn.logsumexp(logitsOf(u.ref, v.ref), 1).sub(positivesOf(u, v)).mean();
    };
  }
  return (a, b) => {
    const [u, v] = [unit(a), unit(b)];
    const z = np.concatenate([u.ref, v.ref], 0);
    const half = positivesOf(u, v);
    const positives = np.concatenate([half.ref, half], 0);
    const logits = logitsOf(z.ref, z);
    const self = np.eye(2 * n).mul(-1e9);
    if (problem.case !== 'adnce') return nn.logsumexp(logits.add(self), 1).sub(positives).mean();
    const negatives = nn.logsumexp(logits.ref.add(logWeightsOf(api, problem, logits, self)), 1);
    // log(e^p + e^negatives), both bounded by the largest logit.
    const top = 1 / temperature;
    const sum = np.exp(positives.ref.sub(top)).add(np.exp(negatives.sub(top)));
    return np.log(sum).add(top).sub(positives).mean();
  };
}

/** ADNCE's log-weights of the logits, −1e9 where there is no negative; constants for the gradient. */
function logWeightsOf({ numpy: np, nn, lax }: Jax, problem: Problem, logits: A, self: A): A {
  const { n, temperature, mu, sigma } = problem;
  const identity = np.eye(n);
  const zero = identity.ref.mul(0);
  const above = np.concatenate([zero.ref, identity.ref], 1);
  const partners = np.concatenate([above, np.concatenate([identity, zero], 1)], 0).mul(-1e9);
  const distance = np.square(lax.stopGradient(logits).sub(mu / temperature));
  const g = distance.mul(-0.5 * (temperature / sigma) ** 2).add(self.add(partners));
  const logMean = nn.logsumexp(g.ref, 1, { keepdims: true }).sub(Math.log(2 * n - 2));
  return g.sub(logMean);
}
