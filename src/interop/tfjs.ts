/**
 * The losses as operations of TensorFlow.js: embeddings in as its tensors, a scalar out, gradients by `tf.customGrad`, so that
 * tf's models and optimisers train with them.
 *
 *     tf forward → a, b → one step of the engine: loss and gradients → tf.scalar, saved gradients → tf backward
 *
 * tf is passed in, never imported: any release and any backend that can read tensors synchronously (cpu, wasm, node, webgl) will do.
 */
import { AdnceError, engine, init, losses, type Shape, type Tensor, tensor } from '../index.js';

/** A tensor of tf, as far as it is looked at here. */
export interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/** The functions of tf that are used: those of `@tensorflow/tfjs-core`, and so of `@tensorflow/tfjs`. */
export interface Tf<T extends TfTensor, S extends T> {
  customGrad(
    operation: (...inputsAndSave: unknown[]) => {
      value: NoInfer<S>;
      gradFunc: (upstream: NoInfer<S>, saved: NoInfer<T>[]) => NoInfer<T>[];
    },
  ): (...inputs: NoInfer<T>[]) => NoInfer<S>;
  tensor(values: Float32Array, shape: number[]): T;
  scalar(value: number): S;
  mul(a: NoInfer<T>, b: NoInfer<T>): NoInfer<T>;
}

/** A loss of ours with tensors of tf in place of our own, those in its options too. */
export type TfLoss<Loss, T, S> = Loss extends (...args: infer A) => Tensor
  ? (...args: { [I in keyof A]: OfTf<A[I], T> }) => S
  : never;

type OfTf<V, T> = V extends Tensor
  ? T
  : V extends readonly [Tensor, Tensor]
    ? readonly [T, T]
    : { [K in keyof V]: V[K] extends infer W ? (W extends Tensor ? T : W) : never };

/** Objectives by name. */
const OBJECTIVES = {
  adnce: losses.adnce,
  alphaCL: losses.alphaCL,
  clDro: losses.clDro,
  dcl: losses.dcl,
  hcl: losses.hcl,
  infoNCE: losses.infoNCE,
  meanVariance: losses.meanVariance,
  ntXent: losses.ntXent,
  sigLIP: losses.sigLIP,
  simCSE: losses.simCSE,
  supCon: losses.supCon,
  triplet: losses.triplet,
} as const;

type Objectives = typeof OBJECTIVES;

/** Every objective for tensors of tf. */
export type TfLosses<T, S> = { readonly [Name in keyof Objectives]: TfLoss<Objectives[Name], T, S> };

/**
 * The losses for a tf: `const { adnce } = await tfjsLosses(tf)`, then `adnce(a, b, { temperature: 0.1, mu: 0.4, sigma: 1 })`
 * wherever tf wants a loss. Embeddings are f32[n, d], not normalised. Every tensor that is passed takes a gradient: both views,
 * hard negatives, and a temperature, if it is a scalar of tf (a number is a constant). Starts the engine.
 *
 * The gradient is computed with the value, so evaluating costs what training does; it is a constant to tf, so there are no second
 * derivatives.
 * @throws what {@link init} throws; the losses what those of ours throw
 */
export async function tfjsLosses<T extends TfTensor, S extends T>(tf: Tf<T, S>): Promise<TfLosses<T, S>> {
  await init();
  const entries = Object.entries(OBJECTIVES).map(([name, loss]) => [name, asOperation(tf, name, loss as Loss)]);
  return Object.fromEntries(entries) as TfLosses<T, S>;
}

/** A loss by its arguments, whatever they are. */
type Loss = (...args: unknown[]) => Tensor;

function asOperation<T extends TfTensor, S extends T>(tf: Tf<T, S>, where: string, loss: Loss) {
  return (...args: unknown[]): S => {
    const inputs: T[] = [];
    replaceTensors(args, (found) => inputs.push(found as T));
    mustBeTensors(where, args[0]);
    const operation = tf.customGrad((...inputsAndSave: unknown[]) => {
      const save = inputsAndSave.at(-1) as (tensors: T[]) => void;
      const { value, gradients } = lossAndGradients(loss, args);
      save(gradients.map(({ values, shape }) => tf.tensor(values, [...shape])));
      return {
        value: tf.scalar(value),
        gradFunc: (upstream: S, saved: T[]) => saved.map((gradient) => tf.mul(gradient, upstream)),
      };
    });
    return operation(...inputs);
  };
}

interface Gradient {
  values: Float32Array;
  shape: Shape;
}

/** One step of the engine: the loss, and its gradient by every tensor among the arguments, in their order. */
function lossAndGradients(loss: Loss, args: readonly unknown[]): { value: number; gradients: Gradient[] } {
  return engine().step(() => {
    const inputs: Tensor[] = [];
    const ours = replaceTensors(args, (found) => {
      const input = tensor(found.dataSync(), found.shape, { requiresGrad: true });
      inputs.push(input);
      return input;
    });
    const result = loss(...ours);
    result.backward();
    return {
      value: result.item(),
      gradients: inputs.map(({ grad, length, shape }) => ({
        values: grad?.slice() ?? new Float32Array(length),
        shape,
      })),
    };
  });
}

/** The arguments with every tensor of tf replaced: those that are arguments, in an array of views, or options. */
function replaceTensors(args: readonly unknown[], replace: (found: TfTensor) => unknown): unknown[] {
  const one = (value: unknown) => (isTfTensor(value) ? replace(value) : value);
  return args.map((arg) => {
    if (Array.isArray(arg)) return arg.map(one);
    if (isTfTensor(arg) || typeof arg !== 'object' || arg === null) return one(arg);
    return Object.fromEntries(Object.entries(arg).map(([key, value]) => [key, one(value)]));
  });
}

function isTfTensor(value: unknown): value is TfTensor {
  return typeof value === 'object' && value !== null && 'dataSync' in value && 'shape' in value;
}

function mustBeTensors(where: string, views: unknown): void {
  const list: readonly unknown[] = Array.isArray(views) ? views : [views];
  if (list.length > 0 && list.every(isTfTensor)) return;
  throw new AdnceError('E_OPTION', {
    where,
    what: `embeddings must be tensors of tf, f32[n,d], got ${views === null ? 'null' : typeof views}`,
    hint: 'pass what the model gives, or make them with tf.tensor2d()',
  });
}
